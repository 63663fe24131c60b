// SPDX-License-Identifier: Apache-2.0
//
// Workers that share the events of the log, step by step.
#include "consumers/work_group.hpp"

#include "consumers/group_rows.hpp"
#include "consumers/rows_ledger.hpp"
#include "tests/consumers/log_scene.hpp"
#include "tests/consumers/moved_clock.hpp"
#include "tests/consumers/watched_rows.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace reprise::consumers {
namespace {

using namespace std::chrono_literals;
using testing::account_type;
using testing::log_scene;
using testing::moved_clock;
using testing::watched_rows;
using seen = std::vector<std::string>;
using verdict = group_verdict;

class sharing_scene {
 public:
  explicit sharing_scene(std::uint32_t partitions = 1) : log(partitions) {}

  result<std::unique_ptr<work_group>> open() {
    return work_group::open({.log = log.journal(), .time = time, .seed = 1}, options);
  }
  void start() {
    auto made = open();
    REQUIRE(made);
    group = std::move(*made);
    ledger = rows_ledger::open(rows, "letters").value();
    numbers.clear();
    for (std::uint32_t i = 0; i < log.journal().partitions(); ++i) take_up({i});
    keep();
  }
  void take_up(partition_id partition) {
    ledger->load(partition, group->begins_at(partition),
                 [&](partition_id, result<group_share> found) {
                   REQUIRE(found);
                   REQUIRE(group->take_up(std::move(*found)));
                 });
  }
  void keep(bool ends = false) {
    ledger->keep(group->take_changes(ends),
                 [&](partition_id partition, std::uint64_t holding, const result<sequence>& how) {
                   group->kept(partition, holding, how);
                 });
  }
  void settle() {
    while (group->advance().more) {
    }
    keep();
  }
  // What a worker is shown now, `id@sequence`, with `!` for one that is repeated.
  seen work(work_group::member_id who) {
    settle();
    seen out;
    while (const auto one = group->take(who)) {
      std::string name = one->meta.aggregate.id + "@" + std::to_string(one->meta.sequence.value);
      numbers[name] = one->number;
      out.push_back(name + (one->assignments > 1 ? "!" : ""));
    }
    return out;
  }
  void done(const std::string& name) {
    group->answer(numbers.at(name), {}, {});
    settle();
  }
  void fail(const std::string& name, verdict what) {
    group->answer(numbers.at(name), what, "it failed");
    settle();
  }
  std::uint64_t checkpoint() {
    keep(true);
    const auto taken = rows.read("group:letters").value()->taken_at().value();
    return taken ? taken->cursors.at(0).through.value : 0;
  }

  log_scene log;
  moved_clock time;
  watched_rows rows;
  group_options options{.name = "letters"};
  std::unique_ptr<rows_ledger> ledger;
  std::unique_ptr<work_group> group;
  std::map<std::string, std::uint64_t> numbers;
};

// Events of so many aggregates, one each: `k0`, `k1`, ...
void store_each(log_scene& log, int n) {
  for (int i = 0; i < n; ++i) log.store("k" + std::to_string(i));
}

}  // namespace

TEST_CASE("P-109 a worker gets as many events as its window, and no more before it answers") {
  sharing_scene scene;
  store_each(scene.log, 5);
  scene.start();
  const auto one = scene.group->join(2);
  CHECK(scene.work(one) == seen{"k0@1", "k1@1"});
  CHECK(scene.work(one).empty());
  scene.done("k1@1");
  CHECK(scene.work(one) == seen{"k2@1"});
  scene.done("k0@1");
  scene.done("k2@1");
  CHECK(scene.work(one) == seen{"k3@1", "k4@1"});
  CHECK(scene.group->status().assigned == 2);
}

TEST_CASE("P-110 three workers get the same number in turn, and a full one is passed over") {
  sharing_scene scene;
  store_each(scene.log, 9);
  scene.start();
  const auto a = scene.group->join(10);
  const auto b = scene.group->join(10);
  const auto c = scene.group->join(10);
  CHECK(scene.work(a) == seen{"k0@1", "k3@1", "k6@1"});
  CHECK(scene.work(b) == seen{"k1@1", "k4@1", "k7@1"});
  CHECK(scene.work(c) == seen{"k2@1", "k5@1", "k8@1"});

  sharing_scene uneven;
  store_each(uneven.log, 6);
  uneven.start();
  const auto small = uneven.group->join(1);
  const auto large = uneven.group->join(10);
  CHECK(uneven.work(small) == seen{"k0@1"});
  CHECK(uneven.work(large) == seen{"k1@1", "k2@1", "k3@1", "k4@1", "k5@1"});
}

TEST_CASE("events of one aggregate are assigned one at a time, in their order, to whomever") {
  sharing_scene scene;
  scene.log.store("ann", 3);
  scene.log.store("bob", 1);
  scene.start();
  const auto a = scene.group->join(10);
  const auto b = scene.group->join(10);
  CHECK(scene.work(a) == seen{"ann@1"});
  CHECK(scene.work(b) == seen{"bob@1"});
  CHECK(scene.work(a).empty());
  scene.done("ann@1");
  CHECK(scene.work(a) == seen{"ann@2"});
  scene.fail("ann@2", verdict::retry);
  CHECK(scene.work(b).empty());
  scene.time.passed += 1s;
  CHECK(scene.work(b) == seen{"ann@2!"});
  scene.done("ann@2");
  CHECK(scene.work(a) == seen{"ann@3"});
}

TEST_CASE("P-111 by aggregate, all its events go to one worker until that leaves") {
  sharing_scene scene;
  scene.options.how = group_options::sharing::by_aggregate;
  scene.start();
  const auto a = scene.group->join(100);
  const auto b = scene.group->join(100);
  std::map<std::string, work_group::member_id> whose;
  const auto round = [&](std::vector<work_group::member_id> members) {
    store_each(scene.log, 20);
    std::map<std::string, work_group::member_id> now;
    for (const auto who : members) {
      for (const std::string& name : scene.work(who)) {
        now[name.substr(0, name.find('@'))] = who;
        scene.done(name);
      }
    }
    return now;
  };
  whose = round({a, b});
  CHECK(whose.size() == 20);
  CHECK(std::ranges::count_if(whose, [&](const auto& w) { return w.second == a; }) == 10);
  CHECK(round({a, b}) == whose);
  // Whoever comes takes no aggregate away; whoever leaves hands his over.
  const auto c = scene.group->join(100);
  CHECK(round({a, b, c}) == whose);
  scene.group->leave(a);
  const auto after = round({b, c});
  CHECK(after.size() == 20);
  for (const auto& [id, who] : whose) {
    if (who == b) CHECK(after.at(id) == b);
  }
}

TEST_CASE("P-111 P-112 what a worker leaves behind goes to another at once, in order, marked") {
  sharing_scene scene;
  scene.options.how = group_options::sharing::by_aggregate;
  scene.log.store("ann", 2);
  scene.log.store("bob", 1);
  scene.start();
  const auto a = scene.group->join(10);
  REQUIRE(scene.work(a) == seen{"ann@1", "bob@1"});
  const auto b = scene.group->join(10);
  CHECK(scene.work(b).empty());
  scene.group->leave(a);
  CHECK(scene.work(b) == seen{"ann@1!", "bob@1!"});
  scene.done("ann@1");
  CHECK(scene.work(b) == seen{"ann@2"});
}

TEST_CASE("P-120 an answer of somebody whose event was assigned anew has no effect") {
  sharing_scene scene;
  scene.log.store("ann", 1);
  scene.start();
  const auto a = scene.group->join(10);
  REQUIRE(scene.work(a) == seen{"ann@1"});
  const std::uint64_t old = scene.numbers.at("ann@1");
  scene.group->leave(a);
  const auto b = scene.group->join(10);
  REQUIRE(scene.work(b) == seen{"ann@1!"});
  scene.group->answer(old, {}, {});
  CHECK(scene.checkpoint() == 0);
  scene.done("ann@1");
  CHECK(scene.checkpoint() == 1);
}

TEST_CASE("P-114 an event that failed is tried again, parked, skipped or stopped at, as was said") {
  sharing_scene scene;
  scene.log.store("ann", 2);
  scene.start();
  const auto a = scene.group->join(1);
  REQUIRE(scene.work(a) == seen{"ann@1"});

  SECTION("tried again, after a while that grows") {
    scene.fail("ann@1", verdict::retry);
    CHECK(scene.work(a).empty());
    CHECK(scene.group->status().trouble->message.find("it failed") != std::string::npos);
    scene.time.passed += 100ms;
    REQUIRE(scene.work(a) == seen{"ann@1!"});
    scene.fail("ann@1", verdict::retry);
    scene.time.passed += 100ms;
    CHECK(scene.work(a).empty());
    scene.time.passed += 100ms;
    REQUIRE(scene.work(a) == seen{"ann@1!"});
    scene.done("ann@1");
    CHECK_FALSE(scene.group->status().trouble);
    CHECK(scene.work(a) == seen{"ann@2"});
  }
  SECTION("parked, and later ones go on") {
    scene.fail("ann@1", verdict::park);
    CHECK(scene.work(a) == seen{"ann@2"});
    REQUIRE(scene.group->parked().size() == 1);
    CHECK(scene.group->parked()[0].cause == "it failed");
    CHECK(scene.group->parked()[0].at == position{1});
  }
  SECTION("skipped") {
    scene.fail("ann@1", verdict::skip);
    CHECK(scene.work(a) == seen{"ann@2"});
    CHECK(scene.group->parked().empty());
    CHECK(scene.checkpoint() == 1);
  }
  SECTION("stopped at, until somebody joins") {
    scene.fail("ann@1", verdict::stop);
    CHECK(scene.work(a).empty());
    CHECK(scene.group->status().stopped);
    CHECK(scene.checkpoint() == 0);
    const auto b = scene.group->join(1);
    const seen both = scene.work(a).empty() ? scene.work(b) : seen{"ann@1!"};
    CHECK(both == seen{"ann@1!"});
  }
  SECTION("parked, when it has failed too often") {
    for (int i = 1; i < 10; ++i) {
      scene.fail("ann@1", verdict::retry);
      scene.time.passed += 1min;
      REQUIRE(scene.work(a) == seen{"ann@1!"});
    }
    scene.fail("ann@1", verdict::retry);
    CHECK(scene.group->parked().at(0).assignments == 10);
    CHECK(scene.work(a) == seen{"ann@2"});
  }
}

TEST_CASE("an event that is not answered in time is assigned again") {
  sharing_scene scene;
  scene.log.store("ann", 1);
  scene.start();
  const auto a = scene.group->join(1);
  REQUIRE(scene.work(a) == seen{"ann@1"});
  const auto step = scene.group->advance();
  REQUIRE(step.due);
  scene.time.passed += 30s;
  scene.settle();
  scene.time.passed += 1s;
  CHECK(scene.work(a) == seen{"ann@1!"});
}

TEST_CASE("P-115 the checkpoint passes parked events, and never one that is outstanding") {
  sharing_scene scene;
  store_each(scene.log, 3);
  scene.start();
  const auto a = scene.group->join(10);
  REQUIRE(scene.work(a).size() == 3);
  scene.done("k1@1");
  scene.done("k2@1");
  CHECK(scene.checkpoint() == 0);
  scene.fail("k0@1", verdict::park);
  CHECK(scene.checkpoint() == 3);
}

TEST_CASE("P-116 parked events are assigned again, all or the first ones, but not twice at once") {
  sharing_scene scene;
  store_each(scene.log, 3);
  scene.start();
  const auto a = scene.group->join(10);
  scene.work(a);
  for (int i = 0; i < 3; ++i) scene.fail("k" + std::to_string(i) + "@1", verdict::park);
  CHECK(scene.group->replay_parked(2).value() == 2);
  CHECK(scene.group->replay_parked(2).error().code == errc::locked);
  CHECK(scene.group->drop_parked().error().code == errc::locked);
  REQUIRE(scene.work(a) == seen{"k0@1", "k1@1"});
  scene.done("k0@1");
  scene.fail("k1@1", verdict::park);
  const auto left = scene.group->parked();
  REQUIRE(left.size() == 2);
  CHECK(left[0].at == position{2});
  CHECK(scene.group->status().parked == 2);
  CHECK(scene.group->drop_parked().value() == 2);
  CHECK(scene.group->parked().empty());
  CHECK(scene.group->replay_parked(10).value() == 0);
}

TEST_CASE("P-116 parked events are still parked when their replay is cut off") {
  sharing_scene scene;
  store_each(scene.log, 1);
  scene.start();
  auto a = scene.group->join(10);
  scene.work(a);
  scene.fail("k0@1", verdict::park);
  REQUIRE(scene.group->replay_parked(1).value() == 1);
  scene.start();
  CHECK(scene.group->status().parked == 1);
  a = scene.group->join(10);
  CHECK(scene.work(a).empty());
  CHECK(scene.group->replay_parked(1).value() == 1);
  CHECK(scene.work(a) == seen{"k0@1"});
}

TEST_CASE("P-116 what was ordered while nobody worked is assigned first, once somebody does") {
  sharing_scene scene;
  store_each(scene.log, 3);
  scene.start();
  auto a = scene.group->join(10);
  scene.work(a);
  for (int i = 0; i < 3; ++i) scene.fail("k" + std::to_string(i) + "@1", verdict::park);
  scene.keep(true);
  scene.group.reset();
  scene.log.store("late");
  const auto taken = scene.rows.read("group:letters").value()->taken_at().value().value();
  persistence::row_changes orders;
  for (const std::uint64_t at : {1U, 3U}) note_ordered({{0}, {at}}, orders);
  REQUIRE(scene.rows.commit("group:letters", orders, taken));

  scene.start();
  scene.settle();
  CHECK(scene.group->status().waiting == 0);
  a = scene.group->join(10);
  REQUIRE(scene.work(a) == seen{"k0@1", "k2@1", "late@1"});
  CHECK(scene.group->replay_parked(1).error().code == errc::locked);
  scene.done("k0@1");

  SECTION("and is not ordered any more when it is done with, or parked anew") {
    scene.fail("k2@1", verdict::park);
    const auto left = scene.group->parked();
    REQUIRE(left.size() == 2);
    CHECK(left[0].at == position{2});
    CHECK(left[1].at == position{3});
    scene.done("late@1");
    scene.keep(true);
    scene.start();
    a = scene.group->join(10);
    CHECK(scene.work(a).empty());
    CHECK(scene.group->replay_parked(10).value() == 2);
  }
  SECTION("and is ordered still where it was cut off") {
    scene.start();
    a = scene.group->join(10);
    CHECK(scene.work(a) == seen{"k2@1", "late@1"});
  }
}

TEST_CASE("P-116 an order for an event that cannot be read, or is gone, holds up nobody") {
  sharing_scene scene;
  scene.log.store("ann");
  persistence::row_changes orders;
  const partition_cursor no_partition{{9}, {1}};
  const partition_cursor gone{{0}, {99}};
  for (const partition_cursor& where : {no_partition, gone, partition_cursor{{0}, {1}}}) {
    note_ordered(where, orders);
  }
  REQUIRE(scene.rows.commit("group:letters", orders, {.cursors = {{{0}, {1}}}}));
  scene.start();
  const auto a = scene.group->join(10);
  REQUIRE(scene.work(a) == seen{"ann@1"});
  scene.done("ann@1");
  const auto left = ordered_in(*scene.rows.read("group:letters").value()).value();
  CHECK(left == std::vector{no_partition});
}

TEST_CASE(
    "P-121 after a restart in the middle of a window nothing is lost, and another window counts") {
  sharing_scene scene;
  store_each(scene.log, 6);
  scene.start();
  auto a = scene.group->join(3);
  REQUIRE(scene.work(a) == seen{"k0@1", "k1@1", "k2@1"});
  scene.done("k0@1");
  scene.done("k2@1");
  scene.keep(true);
  scene.start();
  a = scene.group->join(10);
  // The one that was done behind the outstanding one comes again.
  CHECK(scene.work(a) == seen{"k1@1", "k2@1", "k3@1", "k4@1", "k5@1"});
}

TEST_CASE("P-124 nothing is read without workers, and no more than may wait with them") {
  sharing_scene scene;
  scene.options.waiting_max = 4;
  store_each(scene.log, 20);
  scene.start();
  scene.settle();
  CHECK(scene.group->status().waiting == 0);
  CHECK(scene.group->status().lag_events == 20);
  const auto a = scene.group->join(2);
  CHECK(scene.work(a).size() == 2);
  CHECK(scene.group->status().waiting <= 4);
  CHECK(scene.group->status().lag_events >= 14);
  int handled = 0;
  for (seen now{"k0@1", "k1@1"}; !now.empty(); now = scene.work(a)) {
    for (const std::string& name : now) {
      scene.done(name);
      ++handled;
    }
  }
  CHECK(handled == 20);
}

TEST_CASE("an event whose parking cannot be kept is parked once it can, and is never lost") {
  sharing_scene scene;
  scene.log.store("ann", 1);
  scene.start();
  const auto a = scene.group->join(1);
  scene.work(a);
  scene.rows.full = true;
  scene.fail("ann@1", verdict::park);
  CHECK(scene.group->status().trouble->code == errc::disk_full);
  CHECK(scene.group->status().cursors.at(0).through == position{0});
  SECTION("also after a restart") {
    scene.rows.full = false;
    scene.start();
    const auto b = scene.group->join(1);
    REQUIRE(scene.work(b) == seen{"ann@1"});
    scene.fail("ann@1", verdict::park);
  }
  SECTION("without anybody's doing") {
    scene.time.passed += 100ms;
    CHECK(scene.work(a).empty());
    CHECK(scene.group->advance().due.has_value());
    scene.rows.full = false;
    scene.time.passed += 1s;
    CHECK(scene.work(a).empty());
  }
  CHECK(scene.group->status().cursors.at(0).through == position{1});
  CHECK(parked_in(*scene.rows.read("group:letters").value()).value().size() == 1);
}

TEST_CASE("no more is parked of a partition than may be, and what is more holds up its aggregate") {
  sharing_scene scene;
  scene.options.parked_max = 2;
  store_each(scene.log, 3);
  scene.log.store("k2");
  scene.start();
  const auto a = scene.group->join(10);
  scene.work(a);
  for (const std::string name : {"k0@1", "k1@1", "k2@1"}) scene.fail(name, verdict::park);
  CHECK(scene.group->status().parked == 2);
  CHECK(scene.group->status().trouble->code == errc::overloaded);
  CHECK(scene.checkpoint() == 2);
  scene.time.passed += 1s;
  REQUIRE(scene.work(a) == seen{"k2@1!"});
  REQUIRE(scene.group->drop_parked().value() == 2);
  scene.fail("k2@1", verdict::park);
  CHECK(scene.work(a) == seen{"k2@2"});
}

TEST_CASE("a cause that is kept is bounded, and not cut within a character") {
  sharing_scene scene;
  scene.log.store("ann");
  scene.start();
  const auto a = scene.group->join(10);
  scene.work(a);
  std::string cause = "x";
  for (int i = 0; i < 1'000; ++i) cause += "\u00e9";
  scene.group->answer(scene.numbers.at("ann@1"), verdict::park, cause);
  CHECK(scene.group->parked().at(0).cause == cause.substr(0, 511));
}

TEST_CASE("a partition that is let go is nobody's work any more, and others go on") {
  sharing_scene scene(2);
  std::map<std::uint32_t, std::string> of;
  for (int i = 0; of.size() < 2; ++i) {
    const std::string id = "id-" + std::to_string(i);
    of.emplace(scene.log.journal().partition_of({account_type, "", id}).value, id);
  }
  for (int i = 0; i < 3; ++i) {
    for (const auto& [partition, id] : of) scene.log.store(id);
  }
  scene.start();
  const auto a = scene.group->join(2);
  REQUIRE(scene.work(a).size() == 2);
  const std::string gone = of.at(0) + "@1";
  const std::string stays = of.at(1) + "@1";
  scene.group->let_go({0});
  // An answer that comes too late moves nothing.
  scene.done(gone);
  scene.keep(true);
  CHECK(scene.rows.read("group:letters").value()->taken_at().value() == std::nullopt);
  CHECK(scene.group->status().assigned == 1);
  CHECK(scene.group->status().lag_events == 0);
  CHECK(scene.work(a).empty());
  scene.done(stays);
  CHECK(scene.work(a) == seen{of.at(1) + "@2"});

  scene.take_up({0});
  CHECK(scene.work(a) == seen{gone});
  scene.done(gone);
  CHECK(scene.work(a) == seen{of.at(0) + "@2"});
}

TEST_CASE("what is heard of a share that was let go since says nothing of the next one") {
  sharing_scene scene;
  scene.log.store("ann");
  scene.start();
  auto a = scene.group->join(1);
  scene.work(a);
  scene.fail("ann@1", verdict::park);
  scene.group->let_go({0});
  scene.take_up({0});
  CHECK(scene.group->status().cursors.at(0).through == position{1});
  scene.group->kept({0}, 1, error{errc::unavailable, "no majority"});
  CHECK_FALSE(scene.group->status().trouble.value().code == errc::unavailable);
}

TEST_CASE("a group begins at the end of the log where that was asked for, and remembers it") {
  sharing_scene scene;
  scene.options.from_now = true;
  scene.log.store("ann", 3);
  scene.start();
  scene.log.store("bob", 1);
  scene.start();
  const auto a = scene.group->join(10);
  CHECK(scene.work(a) == seen{"bob@1"});
}

TEST_CASE("options of a group that break a limit are refused by name") {
  sharing_scene scene;
  scene.options.name = "";
  CHECK(scene.open().error().code == errc::invalid_argument);
  scene.options = {.name = "letters", .assignments_max = 0};
  CHECK(scene.open().error().code == errc::invalid_argument);
  scene.options = {.name = "letters", .waiting_max = 0};
  CHECK(scene.open().error().code == errc::invalid_argument);
  scene.options = {.name = "letters", .answer_within = 0ms};
  CHECK(scene.open().error().message.find("the group letters") == 0);
}

}  // namespace reprise::consumers
