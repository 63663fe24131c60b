// SPDX-License-Identifier: Apache-2.0
#include "written_store.hpp"

#include <reprise/inspect.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

using namespace reprise;
using namespace reprise::test;
using ev = post::parcel_ev;

namespace {

// One parcel, whose events are sent, delayed, delayed, ..., delivered.
struct long_history {
  written_store store;
  partition_id home{};

  explicit long_history(int delays) {
    home = store.append(parcel("p-1"), "send", 0, ev::sent{"ann", 1}).partition;
    for (int n = 0; n < delays; ++n) {
      const std::string name = "delay " + std::to_string(n);
      store.append(parcel("p-1"), name, n + 1, ev::delayed{static_cast<std::uint32_t>(n), ""});
    }
    store.append(parcel("p-1"), "deliver", delays + 1, ev::delivered{});
    store.close();
  }
  [[nodiscard]] store_reader open() const {
    auto reader = store_reader::open(store.directory());
    REQUIRE(reader);
    return std::move(reader).value();
  }
};

// Follows the pages of a scan to its end.
std::vector<std::uint64_t> positions(const store_reader& reader, partition_id partition,
                                     log_range range) {
  std::vector<std::uint64_t> seen;
  for (int pages = 0;; ++pages) {
    REQUIRE(pages < 1000);
    const auto page = reader.scan(partition, range, [&](const inspected_record& record) {
      seen.push_back(record.meta.at.value);
      return true;
    });
    REQUIRE(page);
    if (page->end) return seen;
    range.from = page->next;
  }
}

}  // namespace

TEST_CASE("pages of a log follow each other without gap or repeat, in both directions") {
  const long_history written(40);
  const store_reader reader = written.open();
  std::vector<std::uint64_t> all;
  for (std::uint64_t n = 1; n <= 42; ++n) all.push_back(n);
  CHECK(positions(reader, written.home, {.limit = 5}) == all);
  CHECK(positions(reader, written.home, {.limit = 1}) == all);
  CHECK(positions(reader, written.home, {.window = 3}) == all);
  std::ranges::reverse(all);
  CHECK(positions(reader, written.home, {.from = {1000}, .limit = 5, .backward = true}) == all);
  CHECK(positions(reader, written.home, {.from = {42}, .window = 4, .backward = true}) == all);
}

TEST_CASE("choices of types and of single events are joined") {
  const long_history written(10);
  const store_reader reader = written.open();
  const record_choice sent = reader.choice("parcel.sent").value();
  const record_choice delivered = reader.choice("parcel.delivered").value();
  const record_choice shifts = reader.choice("courier_shift").value();
  CHECK(positions(reader, written.home, {.limit = 1, .only = {sent, delivered}}) ==
        std::vector<std::uint64_t>{1, 12});
  CHECK(positions(reader, written.home, {.window = 2, .only = {delivered, shifts}}) ==
        std::vector<std::uint64_t>{12});
  CHECK(positions(reader, written.home, {.only = {shifts}}).empty());
}

TEST_CASE("a visitor that has seen enough is told where to go on") {
  const long_history written(10);
  const store_reader reader = written.open();
  const auto stop = [](const inspected_record& record) { return record.meta.at.value != 5; };
  const auto forward = reader.scan(written.home, {}, stop);
  REQUIRE(forward);
  CHECK(forward->next == position{6});
  CHECK_FALSE(forward->end);
  const auto backward = reader.scan(written.home, {.from = {9}, .backward = true}, stop);
  REQUIRE(backward);
  CHECK(backward->next == position{4});
  CHECK_FALSE(backward->end);
}

TEST_CASE("a page of nothing is refused") {
  const long_history written(1);
  const store_reader reader = written.open();
  const auto page = reader.scan(written.home, {.limit = 0}, [](const auto&) { return true; });
  REQUIRE_FALSE(page);
  CHECK(page.error().code == errc::invalid_argument);
}

TEST_CASE("an aggregate that never wrote is absent") {
  const long_history written(1);
  const store_reader reader = written.open();
  const auto head = reader.head(parcel("nobody"));
  REQUIRE(head);
  CHECK(head->is == inspected_head::state::absent);
  const auto live = reader.head(parcel("p-1"));
  REQUIRE(live);
  CHECK(live->is == inspected_head::state::live);
  CHECK(live->last == sequence{3});
  CHECK(live->partition == written.home);
}

TEST_CASE("progress of a long read ends where it has all been read") {
  const long_history written(100);
  const store_reader reader = written.open();
  read_progress last;
  const auto found = reader.verify([&](const read_progress& at) {
    CHECK(at.done >= last.done);
    last = at;
  });
  REQUIRE(found);
  CHECK(found->clean());
  CHECK(found->records == 102);
  CHECK(last.done == last.total);
}
