// SPDX-License-Identifier: Apache-2.0
//
// The store of a node that stood alone, opened as that of a replica.
#include "persistence/lmdb_environment.hpp"
#include "persistence/replicated_journal.hpp"
#include "persistence/store_tables.hpp"
#include "persistence/subject_keys.hpp"
#include "tests/persistence/store_scene.hpp"

#include <reprise/metrics.hpp>

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <string>
#include <vector>

namespace reprise::persistence {
namespace {

// A record that consensus would have written; the journal looks at nothing of it but its kind.
constexpr std::uint8_t membership_kind = 0xf1;

// The entry behind what was written alone.
bytes entry_behind(const replicated_journal& log, partition_id partition) {
  const position at = log.committed(partition);
  bytes body;
  messages::encode_record({.kind = membership_kind}, at.next(), body);
  bytes stored(messages::entry_prefix_size(1) + body.size());
  const std::vector<std::uint32_t> offsets{0};
  messages::encode_entry_prefix({.partition = partition,
                                 .records = 1,
                                 .first = at.next(),
                                 .index = log.last_index(partition) + 1,
                                 .term = 1,
                                 .committed = at},
                                offsets, body.size(), stored.data());
  std::ranges::copy(body, stored.end() - static_cast<std::ptrdiff_t>(body.size()));
  return stored;
}

class lone_scene {
 public:
  // Three events of `a` and one of `b`, each in its partition.
  lone_scene() {
    store.open();
    a = store.id_in(0, "a");
    b = store.id_in(1, "b");
    REQUIRE(store.append(a, {"1", "2"}).has_value());
    REQUIRE(store.append(a, {"3"}).has_value());
    REQUIRE(store.append(b, {"4"}).has_value());
    store.close();
  }
  [[nodiscard]] result<std::unique_ptr<replicated_journal>> open() {
    return replicated_journal::open(store.options, measured_, time_);
  }
  [[nodiscard]] std::unique_ptr<replicated_journal> opened() {
    auto journal = open();
    REQUIRE(journal.has_value());
    return std::move(*journal);
  }
  void begin(replicated_journal& log) {
    const std::vector<bytes> stored{entry_behind(log, {0}), entry_behind(log, {1})};
    std::vector<replica_entry> entries;
    for (const bytes& entry : stored) {
      entries.push_back(
          {.header = messages::entry::claimed_header(entry), .stored = entry, .members = true});
    }
    REQUIRE(log.begin(bytes(8, std::byte{7}), entries).has_value());
  }
  // Why it is refused; that of a node alone it stays.
  [[nodiscard]] std::string refusal() {
    const auto refused = open();
    REQUIRE_FALSE(refused.has_value());
    return to_string(refused.error());
  }

  // As a node leaves it that is killed before it has saved anything but its log.
  void forget_saved() {
    auto environment = lmdb_environment::open(
        {.directory = store.folder() / "journal", .map_size_bytes = std::uint64_t{1} << 30U});
    REQUIRE(environment.has_value());
    store_tables tables;
    REQUIRE(open_tables(**environment, {}, tables).has_value());
    auto transaction = lmdb_write::begin(**environment);
    REQUIRE(transaction.has_value());
    REQUIRE(mdb_drop(transaction->handle(), tables.heads, 0) == 0);
    REQUIRE(mdb_drop(transaction->handle(), tables.places, 0) == 0);
    REQUIRE(write_indexed_upto(*transaction, tables, 0).has_value());
    REQUIRE(transaction->commit().has_value());
  }

  store_scene store;
  std::string a;
  std::string b;

 private:
  metrics measured_;
  base::system_clock time_;
};

}  // namespace

TEST_CASE("what a node wrote alone is all there when its store is a replica's") {
  lone_scene scene;
  {
    const auto log = scene.opened();
    CHECK(log->stands_alone());
    CHECK(log->last_index({0}) == 2);
    scene.begin(*log);
    CHECK_FALSE(log->stands_alone());
    CHECK(log->last_index({0}) == 3);
  }
  // The second time nothing is known but what is stored.
  const auto log = scene.opened();
  CHECK_FALSE(log->stands_alone());
  CHECK(history_of(*log, store_scene::key(scene.a)) == "1:1 2:2 3:3");
  CHECK(history_of(*log, store_scene::key(scene.b)) == "1:4");
  CHECK(log->committed({0}) == position{3});
  CHECK(log->folded_index({0}) == 2);
  CHECK(log->last_index({0}) == 3);
  CHECK(log->note({0}) == replica_note{.state = {.term = 1}, .members = {3}});
  CHECK(log->note({1}) == replica_note{.state = {.term = 1}, .members = {2}});
  CHECK(*log->cluster_note() == bytes(8, std::byte{7}));
  const auto first = log->read_entry({0}, 1);
  REQUIRE(first.has_value());
  CHECK(messages::entry::claimed_header(*first).records == 2);
}

TEST_CASE("nothing but its log is needed of what a node alone had stored") {
  lone_scene scene;
  SECTION("before it began") {
    scene.forget_saved();
    scene.begin(*scene.opened());
  }
  SECTION("after it began") {
    scene.begin(*scene.opened());
    scene.forget_saved();
  }
  // Whoever only reads does so from the log as well.
  CHECK(history_of(*look(scene.store.folder()), store_scene::key(scene.b)) == "1:4");
  const auto log = scene.opened();
  CHECK(history_of(*log, store_scene::key(scene.a)) == "1:1 2:2 3:3");
  CHECK(history_of(*log, store_scene::key(scene.b)) == "1:4");
  CHECK(log->committed({0}) == position{3});
  CHECK(log->last_index({0}) == 3);
}

TEST_CASE("a store that did not begin as a replica's stays that of a node alone") {
  lone_scene scene;
  CHECK(scene.opened()->stands_alone());
  scene.store.open();
  CHECK(scene.store.history(scene.a) == "1:1 2:2 3:3");
  REQUIRE(scene.store.append(scene.a, {"5"}).has_value());
  scene.store.close();
  const auto log = scene.opened();
  scene.begin(*log);
  CHECK(log->committed({0}) == position{4});
}

TEST_CASE("a store that began as a replica's is never opened alone again") {
  lone_scene scene;
  scene.begin(*scene.opened());
  const auto alone = scene.store.try_open();
  REQUIRE_FALSE(alone.has_value());
  CHECK(alone.error().code == errc::incompatible);
}

TEST_CASE("a store with keys of persons cannot become a replica's, and is left as it is") {
  lone_scene scene;
  {
    const base::system_clock time;
    const auto keys = subject_keys::open(scene.store.folder(), time);
    REQUIRE(keys.has_value());
    static_cast<void>((*keys)->current_of("ann"));
    REQUIRE((*keys)->make_durable().has_value());
  }
  CHECK(scene.refusal().find("personal data") != std::string::npos);
  scene.store.open();
  CHECK(scene.store.history(scene.a) == "1:1 2:2 3:3");
}

TEST_CASE("a store with hidden events cannot become a replica's, and says whose they are") {
  lone_scene scene;
  const auto hide = [&](sequence before) {
    waiting_listener answers;
    scene.store.open();
    scene.store.log().retire(store_scene::key(scene.a), record_kind::truncation, expectation::any(),
                             before, timestamp{}, answers, 1);
    REQUIRE(answers.of(1).has_value());
    scene.store.close();
  };
  hide({3});
  CHECK(scene.refusal().find("old events of " + scene.a) != std::string::npos);
}

TEST_CASE("events of a life that was deleted hold nothing up") {
  lone_scene scene;
  {
    waiting_listener answers;
    scene.store.open();
    scene.store.log().retire(store_scene::key(scene.a), record_kind::deletion, expectation::any(),
                             {}, timestamp{}, answers, 1);
    REQUIRE(answers.of(1).has_value());
    REQUIRE(scene.store.append(scene.a, {"new"}).has_value());
    scene.store.close();
  }
  const auto log = scene.opened();
  scene.begin(*log);
  CHECK(history_of(*log, store_scene::key(scene.a)) == "4:new");
}

TEST_CASE("a store with a damaged partition cannot become a replica's") {
  lone_scene scene;
  scene.store.open();
  REQUIRE(scene.store.append(scene.b, {"a payload that is found again"}).has_value());
  scene.store.close();
  scene.forget_saved();
  REQUIRE(damage(scene.store.file(), "a payload that is found again") > 0);
  const auto refused = scene.open();
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::corrupt);
  CHECK(refused.error().message.find("partition 1") != std::string::npos);
}

}  // namespace reprise::persistence
