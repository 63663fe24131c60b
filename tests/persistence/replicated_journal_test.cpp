// SPDX-License-Identifier: Apache-2.0
//
// The journal of a cluster's node as its driver sees it: what is written, cut, committed and found
// again after a restart. Whether it is a journal at all is for the conformance suite.
#include "persistence/replicated_journal.hpp"

#include "base/clock.hpp"
#include "persistence/lmdb_journal.hpp"
#include "tests/persistence/store_scene.hpp"

#include <reprise/metrics.hpp>

#include <catch2/catch_test_macros.hpp>

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>

namespace reprise::persistence {
namespace {

constexpr partition_id here{0};

// What a leader would propose: one event for each name, in one entry.
bytes entry_of(std::uint64_t index, std::uint64_t first, std::uint64_t term,
               std::uint64_t committed, const std::vector<std::string>& names) {
  bytes body;
  std::vector<std::uint32_t> offsets;
  for (std::size_t i = 0; i < names.size(); ++i) {
    offsets.push_back(static_cast<std::uint32_t>(body.size()));
    messages::encode_record({.kind = static_cast<std::uint8_t>(record_kind::event),
                             .type = {1},
                             .id = names[i],
                             .sequence = {1}},
                            {first + i}, body);
  }
  const auto records = static_cast<std::uint32_t>(names.size());
  bytes stored(messages::entry_prefix_size(records) + body.size());
  messages::encode_entry_prefix({.partition = here,
                                 .records = records,
                                 .first = {first},
                                 .index = index,
                                 .term = term,
                                 .committed = {committed}},
                                offsets, body.size(), stored.data());
  std::ranges::copy(body, stored.end() - static_cast<std::ptrdiff_t>(body.size()));
  return stored;
}

class replica_scene final : public replica_listener {
 public:
  ~replica_scene() override { close(); }

  void open() {
    auto opened = replicated_journal::open(
        {.directory = folder_.path() / "store", .partitions = 2, .map_size_bytes = 1 << 26},
        metrics_, clock_);
    REQUIRE(opened.has_value());
    journal_ = std::move(*opened);
    journal_->start(*this);
  }
  void close() {
    if (journal_) journal_->close();
    journal_.reset();
  }
  void reopen() {
    close();
    open();
  }
  /// As after a kill: with the files as they are, and nothing that is written when it is closed.
  void die_and_reopen() {
    const std::filesystem::path store = folder_.path() / "store";
    const std::filesystem::path left = folder_.path() / "left";
    std::filesystem::copy(store, left, std::filesystem::copy_options::recursive);
    close();
    std::filesystem::remove_all(store);
    std::filesystem::rename(left, store);
    open();
  }
  replicated_journal& log() { return *journal_; }

  /// Writes entries, cutting first if asked, and waits until they are durable.
  void write(const std::vector<bytes>& entries, std::optional<std::uint64_t> cut_from = {},
             std::optional<replica_state> state = {}, bool members = false) {
    replica_write order{
        .partition = here, .number = ++last_, .state = state, .cut_from = cut_from, .entries = {}};
    for (const bytes& stored : entries) {
      order.entries.push_back({.header = messages::entry::claimed_header(stored),
                               .stored = stored,
                               .members = members});
    }
    journal_->write(std::move(order));
    await([this] { return written_ >= last_; });
  }
  void fold(std::uint64_t up_to) {
    {
      const std::lock_guard hold(mutex_);
      folded_ = 0;
    }
    journal_->fold(here, up_to);
    await([this] { return folded_ > 0; });
  }
  [[nodiscard]] std::string names() const {
    std::string all;
    const auto page = journal_->scan(here, {}, [&](const stored_record& record) {
      all += (all.empty() ? "" : " ") + std::string(record.id);
      return true;
    });
    return page ? all : to_string(page.error());
  }

  void staged(partition_id) override {}
  void written(partition_id, std::uint64_t number) override {
    note([&] { written_ = number; });
  }
  void folded(partition_id, std::uint64_t index) override {
    note([&] { folded_ = index + 1; });
  }
  void damaged(partition_id, const error&) override {
    note([&] { folded_ = 1; });
  }
  void storage_full(bool) override {}
  void storage_failed(const error&) override {}

 private:
  template <class F>
  void note(const F& what) {
    {
      const std::lock_guard hold(mutex_);
      what();
    }
    changed_.notify_all();
  }
  template <class F>
  void await(const F& holds) {
    std::unique_lock hold(mutex_);
    REQUIRE(changed_.wait_for(hold, std::chrono::seconds(60), holds));
  }

  temporary_folder folder_;
  base::system_clock clock_;
  metrics metrics_;
  std::unique_ptr<replicated_journal> journal_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t last_ = 0;
  std::uint64_t written_ = 0;
  std::uint64_t folded_ = 0;
};

TEST_CASE("nobody reads what is written and not committed") {
  replica_scene scene;
  scene.open();
  scene.write({entry_of(1, 1, 1, 0, {"a", "b"}), entry_of(2, 3, 1, 0, {"c"})});
  CHECK(scene.names().empty());
  CHECK(scene.log().last_index(here) == 2);
  scene.fold(1);
  CHECK(scene.names() == "a b");
  scene.fold(2);
  CHECK(scene.names() == "a b c");
}

TEST_CASE("what was committed still stands in the log of a node that has to hear of it again") {
  replica_scene scene;
  scene.open();
  scene.write({entry_of(1, 1, 1, 0, {"a", "b"}), entry_of(2, 3, 1, 2, {"c"})});
  scene.fold(2);
  REQUIRE(scene.log().committed(here) == position{3});
  scene.die_and_reopen();
  // The log itself says so only of what came before its last entry.
  CHECK(scene.log().committed(here) == position{2});
  CHECK(scene.log().stored(here) == position{3});
  scene.fold(2);
  CHECK(scene.log().stored(here) == position{3});
}

TEST_CASE("C-009 C-019 a tail that was cut is gone, and its place is taken by another") {
  replica_scene scene;
  scene.open();
  scene.write(
      {entry_of(1, 1, 1, 0, {"a"}), entry_of(2, 2, 1, 0, {"x", "y"}), entry_of(3, 4, 1, 0, {"z"})});
  scene.fold(1);

  scene.write({entry_of(2, 2, 2, 1, {"b"}), entry_of(3, 3, 2, 1, {"c"})}, 2);
  scene.fold(3);

  CHECK(scene.names() == "a b c");
  scene.reopen();
  CHECK(scene.log().last_index(here) == 3);
  scene.fold(3);
  CHECK(scene.names() == "a b c");
  CHECK(scene.log().head({{1}, "", "x"})->is == aggregate_head::state::absent);
}

TEST_CASE("what was appended and cut again in one commit leaves nothing") {
  replica_scene scene;
  scene.open();
  const bytes first = entry_of(1, 1, 1, 0, {"a"});
  const bytes second = entry_of(2, 2, 1, 0, {"b"});
  const bytes third = entry_of(2, 2, 2, 0, {"c"});
  // Queued at once, so that they are likely to share a commit; the outcome is the same if not.
  for (const bytes* stored : {&first, &second}) {
    scene.log().write(
        {.partition = here,
         .number = 0,
         .state = {},
         .cut_from = {},
         .entries = {{.header = messages::entry::claimed_header(*stored), .stored = *stored}}});
  }
  scene.write({third}, 2);
  scene.fold(2);
  CHECK(scene.names() == "a c");
  scene.reopen();
  scene.fold(2);
  CHECK(scene.names() == "a c");
}

TEST_CASE("C-027 term, vote and members survive a restart") {
  replica_scene scene;
  scene.open();
  CHECK(scene.log().note(here) == replica_note{});
  scene.write({entry_of(1, 1, 1, 0, {"a"})}, {}, replica_state{.term = 7, .vote = 2}, true);
  scene.write({entry_of(2, 2, 1, 0, {"b"})}, {}, replica_state{.term = 8, .vote = 0}, true);
  CHECK(scene.log().note(here).members == std::vector<std::uint64_t>{1, 2});
  scene.reopen();
  CHECK(scene.log().note(here).state == replica_state{.term = 8, .vote = 0});
  CHECK(scene.log().note(here).members == std::vector<std::uint64_t>{1, 2});
  // A cut takes the membership with it.
  scene.write({entry_of(2, 2, 9, 0, {"c"})}, 2);
  CHECK(scene.log().note(here).members == std::vector<std::uint64_t>{1});
  scene.reopen();
  CHECK(scene.log().note(here).members == std::vector<std::uint64_t>{1});
}

TEST_CASE("entries are found by their index, folded or not") {
  replica_scene scene;
  scene.open();
  std::vector<bytes> all;
  std::uint64_t position = 1;
  for (std::uint64_t i = 1; i <= 40; ++i) {
    std::vector<std::string> names;
    for (std::uint64_t n = 0; n <= i % 3; ++n) {
      std::string name = "e";
      name += std::to_string(i);
      name += "-";
      name += std::to_string(n);
      names.push_back(std::move(name));
    }
    all.push_back(entry_of(i, position, 1, 0, names));
    position += names.size();
  }
  scene.write(all);
  scene.fold(30);
  for (std::uint64_t i = 1; i <= 40; ++i) {
    const auto read = scene.log().read_entry(here, i);
    REQUIRE(read.has_value());
    CHECK(*read == all[i - 1]);
  }
  CHECK(scene.log().read_entry(here, 0).error().code == errc::not_found);
  CHECK(scene.log().read_entry(here, 41).error().code == errc::not_found);
}

TEST_CASE("C-102 an entry that is damaged stops its partition when it is to be folded") {
  replica_scene scene;
  scene.open();
  bytes damaged = entry_of(2, 2, 1, 0, {"b"});
  damaged[damaged.size() - 9] ^= std::byte{4};
  scene.write({entry_of(1, 1, 1, 0, {"a"}), damaged});
  scene.fold(2);
  CHECK(scene.names() == "a");
  REQUIRE(scene.log().damage(here).has_value());
  CHECK(scene.log().damage(here)->code == errc::corrupt);
  CHECK_FALSE(scene.log().damage({1}).has_value());
}

TEST_CASE("a store is opened as what it was made") {
  temporary_folder folder;
  base::system_clock clock;
  metrics measured;
  const store_options options{
      .directory = folder.path() / "store", .partitions = 2, .map_size_bytes = 1 << 26};
  REQUIRE(replicated_journal::open(options, measured, clock).has_value());
  const auto alone = lmdb_journal::open(options, measured, clock);
  REQUIRE_FALSE(alone.has_value());
  CHECK(alone.error().code == errc::incompatible);
}

}  // namespace
}  // namespace reprise::persistence
