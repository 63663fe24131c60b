// SPDX-License-Identifier: Apache-2.0
//
// A store that is read through a node shows what the journal of that node shows.
#include "actors/remote_store.hpp"

#include "actors/remote_rows.hpp"
#include "actors/store_answers.hpp"
#include "base/clock.hpp"
#include "cluster/store_query.hpp"
#include "persistence/inspect_totals.hpp"
#include "persistence/memory_journal.hpp"
#include "persistence/memory_row_store.hpp"
#include "persistence/memory_snapshot_store.hpp"
#include "persistence/record_export.hpp"
#include "persistence/store_survey.hpp"
#include "tests/persistence/one_answer.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <iterator>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace reprise::actors {
namespace {

using persistence::direction;
using persistence::stored_record;

constexpr std::uint64_t all = std::numeric_limits<std::uint64_t>::max();

class known_schemas final : public persistence::schema_store {
 public:
  result<void> save(const persistence::stored_schema& schema) override {
    known_.push_back(schema);
    return {};
  }
  [[nodiscard]] result<std::vector<persistence::stored_schema>> all() const override {
    return known_;
  }

 private:
  std::vector<persistence::stored_schema> known_;
};

const persistence::store_identity known_store{.uuid = {std::byte{5}}, .format = 1};

// Snapshots are three, counted one at a time.
class known_survey final : public persistence::store_survey {
 public:
  [[nodiscard]] result<persistence::store_identity> identity() const override {
    return known_store;
  }
  [[nodiscard]] result<persistence::store_inventory> inventory() const override {
    return persistence::store_inventory{.files = {{"journal/data.mdb", 8'192, 4'096}},
                                        .tables = {{"journal/log", 3, 4'096}},
                                        .unknown = {"consumers"}};
  }
  [[nodiscard]] result<persistence::snapshot_tally> count_snapshots(
      bytes_view behind) const override {
    bytes last(behind.begin(), behind.end());
    last.push_back(std::byte{1});
    const bool is_last = last.size() == 3;
    return persistence::snapshot_tally{
        .snapshots = 1, .bytes = 100, .last = std::move(last), .end = is_last};
  }
  [[nodiscard]] result<verification> verify(
      const persistence::check_progress& go_on) const override {
    if (!go_on({.done = 4, .total = 9})) return error{errc::stopped, "the check was ended"};
    return verification{.partitions = 2,
                        .records = 9,
                        .snapshots = 3,
                        .snapshots_damaged = 1,
                        .damages = {{.partition = partition_id{1}, .at = {7}, .what = "a bit"},
                                    {.what = "the file of keys", .derived = true}}};
  }
};

// A node's store, and a client that reads it without a network between.
class read_through {
 public:
  explicit read_through(std::uint32_t partitions = 1)
      : journal_(*persistence::memory_journal::open({.partitions = partitions})),
        remote_(*remote_store::open(
            [this](const bytes& query) {
              ++asked_;
              return answer(query);
            },
            remote_store::freshness::stale)) {}
  ~read_through() { journal_->close(); }

  result<bytes> answer(const bytes& query) {
    auto read = cluster::decode_store_query(query);
    if (!read) return std::move(read).error();
    return answer_to(*read, {.events = *journal_,
                             .snapshots = snapshots_,
                             .schemas = schemas_,
                             .survey = survey_,
                             .check = check_,
                             .rows = [this] { return &rows_; }});
  }

  // Payloads differ, so that no two events look alike.
  void append(const aggregate_key& to, std::uint64_t events, std::size_t payload = 16) {
    constexpr std::uint64_t batch_max = 500;
    while (events > 0) {
      persistence::append_request request{.aggregate = to};
      for (std::uint64_t n = std::min(events, batch_max); n > 0; --n, --events) {
        request.events.push_back({.type = static_cast<std::uint32_t>(events % 3),
                                  .payload = bytes(payload, std::byte(events % 251)),
                                  .tags = {{"n", std::to_string(events)}}});
      }
      request.time = timestamp(std::chrono::seconds(++now_));
      request.headers = {{"from", "a test"}};
      request.command = derive_command_id("append " + std::to_string(now_));
      persistence::one_answer answer;
      journal_->append(std::move(request), answer, 0);
      const auto stored = answer.wait();
      if (!stored) FAIL(stored.error().message);
    }
  }
  void retire(const aggregate_key& what, persistence::record_kind how, sequence before = {}) {
    persistence::one_answer answer;
    journal_->retire(what, how, {}, before, timestamp(std::chrono::seconds(++now_)), answer, 0);
    REQUIRE(answer.wait().has_value());
  }

  void scan_all(const std::function<void(const stored_record&)>& show) const {
    for (std::uint32_t i = 0; i < journal_->partitions(); ++i) {
      REQUIRE(journal_
                  ->scan({i}, {},
                         [&](const stored_record& r) {
                           show(r);
                           return true;
                         })
                  .has_value());
    }
  }

  [[nodiscard]] const persistence::journal& journal() const { return *journal_; }
  [[nodiscard]] persistence::memory_snapshot_store& snapshots() { return snapshots_; }
  [[nodiscard]] known_schemas& schemas() { return schemas_; }
  [[nodiscard]] persistence::memory_row_store& rows() { return rows_; }
  [[nodiscard]] const remote_store& remote() const { return *remote_; }
  int asked() { return std::exchange(asked_, 0); }

 private:
  std::int64_t now_ = 0;
  int asked_ = 0;
  std::unique_ptr<persistence::memory_journal> journal_;
  persistence::memory_snapshot_store snapshots_;
  known_schemas schemas_;
  known_survey survey_;
  base::system_clock time_;
  asked_check check_{survey_, time_};
  persistence::memory_row_store rows_;
  std::unique_ptr<remote_store> remote_;
};

const aggregate_key ann{{7}, "", "ann"};
const aggregate_key bob{{8}, "north", "bob"};

// All that there is of a record.
std::string described(const stored_record& r) {
  std::string text = std::to_string(static_cast<int>(r.kind));
  for (const std::uint64_t n :
       {r.type.value, std::uint64_t{r.event_type}, std::uint64_t{r.batch_index},
        std::uint64_t{r.partition.value}, r.at.value, r.previous.value, r.sequence.value,
        static_cast<std::uint64_t>(r.time.time_since_epoch().count()), r.command_hash,
        r.stored_bytes}) {
    text += ' ';
    text += std::to_string(n);
  }
  for (const std::string_view each : {r.tenant, r.id}) {
    text += ' ';
    text += each;
  }
  text += ' ' + to_hex(r.event.value) + to_hex(r.command.value) + to_hex(r.correlation.value);
  for (const attributes* each : {&r.headers, &r.tags}) {
    for (const auto& [name, value] : *each) text += ' ' + name + '=' + value;
  }
  for (const std::byte b : r.payload) text += static_cast<char>('a' + static_cast<int>(b) % 26);
  return text;
}

struct shown {
  std::vector<std::string> records{};
  position next{};
  position last{};
  bool end = false;
  bool operator==(const shown&) const = default;
};

// Stops by itself behind `most` records.
template <class Log>
shown scanned(const Log& log, partition_id partition, const persistence::partition_range& range,
              std::uint64_t most = all) {
  shown out;
  const auto page = log.scan(partition, range, [&](const stored_record& record) {
    out.records.push_back(described(record));
    return out.records.size() < most;
  });
  REQUIRE(page.has_value());
  CHECK(page->records == out.records.size());
  out.last = page->last;
  // Whoever stops knows where; what a journal says then is its own.
  if (out.records.size() == most) return out;
  out.next = page->next;
  out.end = page->end;
  return out;
}

template <class Log>
std::vector<std::string> history(const Log& log, const aggregate_key& of,
                                 const persistence::aggregate_range& range) {
  std::vector<std::string> out;
  const auto page = log.read(of, range, [&](const stored_record& record) {
    out.push_back(described(record));
    return true;
  });
  REQUIRE(page.has_value());
  CHECK(page->records == out.size());
  return out;
}

TEST_CASE("a scan through a node shows what the node's journal shows, over any number of pages") {
  read_through store;
  store.append(ann, 9'000);
  store.append(bob, 3'000, 1'000);
  store.append(ann, 1);
  store.retire(bob, persistence::record_kind::truncation, {2'000});
  store.retire(ann, persistence::record_kind::deletion);
  const auto alike = [&](const persistence::partition_range& range, std::uint64_t most = all) {
    const shown expected = scanned(store.journal(), {0}, range, most);
    CHECK(scanned(store.remote(), {0}, range, most) == expected);
    return expected.records.size();
  };
  store.asked();
  CHECK(alike({}) == 12'003);
  CHECK(store.asked() > 4);
  for (const direction order : {direction::forward, direction::backward}) {
    CAPTURE(static_cast<int>(order));
    for (const std::uint64_t from : {std::uint64_t{1}, std::uint64_t{8'500}, std::uint64_t{12'003},
                                     std::uint64_t{20'000}, all}) {
      CAPTURE(from);
      alike({.from = {from}, .order = order});
      alike({.from = {from}, .limit = 8'500, .order = order});
      alike({.from = {from}, .window = 9'500, .order = order});
      alike({.from = {from}, .window = 9'500, .order = order, .filter = {.types = {bob.type}}});
      alike({.from = {from}, .order = order}, 8'300);
    }
  }
}

TEST_CASE("a search through a node goes on where one page has looked at enough") {
  read_through store;
  store.append(ann, 70'000, 0);
  store.append(bob, 3, 0);
  store.append(ann, 500, 0);
  for (const direction order : {direction::forward, direction::backward}) {
    const persistence::partition_range rare{.from = {order == direction::forward ? 1 : all},
                                            .order = order,
                                            .filter = {.types = {bob.type}}};
    store.asked();
    CHECK(scanned(store.remote(), {0}, rare) == scanned(store.journal(), {0}, rare));
    CHECK(store.asked() == 2);
  }
}

TEST_CASE("a history through a node is that of the journal, over any number of pages") {
  read_through store(4);
  store.append(ann, 9'500);
  store.append(bob, 5);
  for (const direction order : {direction::forward, direction::backward}) {
    for (const persistence::aggregate_range& range :
         {persistence::aggregate_range{.order = order},
          persistence::aggregate_range{.from = {100}, .to = {9'400}, .order = order},
          persistence::aggregate_range{.from = {2}, .limit = 8'300, .order = order}}) {
      CHECK(history(store.remote(), ann, range) == history(store.journal(), ann, range));
    }
  }
  CHECK(history(store.remote(), bob, {}).size() == 5);
  const auto none = store.remote().read({{7}, "", "nobody"}, {}, [](const auto&) { return true; });
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().code == errc::not_found);
}

TEST_CASE("heads, ends, schemas and snapshots are told through a node") {
  read_through store(4);
  store.append(ann, 3);
  store.append(bob, 2);
  store.retire(bob, persistence::record_kind::deletion);
  REQUIRE(store.schemas().save({ann.type, "Ann", bytes(40, std::byte{1})}).has_value());
  REQUIRE(store.snapshots()
              .save(ann,
                    {.at = {2},
                     .place = {2},
                     .time = timestamp(std::chrono::seconds(5)),
                     .state_version = 3,
                     .commands = {},
                     .delivered = {},
                     .state = bytes(9, std::byte{4})},
                    1)
              .has_value());

  const remote_store& remote = store.remote();
  CHECK(remote.partitions() == 4);
  for (const aggregate_key& each : {ann, bob, aggregate_key{{9}, "", "nobody"}}) {
    CHECK(*remote.head(each) == *store.journal().head(each));
    const partition_id home = remote.partition_of(each);
    CHECK(home == store.journal().partition_of(each));
    CHECK(*remote.committed(home) == store.journal().committed(home));
  }
  REQUIRE(remote.schemas()->size() == 1);
  CHECK(remote.schemas()->front().name == "Ann");
  CHECK(remote.schemas()->front().bundle == bytes(40, std::byte{1}));
  CHECK(*remote.saved(ann, {.to = {3}}) == *store.snapshots().load(ann, {.to = {3}}));
  CHECK(remote.saved(ann, {.to = {1}})->has_value() == false);
}

TEST_CASE("rows of consumers are read through a node, over any number of pages") {
  read_through store;
  const remote_rows remote(store.remote());
  CHECK(remote.names()->empty());
  persistence::row_changes changes;
  for (int n = 0; n < 5'000; ++n) {
    std::string key = "row" + std::to_string(10'000 + n);
    changes.emplace(bytes(reinterpret_cast<const std::byte*>(key.data()),
                          reinterpret_cast<const std::byte*>(key.data() + key.size())),
                    bytes(500, std::byte(n % 251)));
  }
  const persistence::checkpoint taken{.choice = 3, .cursors = {{{0}, {17}}}};
  REQUIRE(store.rows().commit("board.1", changes, taken).has_value());

  CHECK(*remote.names() == std::vector<std::string>{"board.1"});
  const auto there = remote.read("board.1");
  REQUIRE(there.has_value());
  CHECK(*(*there)->taken_at() == taken);
  CHECK((*remote.read("board.2"))->taken_at()->has_value() == false);
  const bytes& some = std::next(changes.begin(), 4'321)->first;
  CHECK(*(*there)->get(some) == changes.at(some));
  CHECK((*there)->get(bytes(3, std::byte{'x'}))->has_value() == false);
  const auto scanned_rows = [&](const bytes& from, const bytes& below) {
    persistence::row_changes seen;
    const auto read = (*there)->scan(from, below, [&](bytes_view key, bytes_view value) {
      seen.emplace(bytes(key.begin(), key.end()), bytes(value.begin(), value.end()));
      return true;
    });
    REQUIRE(read.has_value());
    return seen;
  };
  store.asked();
  CHECK(scanned_rows({std::byte{1}}, {std::byte{0x80}}) == changes);
  CHECK(store.asked() > 2);
  CHECK(scanned_rows(some, {std::byte{0x80}}).size() == 5'000 - 4'321);
  CHECK(scanned_rows({std::byte{1}}, some).size() == 4'321);
  auto changed = remote_rows(store.remote());
  CHECK(changed.commit("board.1", changes, taken).error().code == errc::not_hosted);
  CHECK(changed.remove("board.1").error().code == errc::not_hosted);
}

TEST_CASE("a store is counted through a node like the log that the node has") {
  read_through store(2);
  store.append(ann, 30, 10);
  store.append(bob, 5, 100);
  store.retire(bob, persistence::record_kind::truncation, {4});
  for (int n = 0; n < 3'000; ++n) store.append({{9}, "", "n" + std::to_string(n)}, 1, 1);
  persistence::schema_catalogue schemas([&] { return store.remote().schemas(); });

  const auto counted = persistence::statistics_of(store.remote(), schemas, {});
  REQUIRE(counted.has_value());
  CHECK(counted->store_id == to_hex(known_store.uuid));
  CHECK(counted->records == 3'036);
  REQUIRE(counted->types.size() == 3);
  CHECK(counted->types[0].events == 30);
  CHECK(counted->types[0].payload_bytes == 300);
  CHECK(counted->types[2].aggregates == 3'000);
  CHECK(counted->snapshots == 3);
  CHECK(counted->snapshot_bytes == 300);
  REQUIRE(counted->files.size() == 1);
  CHECK(counted->files[0].disk_bytes == 4'096);

  store.asked();
  const auto space = persistence::space_of(store.remote(), schemas, 1, {});
  REQUIRE(space.has_value());
  CHECK(space->tables.at(0).name == "journal/log");
  CHECK(space->unknown == std::vector<std::string>{"consumers"});
  REQUIRE(space->largest.size() == 1);
  CHECK(space->largest[0].key == ann);
  std::uint64_t hidden = 0;
  store.scan_all([&](const stored_record& r) {
    const bool is_hidden = r.id == "bob" && r.kind == persistence::record_kind::event;
    if (is_hidden && r.sequence.value < 4) hidden += r.stored_bytes;
  });
  REQUIRE(hidden > 0);
  for (const auto& type : space->types)
    CHECK(type.hidden_bytes == (type.id == bob.type ? hidden : 0));
  // Heads come many at a time.
  CHECK(store.asked() < 20);
}

TEST_CASE("what a node finds in its store is told through it") {
  read_through store(2);
  const auto found = store.remote().verify([](const read_progress& at) { return at.done <= 9; });
  REQUIRE(found.has_value());
  CHECK_FALSE(found->clean());
  CHECK(found->partitions == 2);
  CHECK(found->records == 9);
  CHECK(found->snapshots == 3);
  CHECK(found->snapshots_damaged == 1);
  REQUIRE(found->damages.size() == 2);
  CHECK(found->damages[0].partition == partition_id{1});
  CHECK(found->damages[0].at == position{7});
  CHECK(found->damages[0].what == "a bit");
  CHECK_FALSE(found->damages[1].partition.has_value());
  CHECK(found->damages[1].derived);
}

TEST_CASE("heads are told in the order in which they are asked for, a bounded number at a time") {
  read_through store(2);
  store.append(ann, 3);
  store.append(bob, 2);
  const std::vector<aggregate_key> some{bob, {{9}, "", "nobody"}, ann};
  const auto heads = store.remote().heads(some);
  REQUIRE(heads.has_value());
  REQUIRE(heads->size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK((*heads)[i] == *store.journal().head(some[i]));
  const std::vector<aggregate_key> many(3'000, ann);
  store.asked();
  CHECK(store.remote().heads(many)->size() == 3'000);
  CHECK(store.asked() == 3);
  CHECK(store.answer(encode(cluster::store_query(cluster::heads_query{many}))).error().code ==
        errc::malformed);
}

TEST_CASE("an export through a node has each record once, behind a header with the store's id") {
  read_through store(2);
  store.append(ann, 300);
  store.append(bob, 200);
  std::vector<std::string> lines;
  const auto done = persistence::export_log(store.remote(),
                                            [&](std::string_view line) -> result<void> {
                                              lines.emplace_back(line);
                                              return {};
                                            },
                                            {}, {});
  REQUIRE(done.has_value());
  CHECK(done->records == 500);
  REQUIRE(lines.size() == 502);
  CHECK(lines.front().find(to_hex(known_store.uuid)) != std::string::npos);
  CHECK(std::set<std::string>(lines.begin(), lines.end()).size() == 502);
}

TEST_CASE("an export through nodes of which one has less ends with that") {
  read_through more;
  read_through less;
  more.append(ann, 200);
  less.append(ann, 100);
  const auto both = remote_store::open(
      [&](const bytes& query) -> result<bytes> {
        const auto read = cluster::decode_store_query(query);
        const bool is_scan = read && std::holds_alternative<cluster::scan_query>(read->what);
        return (is_scan ? less : more).answer(query);
      },
      remote_store::freshness::stale);
  const auto done =
      persistence::export_log(**both, [](std::string_view) { return result<void>(); }, {}, {});
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().code == errc::unavailable);
}

TEST_CASE("what cannot be asked of a node's store is refused") {
  read_through store(2);
  const auto any = [](const auto&) { return true; };
  CHECK(store.remote().committed({2}).error().code == errc::invalid_argument);
  CHECK(store.remote().scan({2}, {}, any).error().code == errc::invalid_argument);
  CHECK(store.remote().scan({0}, {.limit = 0}, any).error().code == errc::invalid_argument);
  CHECK(store.remote().read(ann, {.limit = 0}, any).error().code == errc::invalid_argument);
  CHECK(cluster::decode_store_query(bytes(16, std::byte{7})).error().code == errc::malformed);
  const auto silent = remote_store::open(
      [](const bytes& /*query*/) -> result<bytes> {
        return error{errc::unavailable, "nobody answers"};
      },
      remote_store::freshness::stale);
  CHECK(silent.error().code == errc::unavailable);
}

// A client of nodes that all say how far the logs go, asked by `of`.
result<std::unique_ptr<remote_store>> opened(const result<cluster::committed_ends>& ends,
                                             read_through& of, remote_store::freshness wanted) {
  return remote_store::open(
      [&of, ends](const bytes& query) -> result<bytes> {
        const auto read = cluster::decode_store_query(query);
        const bool is_for_ends = read && std::holds_alternative<cluster::ends_query>(read->what);
        if (!is_for_ends) return of.answer(query);
        if (!ends) return ends.error();
        return cluster::encode(*ends);
      },
      wanted);
}

TEST_CASE("a node that has less than was acknowledged before shows nothing of that partition") {
  read_through less;
  less.append(ann, 100);
  const position here = less.journal().committed({0});
  const position acknowledged{here.value + 1};
  const auto any = [](const auto&) { return true; };
  const auto current =
      opened(cluster::committed_ends{acknowledged}, less, remote_store::freshness::current);
  const remote_store& store = **current;
  CHECK(store.committed({0}).error().code == errc::unavailable);
  CHECK(store.head(ann).error().code == errc::unavailable);
  CHECK(store.heads(std::vector{ann}).error().code == errc::unavailable);
  CHECK(store.read(ann, {}, any).error().code == errc::unavailable);
  CHECK(store.scan({0}, {}, any).error().code == errc::unavailable);
  CHECK(store.saved(ann, {}).error().code == errc::unavailable);
  CHECK(store.schemas().has_value());

  less.append(ann, 1);
  CHECK(store.committed({0}).value() >= acknowledged);
  CHECK(store.head(ann).has_value());
  CHECK(store.read(ann, {}, any).has_value());
  CHECK(store.scan({0}, {}, any).has_value());
}

TEST_CASE("where nobody can say how far the logs go a store is opened only as stale") {
  read_through store;
  store.append(ann, 3);
  const auto current = opened(error{errc::timed_out, "nobody leads partition 0"}, store,
                              remote_store::freshness::current);
  REQUIRE_FALSE(current.has_value());
  CHECK(current.error().code == errc::unavailable);
  CHECK(current.error().message == "nobody leads partition 0");
  const auto stale = opened(error{errc::timed_out, ""}, store, remote_store::freshness::stale);
  REQUIRE(stale.has_value());
  CHECK((*stale)->head(ann)->last == sequence{3});
}

}  // namespace
}  // namespace reprise::actors
