// SPDX-License-Identifier: Apache-2.0
//
// A sink that is fed step by step.
#include "consumers/feeder.hpp"

#include "persistence/memory_checkpoint_store.hpp"
#include "tests/consumers/log_scene.hpp"
#include "tests/consumers/moved_clock.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace reprise::consumers {
namespace {

using namespace std::chrono_literals;
using testing::account_type;
using testing::log_scene;
using testing::moved_clock;
using then = failure_policy::then;
using seen = std::vector<std::string>;

// A place elsewhere: what is committed there stays, and may fail on demand.
class elsewhere final : public sink {
 public:
  std::vector<std::string> committed;
  std::vector<std::string> written;
  std::map<std::string, std::set<std::string>> keys;
  std::set<std::string> stumbles;
  errc stumbles_with = errc::handler_failed;
  bool down = false;
  bool forgets_answer = false;
  bool throws = false;
  // Where it keeps the cursors itself.
  std::optional<std::vector<partition_cursor>> own;

  result<std::optional<std::vector<partition_cursor>>> taken() override { return own; }
  result<void> write(const sunk_event& event) override {
    const std::string id =
        event.meta.aggregate.id + "@" + std::to_string(event.meta.sequence.value);
    if (throws) throw std::runtime_error("it fell over");
    if (stumbles.contains(event.meta.aggregate.id)) return error{stumbles_with, "stumbled"};
    keys[id].insert(to_hex(event.key.value));
    written.push_back(id);
    return {};
  }
  result<void> commit(const std::vector<partition_cursor>& cursors) override {
    if (down) return error{errc::io_error, "nobody is there"};
    committed.insert(committed.end(), written.begin(), written.end());
    written.clear();
    if (own) own = cursors;
    if (forgets_answer) return error{errc::io_error, "the answer was lost"};
    return {};
  }
  void undo() override { written.clear(); }
};

class feeding_scene {
 public:
  explicit feeding_scene(std::uint32_t partitions = 1) : log(partitions) {}

  result<std::unique_ptr<feeder>> open() {
    return feeder::open({.log = log.journal(), .saved = saved, .time = time, .seed = 1},
                        {.options = options, .to = to});
  }
  std::unique_ptr<feeder> opened() {
    auto made = open();
    REQUIRE(made);
    return std::move(*made);
  }
  feeder::progress run(feeder& what) {
    while (true) {
      const auto done = what.advance([this] { return interrupted; });
      if (done.is != feeder::state::more) return done;
    }
  }
  std::unique_ptr<feeder> ran() {
    auto made = opened();
    run(*made);
    return made;
  }
  std::uint64_t checkpoint() {
    const auto found = saved.load("sink.elsewhere.1").value();
    return found ? found->cursors.at(0).through.value : 0;
  }

  log_scene log;
  moved_clock time;
  persistence::memory_checkpoint_store saved;
  std::shared_ptr<elsewhere> to = std::make_shared<elsewhere>();
  sink_options options{.name = "elsewhere"};
  bool interrupted = false;
};

TEST_CASE("a sink gets all events in order, and goes on where it was committed") {
  feeding_scene scene;
  scene.log.store("ann", 2);
  scene.ran();
  CHECK(scene.to->committed == seen{"ann@1", "ann@2"});
  CHECK(scene.checkpoint() == 2);
  scene.log.store("bob");
  const auto what = scene.ran();
  CHECK(scene.to->committed == seen{"ann@1", "ann@2", "bob@1"});
  CHECK(what->lag() == 0);
}

TEST_CASE("P-045 what comes again after a commit whose answer was lost comes under the same keys") {
  feeding_scene scene;
  scene.log.store("ann", 2);
  scene.log.store("bob", 1);
  scene.to->forgets_answer = true;
  const auto what = scene.opened();
  CHECK(scene.run(*what).is == feeder::state::retrying);
  CHECK(what->trouble()->message.find("the answer was lost") != std::string::npos);
  CHECK(scene.checkpoint() == 0);
  scene.to->forgets_answer = false;
  scene.time.passed += 1min;
  CHECK(scene.run(*what).is == feeder::state::waiting);
  CHECK(scene.to->committed == seen{"ann@1", "ann@2", "bob@1", "ann@1", "ann@2", "bob@1"});
  std::set<std::string> all;
  for (const auto& [id, keys] : scene.to->keys) {
    CHECK(keys.size() == 1);
    all.insert(keys.begin(), keys.end());
  }
  CHECK(all.size() == 3);
  CHECK(scene.checkpoint() == 3);
  CHECK_FALSE(what->trouble());
}

TEST_CASE("a sink that keeps the cursors itself gets each event once, whatever is lost") {
  feeding_scene scene;
  scene.to->own.emplace();
  scene.log.store("ann", 2);
  scene.to->forgets_answer = true;
  {
    const auto what = scene.opened();
    CHECK(scene.run(*what).is == feeder::state::retrying);
  }
  scene.to->forgets_answer = false;
  scene.log.store("ann");
  scene.ran();
  CHECK(scene.to->committed == seen{"ann@1", "ann@2", "ann@3"});
  CHECK(scene.checkpoint() == 0);
}

TEST_CASE("what cannot be committed is written again, and nothing is remembered before") {
  feeding_scene scene;
  scene.log.store("ann", 2);
  scene.to->down = true;
  const auto what = scene.opened();
  CHECK(scene.run(*what).is == feeder::state::retrying);
  CHECK(scene.checkpoint() == 0);
  CHECK(what->lag() == 2);
  scene.to->down = false;
  scene.time.passed += 1min;
  scene.run(*what);
  CHECK(scene.to->committed == seen{"ann@1", "ann@2"});
}

TEST_CASE("an event that cannot be written stops the feed before it, once it was tried enough") {
  feeding_scene scene;
  scene.options.failing = {.finally = then::stop, .retries = 1};
  scene.to->stumbles = {"bad"};
  scene.log.store("ann");
  scene.log.store("bad");
  scene.log.store("ann");
  const auto what = scene.opened();
  CHECK(scene.run(*what).is == feeder::state::retrying);
  CHECK(scene.to->committed == seen{"ann@1"});
  scene.time.passed += 1min;
  CHECK(scene.run(*what).is == feeder::state::stopped);
  CHECK(what->trouble()->message.find("at position 2 of partition 0: stumbled") !=
        std::string::npos);
  CHECK(scene.checkpoint() == 1);
  scene.to->stumbles.clear();
  what->resume();
  scene.run(*what);
  CHECK(scene.to->committed == seen{"ann@1", "bad@1", "ann@2"});
}

TEST_CASE("an event may be passed by, but not because nobody is there") {
  feeding_scene scene;
  scene.options.failing = {.finally = then::skip, .retries = 0};
  scene.to->stumbles = {"bad"};
  scene.log.store("ann");
  scene.log.store("bad");
  scene.log.store("ann");
  const auto what = scene.ran();
  CHECK(scene.to->committed == seen{"ann@1", "ann@2"});
  CHECK(what->skipped() == 1);
  scene.to->stumbles_with = errc::io_error;
  scene.log.store("bad");
  for (int i = 0; i < 10; ++i) {
    scene.time.passed += 1min;
    CHECK(scene.run(*what).is == feeder::state::retrying);
  }
  CHECK(what->skipped() == 1);
  CHECK(what->trouble()->code == errc::io_error);
}

TEST_CASE("a sink that throws is a sink that fails") {
  feeding_scene scene;
  scene.log.store("ann");
  scene.to->throws = true;
  const auto what = scene.opened();
  CHECK(scene.run(*what).is == feeder::state::retrying);
  CHECK(what->trouble()->code == errc::handler_failed);
  CHECK(what->trouble()->message.find("it fell over") != std::string::npos);
  scene.to->throws = false;
  scene.time.passed += 1min;
  scene.run(*what);
  CHECK(scene.to->committed == seen{"ann@1"});
}

TEST_CASE("events that are not wanted move the cursor, which is remembered in time") {
  feeding_scene scene;
  scene.options.events = {{account_type, 7}};
  scene.log.store("ann", 5);
  const auto what = scene.ran();
  CHECK(scene.to->committed.empty());
  CHECK(what->cursors().at(0).through.value == 5);
  scene.time.passed += 2s;
  scene.run(*what);
  CHECK(scene.checkpoint() == 5);
}

TEST_CASE("what is written is committed when it is interrupted or finished") {
  feeding_scene scene;
  scene.log.store("ann", 3);
  const auto what = scene.opened();
  scene.interrupted = true;
  scene.run(*what);
  CHECK(scene.to->committed.empty());
  scene.interrupted = false;
  scene.run(*what);
  what->finish();
  CHECK(scene.to->committed.size() == 3);
  CHECK(scene.checkpoint() == 3);
}

TEST_CASE("options of a sink that break a limit are refused by name, and so is parking") {
  feeding_scene scene;
  scene.options.name = "";
  CHECK(scene.open().error().code == errc::invalid_argument);
  scene.options.name = std::string(201, 'x');
  CHECK(scene.open().error().code == errc::invalid_argument);
  scene.options = {.name = "elsewhere", .failing = {.finally = then::park}};
  CHECK(scene.open().error().message.find("cannot park") != std::string::npos);
  scene.options = {.name = "elsewhere"};
  scene.to = nullptr;
  CHECK(scene.open().error().code == errc::invalid_argument);
}

TEST_CASE("P-075 P-082 a version that continues another does nothing again, and the rest once") {
  feeding_scene scene;
  scene.log.store("ann", 2);
  scene.ran();
  scene.log.store("ann", 1);
  scene.options.version = 2;
  scene.options.continues = 1;
  scene.to = std::make_shared<elsewhere>();
  scene.ran();
  CHECK(scene.to->committed == seen{"ann@3"});
  // The mark counts once: what the old one does later changes nothing.
  scene.log.store("ann", 1);
  scene.options.version = 1;
  scene.options.continues = 0;
  scene.ran();
  scene.options.version = 2;
  scene.options.continues = 1;
  scene.ran();
  CHECK(scene.to->committed == seen{"ann@3", "ann@3", "ann@4", "ann@4"});
  scene.options.version = 3;
  scene.options.continues = 9;
  CHECK(scene.open().error().code == errc::not_found);
}

TEST_CASE("P-076 a version that would do everything again is refused unless that is meant") {
  feeding_scene scene;
  scene.log.store("ann", 2);
  scene.ran();
  scene.options.version = 2;
  const auto refused = scene.open();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::incompatible);
  CHECK(refused.error().message.find("what version 1 has written") != std::string::npos);
  scene.options.repeats = true;
  scene.ran();
  CHECK(scene.to->committed == seen{"ann@1", "ann@2", "ann@1", "ann@2"});
  // It has begun, so nothing is repeated by going on.
  scene.options.repeats = false;
  scene.ran();
  CHECK(scene.to->committed.size() == 4);
}

TEST_CASE("a sink of another name, and one that keeps the cursors itself, is no later version") {
  feeding_scene scene;
  scene.log.store("ann", 1);
  scene.ran();
  scene.options = {.name = "elsewhere.else"};
  CHECK(scene.open());
  scene.options = {.name = "elsewhere", .version = 2};
  scene.to->own.emplace();
  CHECK(scene.open());
}

TEST_CASE("a sink that is ahead of the log is refused") {
  feeding_scene scene;
  scene.to->own.emplace();
  scene.to->own->push_back({.partition = {0}, .through = {7}});
  scene.log.store("ann");
  const auto refused = scene.open();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::beyond_head);
}

}  // namespace
}  // namespace reprise::consumers
