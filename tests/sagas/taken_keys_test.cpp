// SPDX-License-Identifier: Apache-2.0
//
// Keys that an instance takes on while it lives.
#include "sagas/taken_keys.hpp"

#include "consumers/follower.hpp"
#include "tests/consumers/log_scene.hpp"
#include "tests/consumers/watched_rows.hpp"
#include "tests/sagas/script_world.hpp"

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <string>
#include <vector>

namespace reprise::sagas::testing {
namespace {

using script::plain_saga;

const char* const with_extra = "opened key extra";

std::unique_ptr<taken_keys> index_of(const persistence::journal& log,
                                     persistence::row_store& rows) {
  return taken_keys::open({.log = log, .rows = rows}, reprise::detail::describe_saga<plain_saga>())
      .value();
}

void learn(taken_keys& index, const persistence::journal& log) {
  const std::vector<position> ends = consumers::committed_ends(log);
  while (!index.know(ends).value()) {
  }
}

// Where the last event of this speaker stands.
partition_cursor last_of(script_world<>& world, const std::string& speaker) {
  partition_cursor out;
  world.each_event<script::speaker>(speaker, [&](const persistence::stored_record& r) {
    out = {r.partition, r.at};
  });
  return out;
}

std::vector<std::string> whom(taken_keys& index, const std::string& key,
                              const partition_cursor& at) {
  return index.whom({.tenant = {}, .key = key, .at = at}).value();
}

}  // namespace

TEST_CASE("S-011 events reach a saga by a key that it has taken on, until it gives that up") {
  script_world<> world;
  world.open("a", "key extra");
  world.say("extra", "one", "ann");
  world.say("extra", "two", "bob");
  CHECK(world.heard("a") == "opened key extra, said one, said two");
  CHECK(world.at("a").keys == std::vector<std::string>{"extra"});

  world.say("a", "unkey extra");
  world.say("extra", "three", "ann");
  CHECK(world.heard("a") == "opened key extra, said one, said two, said unkey extra");
  CHECK(world.at("a").keys.empty());
  CHECK(world.phase("extra") == saga_phase::none);

  world.say("a", "key extra");
  world.say("extra", "four", "bob");
  CHECK(world.heard("a").ends_with("said key extra, said four"));
}

TEST_CASE("S-011 an event that was committed before the key was taken on does not reach the saga") {
  script_world<> world;
  world.say("extra", "early", "ann");
  world.say("extra", "early", "bob");
  world.open("a", "key extra");
  world.say("extra", "late", "ann");
  const std::string once = "opened key extra, said late";
  CHECK(world.heard("a") == once);

  SECTION("also when everything crashes") {
    world.crash();
    world.settle();
    CHECK(world.heard("a") == once);
    world.say("extra", "later", "bob");
    CHECK(world.heard("a") == once + ", said later");
  }
  SECTION("also when the index is built anew from the log, before or after it was given up") {
    world.forget_what_is_derived();
    world.crash();
    world.settle();
    CHECK(world.heard("a") == once);
    world.say("a", "unkey extra", "bob");
    world.say("extra", "too late", "ann");
    world.forget_what_is_derived();
    world.crash();
    world.settle();
    CHECK(world.heard("a") == once + ", said unkey extra");
  }
}

TEST_CASE("S-011 an event reaches all that have its key, and starts only the one whose own it is") {
  script_world<> world;
  world.open("a", "key extra");
  world.open("b", "key extra;key a");
  world.open("extra", "hello", "ann");
  CHECK(world.heard("a") == std::string(with_extra) + ", opened hello");
  CHECK(world.heard("b") == "opened key extra;key a, opened hello");
  CHECK(world.heard("extra") == "opened hello");
  // Both keys are its own way to one event; it handles that once.
  world.say("a,extra", "twice", "bob");
  CHECK(world.heard("b").ends_with("opened hello, said twice"));
  CHECK(world.heard("a").ends_with("opened hello, said twice"));
}

TEST_CASE("S-011 a saga that has ended has its own key only, also in its next life") {
  script_world<> world;
  world.open("a", "key extra");
  world.say("extra", "finish", "ann");
  REQUIRE(world.phase("a") == saga_phase::completed);
  CHECK(world.at("a").keys.empty());
  world.open("extra", "anew", "ann");
  CHECK(world.phase("a") == saga_phase::completed);
  world.open("a", "anew");
  world.say("extra", "more", "ann");
  CHECK(world.heard("a") == "opened anew");
}

TEST_CASE("S-011 an instance's own key stays, and what it has already is not taken on twice") {
  script_world<> world;
  world.open("a", "key a;unkey a;key extra;key extra;unkey other");
  CHECK(world.at("a").keys == std::vector<std::string>{"extra"});
  world.say("a", "one", "ann");
  world.say("extra", "unkey extra", "ann");
  world.say("extra", "two", "ann");
  CHECK(world.heard("a").ends_with("said one, said unkey extra"));
}

TEST_CASE("S-011 more keys than may be, and keys of no length, are errors of the event") {
  script_world<> world;
  std::string many;
  for (int i = 0; i <= 100; ++i) many += "key k" + std::to_string(i) + ";";
  world.open("a", many);
  world.settle(std::chrono::seconds(5));
  CHECK(world.phase("a") == saga_phase::none);
  REQUIRE(world.at("a").parked.size() == 1);
  CHECK(world.at("a").parked.front().cause.find("further keys") != std::string::npos);
  world.open("b", "key ");
  world.settle(std::chrono::seconds(5));
  REQUIRE(world.at("b").parked.size() == 1);
  CHECK(world.at("b").parked.front().cause.find("0 bytes") != std::string::npos);
}

TEST_CASE("S-011 events by taken keys are handled once each, in order, in a storm") {
  script_world<> world(11);
  const auto key = [](int i) { return "k" + std::to_string(i); };
  for (int i = 0; i < 20; ++i) world.open(key(i), "key also-" + key(i), key(i));
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 20; ++i) {
      const script::speaker_cmd::say what{.key = "also-" + key(i), .text = std::to_string(round)};
      const std::string name = std::to_string(round) + key(i);
      world.saga_world::tell<script::speaker>(key(i), what, name);
      world.storm(10);
    }
    for (int i = 0; i < 20; ++i) {
      const script::speaker_cmd::say what{.key = "also-" + key(i), .text = std::to_string(round)};
      const std::string name = std::to_string(round) + key(i);
      world.ask<script::speaker>(key(i), what, {.id = derive_command_id(name)});
    }
    if (round == 1) world.forget_what_is_derived();
    if (round == 1) world.crash();
  }
  world.settle();
  CHECK(world.crashes() > 0);
  for (int i = 0; i < 20; ++i) {
    CHECK(world.heard(key(i)) == "opened key also-" + key(i) + ", said 0, said 1, said 2");
  }
}

TEST_CASE("S-011 keys that were given up are forgotten when all events before that are done with") {
  script_world<> world;
  world.open("a", "key extra;key other");
  world.say("extra", "one", "ann");
  world.say("a", "unkey extra");
  persistence::memory_row_store rows;
  const auto index = index_of(world.journal(), rows);
  learn(*index, world.journal());
  const partition_cursor one = last_of(world, "ann");
  const std::vector<std::string> a{"a"};
  CHECK(whom(*index, "extra", one) == a);
  CHECK(whom(*index, "other", one) == a);
  CHECK(whom(*index, "extra", {one.partition, {1'000}}).empty());
  CHECK(whom(*index, "other", {one.partition, {1'000}}) == a);
  CHECK(whom(*index, "a", one).empty());

  const std::vector<position> ends = consumers::committed_ends(world.journal());
  std::vector<partition_cursor> nothing;
  std::vector<partition_cursor> all;
  for (std::uint32_t p = 0; p < ends.size(); ++p) {
    nothing.push_back({{p}, {0}});
    all.push_back({{p}, ends[p]});
  }
  REQUIRE(index->save(nothing, true));
  CHECK(whom(*index, "extra", one) == a);
  REQUIRE(index->save(all, true));
  CHECK(whom(*index, "extra", one).empty());
  CHECK(whom(*index, "other", one) == a);
}

TEST_CASE("S-011 an index that could not be kept tells of as many instances as before") {
  script_world<> world;
  world.open("a", "key extra");
  world.say("extra", "one", "ann");
  consumers::testing::watched_rows rows;
  const auto index = index_of(world.journal(), rows);
  learn(*index, world.journal());
  rows.full = true;
  CHECK(index->save({}, true).error().code == errc::disk_full);
  CHECK(whom(*index, "extra", last_of(world, "ann")) == std::vector<std::string>{"a"});
}

TEST_CASE("S-011 an index of a long log is kept while it is made") {
  consumers::testing::log_scene log;
  log.append("ann", 70'000);
  log.commit();
  consumers::testing::watched_rows rows;
  const auto index = index_of(log.journal(), rows);
  CHECK_FALSE(index->know(consumers::committed_ends(log.journal())).value());
  CHECK(rows.commits == 1);
  learn(*index, log.journal());
  CHECK(rows.commits == 1);
}

}  // namespace reprise::sagas::testing
