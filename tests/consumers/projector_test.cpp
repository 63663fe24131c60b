// SPDX-License-Identifier: Apache-2.0
//
// Projections step by step.
#include "base/random.hpp"
#include "persistence/lmdb_checkpoint_store.hpp"
#include "tests/actors/conformance/node_world.hpp"
#include "tests/consumers/projector_scene.hpp"
#include "tests/sanitizers/sanitized.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace reprise::consumers {
namespace {

using namespace std::chrono_literals;
using testing::account_type;
using testing::projector_scene;
using testing::seen;
using then = failure_policy::then;

TEST_CASE("events that are there and those that come are folded, and committed at the end") {
  projector_scene scene;
  scene.log.store("ann", 3);
  const auto what = scene.opened();
  CHECK_FALSE(what->built());
  CHECK(scene.run(*what).is == projector::state::waiting);
  CHECK(what->built());
  CHECK(scene.stored() == "ann=3");
  CHECK(scene.rows.commits == 1);
  scene.log.store("bob");
  scene.run(*what);
  CHECK(scene.stored() == "ann=3,bob=1");
  CHECK(scene.checkpoint() == 4);
}

TEST_CASE("P-040 what stumbles leaves none of its event's changes") {
  projector_scene scene;
  scene.log.store("ann", 2);
  scene.log.store("bad");
  scene.log.store("ann");
  scene.stumbles = {"bad"};
  const auto what = scene.opened();
  CHECK(scene.run(*what).is == projector::state::retrying);
  CHECK(scene.stored() == "ann=2");
  CHECK(scene.checkpoint() == 2);
  scene.stumbles.clear();
  scene.time.passed += 1min;
  CHECK(scene.run(*what).is == projector::state::waiting);
  CHECK(scene.stored() == "ann=3,bad=1");
  CHECK(what->trouble() == std::nullopt);
}

TEST_CASE("P-041 a commit that fails shows nothing, and its events are folded again") {
  projector_scene scene;
  scene.log.store("ann", 3);
  const auto what = scene.opened();
  scene.rows.full = true;
  const auto failed = scene.run(*what);
  CHECK(failed.is == projector::state::retrying);
  CHECK(what->trouble()->code == errc::disk_full);
  CHECK(scene.stored().empty());
  CHECK(scene.run(*what).due == failed.due);
  // Again, and then for longer.
  scene.time.passed += 200ms;
  const auto again = scene.run(*what);
  CHECK(what->attempts() == 2);
  CHECK(*again.due - scene.time.steady() > 100ms);
  scene.rows.full = false;
  scene.time.passed += 1min;
  CHECK(scene.run(*what).is == projector::state::waiting);
  CHECK(scene.stored() == "ann=3");
  CHECK(scene.shown.size() == 9);
  CHECK(what->trouble() == std::nullopt);
}

TEST_CASE("P-044 events that are of no interest move the checkpoint too") {
  projector_scene scene;
  const auto what = scene.ran();
  scene.log.store("ann", 5, account_type, 7);
  const auto done = scene.run(*what);
  CHECK(scene.shown.empty());
  CHECK(what->cursors().at(0).through == position{5});
  REQUIRE(done.due);
  scene.time.passed += 1s;
  scene.run(*what);
  CHECK(scene.checkpoint() == 5);
}

TEST_CASE("under a load that never pauses a change waits 50 ms for its commit") {
  projector_scene scene;
  const auto what = scene.ran();
  REQUIRE(scene.rows.commits == 1);
  scene.step_under_load(*what);
  scene.time.passed += 49ms;
  scene.step_under_load(*what);
  CHECK(scene.rows.commits == 1);
  CHECK(what->cursors().at(0).through == position{0});
  scene.time.passed += 1ms;
  scene.step_under_load(*what);
  CHECK(scene.rows.commits == 2);
  CHECK(scene.stored() == "ann=512");
  CHECK(what->cursors().at(0).through == position{512});
  // The next change waits as long again.
  scene.step_under_load(*what);
  scene.time.passed += 49ms;
  scene.step_under_load(*what);
  CHECK(scene.rows.commits == 2);
}

TEST_CASE("a page of slow events is not finished before a change is committed that waits") {
  projector_scene scene;
  const auto what = scene.ran();
  scene.an_event_takes = 20ms;
  scene.step_under_load(*what);
  CHECK(scene.stored() == "ann=3");
  CHECK(scene.checkpoint() == 3);
}

TEST_CASE("what somebody waits for is committed in the step that folds it") {
  projector_scene scene;
  const auto what = scene.ran();
  position wanted{600};
  const auto waits = [&](const auto& folded) { return folded.at(0).through >= wanted; };
  scene.step_under_load(*what, waits);
  scene.step_under_load(*what, waits);
  CHECK(scene.rows.commits == 1);
  scene.step_under_load(*what, waits);
  CHECK(scene.rows.commits == 2);
  CHECK(scene.checkpoint() == 768);
}

TEST_CASE("rows are complete although the load never pauses, once they hold what was there") {
  projector_scene scene(2);
  scene.log.store("ann", 500);
  scene.log.store("bob", 500);
  const auto what = scene.opened();
  // There is always more than a page, so the end is never reached.
  const auto step = [&] {
    scene.log.store("ann", 100);
    CHECK(what->advance([] { return false; }).is == projector::state::more);
  };
  for (int i = 0; i < 4; ++i) {
    CHECK_FALSE(what->built());
    step();
  }
  for (int i = 0; i < 10 && !what->built(); ++i) step();
  CHECK(what->built());
  CHECK(scene.stored().ends_with("bob=500"));
  CHECK(scene.rows.commits == 1);
  // It stays so after a restart.
  CHECK(scene.opened()->built());
}

TEST_CASE("rows are not called complete by a step that was interrupted before it began") {
  projector_scene scene;
  const auto what = scene.opened();
  scene.interrupted = true;
  CHECK(scene.run(*what).is == projector::state::waiting);
  CHECK_FALSE(what->built());
  CHECK(scene.rows.commits == 0);
  scene.interrupted = false;
  scene.run(*what);
  CHECK(what->built());
}

TEST_CASE("rows that are not complete yet are committed once a second, whoever waits") {
  projector_scene scene;
  scene.log.store("ann", 5'000);
  const auto what = scene.opened();
  const auto waits = [](const auto&) { return true; };
  scene.step_under_load(*what, waits);
  scene.time.passed += 999ms;
  scene.step_under_load(*what, waits);
  CHECK(scene.rows.commits == 0);
  scene.time.passed += 1ms;
  scene.step_under_load(*what, waits);
  CHECK(scene.rows.commits == 1);
}

TEST_CASE("a checkpoint that moves without a row is committed once a second, whoever waits") {
  projector_scene scene;
  const auto what = scene.ran();
  const auto waits = [](const auto&) { return true; };
  const auto step = [&] {
    scene.log.store("ann", 5000, account_type, 7);
    [[maybe_unused]] const auto done = what->advance([] { return false; }, waits);
  };
  step();
  scene.time.passed += 999ms;
  step();
  CHECK(scene.rows.commits == 1);
  scene.time.passed += 1ms;
  step();
  CHECK(scene.rows.commits == 2);
}

TEST_CASE("P-042 one that is opened again goes on behind its checkpoint") {
  projector_scene scene;
  scene.log.store("ann", 3);
  {
    const auto what = scene.opened();
    scene.run(*what);
  }
  scene.log.store("ann", 2);
  const auto what = scene.opened();
  CHECK(what->built());
  scene.run(*what);
  CHECK(scene.shown == seen{"ann@1", "ann@2", "ann@3", "ann@4", "ann@5"});
  CHECK(scene.stored() == "ann=5");
}

TEST_CASE("P-057 after a restart each of 50 projections goes on at its own checkpoint") {
  conformance::temporary_folder folder;
  const auto reopen = [&] {
    auto kept = persistence::lmdb_checkpoint_store::open(folder.path(), std::uint64_t{1} << 30U);
    REQUIRE(kept);
    return std::move(*kept);
  };
  projector_scene scene;
  scene.log.store("ann", 3);
  // Every other one has seen that before the restart.
  {
    const auto kept = reopen();
    const auto rows = kept->rows();
    for (std::uint32_t n = 2; n <= 50; n += 2) scene.run(*scene.open_on(*rows, n).value());
  }
  scene.log.store("bob");
  const auto kept = reopen();
  const auto rows = kept->rows();
  for (std::uint32_t n = 1; n <= 50; ++n) {
    CAPTURE(n);
    scene.shown.clear();
    scene.run(*scene.open_on(*rows, n).value());
    CHECK(scene.shown == (n % 2 == 0 ? seen{"bob@1"} : seen{"ann@1", "ann@2", "ann@3", "bob@1"}));
  }
}

TEST_CASE("a checkpoint that lies beyond the log is refused") {
  projector_scene scene;
  REQUIRE(scene.rows.commit("counts.1", {}, {.cursors = {{{0}, {9}}}}));
  CHECK(scene.open().error().code == errc::beyond_head);
}

TEST_CASE("P-052 options that cannot be kept are refused by name") {
  projector_scene scene;
  scene.policy.first_delay = 0ms;
  CHECK(scene.open().error().code == errc::invalid_argument);
  scene.policy = {.parked_keys_max = 0};
  CHECK(scene.open().error().code == errc::invalid_argument);
}

TEST_CASE("P-054 an interruption in the middle keeps what is folded and stops before the next") {
  projector_scene scene;
  scene.log.store("ann", 3);
  const auto what = scene.opened();
  int asked = 0;
  // Asked once at first, and then before each event.
  const auto done = what->advance([&] { return ++asked > 3; });
  CHECK(done.is != projector::state::retrying);
  CHECK(scene.stored() == "ann=2");
  CHECK(scene.checkpoint() == 2);
}

TEST_CASE("P-059 after so many repeats it stops before the event, until it is resumed") {
  projector_scene scene;
  scene.policy = {.finally = then::stop, .retries = 2};
  scene.log.store("ann");
  scene.log.store("bad");
  scene.stumbles = {"bad"};
  const auto what = scene.opened();
  for (int i = 0; i < 2; ++i) {
    CHECK(scene.run(*what).is == projector::state::retrying);
    scene.time.passed += 1min;
  }
  CHECK(scene.run(*what).is == projector::state::stopped);
  CHECK(scene.shown == seen{"ann@1", "bad@1", "bad@1", "bad@1"});
  CHECK(scene.checkpoint() == 1);
  CHECK(what->trouble()->number == 2);
  CHECK(scene.run(*what).is == projector::state::stopped);
  scene.stumbles.clear();
  what->resume();
  CHECK(scene.run(*what).is == projector::state::waiting);
  CHECK(scene.stored() == "ann=1,bad=1");
}

TEST_CASE("P-060 after so many repeats the event is passed by") {
  projector_scene scene;
  scene.policy = {.finally = then::skip, .retries = 1};
  scene.log.store("bad");
  scene.log.store("ann");
  scene.stumbles = {"bad"};
  const auto what = scene.opened();
  CHECK(scene.run(*what).is == projector::state::retrying);
  scene.time.passed += 1min;
  CHECK(scene.run(*what).is == projector::state::waiting);
  CHECK(scene.stored() == "ann=1");
  CHECK(scene.checkpoint() == 2);
  CHECK(what->skipped() == 1);
  // The note of it is a row that no table shows.
  std::uint64_t notes = 0;
  const auto rows = scene.rows.read("counts.1").value();
  REQUIRE(rows->scan(bytes{std::byte{0x81}}, bytes{std::byte{0x82}}, [&](auto, auto) {
    ++notes;
    return true;
  }));
  CHECK(notes == 1);
}

TEST_CASE("P-060 an event that is passed by again, since it was not committed, counts once") {
  projector_scene scene;
  scene.policy = {.finally = then::skip, .retries = 0};
  scene.log.store("bad");
  scene.log.store("ann");
  scene.stumbles = {"bad"};
  const auto what = scene.opened();
  scene.rows.full = true;
  for (int i = 0; i < 3; ++i) {
    CHECK(scene.run(*what).is == projector::state::retrying);
    CHECK(what->skipped() == 0);
    scene.time.passed += 1min;
  }
  scene.rows.full = false;
  CHECK(scene.run(*what).is == projector::state::waiting);
  CHECK(what->skipped() == 1);
}

TEST_CASE("what is parked is known again once rows can be read after a commit that failed") {
  projector_scene scene;
  scene.policy = {.finally = then::park, .retries = 0};
  scene.log.store("bad");
  scene.stumbles = {"bad"};
  const auto what = scene.opened();
  scene.rows.full = scene.rows.breaks = true;
  CHECK(scene.run(*what).is == projector::state::retrying);
  scene.time.passed += 1min;
  CHECK(scene.run(*what).is == projector::state::retrying);
  scene.rows.full = scene.rows.breaks = scene.rows.unreadable = false;
  // It is no event of an aggregate that has parked ones: it was never put aside.
  scene.stumbles.clear();
  scene.time.passed += 1min;
  CHECK(scene.run(*what).is == projector::state::waiting);
  CHECK(scene.stored() == "bad=1");
  CHECK(what->parked().events() == 0);
}

TEST_CASE("P-070 an event that cannot be decoded goes by the same policy") {
  projector_scene scene;
  scene.policy = {.finally = then::skip, .retries = 0};
  scene.log.store("garbled");
  scene.log.store("ann");
  const auto what = scene.opened();
  CHECK(scene.run(*what).is == projector::state::waiting);
  CHECK(scene.stored() == "ann=1");
  CHECK(what->skipped() == 1);
}

TEST_CASE("P-061 passing by at once takes back the event's changes") {
  projector_scene scene;
  scene.policy = {.finally = then::skip, .retries = 0};
  scene.log.store("bad", 2);
  scene.log.store("ann");
  scene.stumbles = {"bad"};
  const auto what = scene.opened();
  CHECK(scene.run(*what).is == projector::state::waiting);
  CHECK(scene.shown == seen{"bad@1", "bad@2", "ann@1"});
  CHECK(scene.stored() == "ann=1");
}

TEST_CASE("P-069 waits double up to a bound, and a tenth at most is left to chance") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    retry_schedule waits(100ms, 1s, seed);
    std::chrono::milliseconds full = 100ms;
    for (std::uint64_t n = 1; n < 80; ++n) {
      const auto wait = waits.before(n);
      CHECK(wait <= full);
      CHECK(wait >= full * 9 / 10);
      full = std::min<std::chrono::milliseconds>(full * 2, 1s);
    }
  }
}

TEST_CASE("whoever waits holds no moment of the store, whose pages could not be used again") {
  projector_scene scene;
  scene.log.store("bad");
  scene.stumbles = {"bad"};
  const auto what = scene.opened();
  CHECK(scene.rows.held() == 0);
  CHECK(scene.run(*what).is == projector::state::retrying);
  CHECK(scene.rows.held() == 0);
  scene.stumbles.clear();
  scene.time.passed += 1min;
  scene.interrupted = true;
  scene.run(*what);
  CHECK(scene.rows.held() == 0);
  scene.interrupted = false;
  CHECK(scene.run(*what).is == projector::state::waiting);
  CHECK(scene.rows.held() == 0);
  scene.rows.full = true;
  scene.log.store("ann");
  CHECK(scene.run(*what).is == projector::state::retrying);
  CHECK(scene.rows.held() == 0);
}

TEST_CASE("a lane that stops commits what came before, also where that fails at first") {
  projector_scene scene;
  scene.policy = {.finally = then::stop, .retries = 0};
  scene.log.store("ann");
  scene.log.store("bad");
  scene.stumbles = {"bad"};
  const auto what = scene.opened();
  scene.rows.full = true;
  CHECK(scene.run(*what).is == projector::state::retrying);
  scene.rows.full = false;
  scene.time.passed += 1min;
  CHECK(scene.run(*what).is == projector::state::stopped);
  CHECK(scene.stored() == "ann=1");
  CHECK(scene.checkpoint() == 1);
  CHECK(what->trouble()->number == 2);
}

TEST_CASE("one that ends without its last commit claims no events of it") {
  projector_scene scene;
  const auto what = scene.ran();
  scene.step_under_load(*what);
  scene.rows.full = true;
  what->finish();
  CHECK(what->cursors().at(0).through == position{0});
}

TEST_CASE("P-055 it tries again later and later, and from the beginning after progress") {
  projector_scene scene;
  scene.log.store("bad", 2);
  scene.stumbles = {"bad"};
  const auto what = scene.opened();
  const auto wait = [&] {
    const auto done = scene.run(*what);
    REQUIRE(done.is == projector::state::retrying);
    return *done.due - scene.time.steady();
  };
  auto before = wait();
  for (int i = 0; i < 5; ++i) {
    scene.time.passed += 1min;
    const auto next = wait();
    CHECK(next > before);
    before = next;
  }
  scene.stumbles.clear();
  scene.time.passed += 1min;
  CHECK(scene.run(*what).is == projector::state::waiting);
  scene.stumbles = {"bad"};
  scene.log.store("bad");
  CHECK(wait() <= 100ms);
}

TEST_CASE("P-072 rows built from nothing are those that were kept live, byte for byte") {
  projector_scene scene(3);
  const auto live = scene.opened();
  base::random chance(7);
  for (int i = 0; i < 200; ++i) {
    scene.log.store("id-" + std::to_string(chance.below(20)), 1 + chance.below(3));
    scene.run(*live);
  }
  const auto anew = scene.open(2).value();
  scene.run(*anew);
  const auto all = [&](const std::string& name) {
    std::vector<std::pair<bytes, bytes>> rows;
    REQUIRE(scene.rows.read(name).value()->scan(
        bytes(8, std::byte{1}), bytes(8, std::byte{255}), [&](bytes_view key, bytes_view value) {
          rows.emplace_back(bytes(key.begin(), key.end()), bytes(value.begin(), value.end()));
          return true;
        }));
    return rows;
  };
  CHECK(all("counts.1") == all("counts.2"));
  CHECK(all("counts.1").size() > 40);
}

constexpr std::uint64_t seeds_of_cuts = test::sanitized ? 10 : 50;

TEST_CASE("P-039 however often it is cut off, rows are the fold of the log") {
  for (std::uint64_t seed = 1; seed <= seeds_of_cuts; ++seed) {
    CAPTURE(seed);
    base::random chance(seed);
    projector_scene scene(2);
    std::map<std::string, std::uint64_t> model;
    std::unique_ptr<projector> what = scene.opened();
    for (int i = 0; i < 60; ++i) {
      const std::string id = "id-" + std::to_string(chance.below(5));
      const std::uint64_t events = 1 + chance.below(400);
      scene.log.store(id, events);
      model[id] += events;
      scene.rows.full = chance.below(4) == 0;
      std::uint64_t left = chance.below(600);
      [[maybe_unused]] const auto done = what->advance([&] { return left == 0 || left-- == 0; });
      scene.time.passed += 2min;
      // Gone without a word, as with the process.
      if (chance.below(3) == 0) what = scene.opened();
    }
    scene.rows.full = false;
    scene.run(*what);
    std::string expected;
    for (const auto& [id, n] : model) {
      expected += (expected.empty() ? "" : ",") + id + "=" + std::to_string(n);
    }
    CHECK(scene.stored() == expected);
  }
}

TEST_CASE("P-084 one that is built slowly takes no more than its share of the time") {
  projector_scene scene;
  scene.building_percent = 20;
  scene.an_event_takes = std::chrono::milliseconds(1);
  scene.log.store("ann", 2'000);
  const auto what = scene.opened();
  const auto began = scene.time.steady();
  int steps = 0;
  while (!what->built()) {
    REQUIRE(++steps < 1'000);
    const auto done = what->advance([] { return false; });
    // Whoever wakes it before its time wakes it for nothing.
    const std::size_t folded = scene.shown.size();
    if (!what->built()) {
      REQUIRE(done.due);
      REQUIRE(what->advance([] { return false; }).is == projector::state::waiting);
      CHECK(scene.shown.size() == folded);
      scene.time.passed +=
          std::chrono::ceil<std::chrono::milliseconds>(*done.due - scene.time.steady());
    }
  }
  CHECK(scene.shown.size() == 2'000);
  // The last step is followed by no rest.
  CHECK(scene.time.steady() - began >= std::chrono::milliseconds(2'000 * 4));
  // From then on it keeps up.
  scene.log.store("ann", 600);
  const auto before = scene.time.steady();
  scene.run(*what);
  CHECK(scene.time.steady() - before == std::chrono::milliseconds(600));
  CHECK(scene.stored() == "ann=2600");
}

TEST_CASE("a name under which sagas or groups keep their rows is refused, and others are not") {
  projector_scene scene;
  for (const char* const name : {"saga:counts", "group:counts", "saga:", ""}) {
    INFO(name);
    scene.named = name;
    CHECK(scene.open().error().code == errc::invalid_argument);
  }
  for (const char* const name : {"sagas", "saga.counts", "my saga:counts", "grouped"}) {
    INFO(name);
    scene.named = name;
    CHECK(scene.open());
  }
}

TEST_CASE("a share of the time that is none is refused") {
  projector_scene scene;
  for (const std::uint32_t percent : {0U, 101U}) {
    scene.building_percent = percent;
    CHECK(scene.open().error().code == errc::invalid_argument);
  }
}

}  // namespace
}  // namespace reprise::consumers
