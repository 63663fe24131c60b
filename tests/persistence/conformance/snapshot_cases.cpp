// SPDX-License-Identifier: Apache-2.0
//
// Chapter "Snapshots": what the snapshot store has to do with them. What recovery makes of a
// snapshot is the aggregate's business.

#include "tests/persistence/conformance/scene.hpp"

#include <catch2/catch_test_macros.hpp>

namespace reprise::persistence::conformance {
namespace {

snapshot taken_at(std::uint64_t at, std::string_view state) {
  const auto view = std::as_bytes(std::span(state.data(), state.size()));
  return {.at = {at},
          .place = {at * 2},
          .time = at_second(static_cast<std::int64_t>(at)),
          .state_version = 3,
          .state = bytes(view.begin(), view.end())};
}

void save(scene& s, const who& aggregate, const snapshot& taken, std::uint32_t keep = 0) {
  const result<void> saved = s.snapshots().save(aggregate.key, taken, keep);
  INFO("saving: " << (saved ? "ok" : to_string(saved.error())));
  REQUIRE(saved.has_value());
}

std::optional<snapshot> load(const scene& s, const who& aggregate,
                             const snapshot_bounds& bounds = {}) {
  const auto loaded = s.snapshots().load(aggregate.key, bounds);
  INFO("loading: " << (loaded ? "ok" : to_string(loaded.error())));
  REQUIRE(loaded.has_value());
  return *loaded;
}

/// The sequence of what is loaded; 0 when there is none.
std::uint64_t loaded_at(const scene& s, const who& aggregate, const snapshot_bounds& bounds = {}) {
  const auto found = load(s, aggregate, bounds);
  return found ? found->at.value : 0;
}

std::uint64_t removed(scene& s, const who& aggregate, const snapshot_bounds& bounds) {
  const result<std::uint64_t> count = s.snapshots().remove(aggregate.key, bounds);
  REQUIRE(count.has_value());
  return *count;
}

}  // namespace

TEST_CASE("J-162 without a snapshot loading reports none", "[snapshot]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1", "e2"});
  CHECK_FALSE(load(s, "acct-7").has_value());
  // So replay begins here.
  CHECK(s.read("acct-7", {.from = {1}}) == "1:e1 2:e2 end");
}

TEST_CASE("port: a snapshot comes back as it was saved", "[snapshot]") {
  scene s;
  snapshot full = taken_at(12, "twelve");
  full.commands = {
      {.id = {id_of("c1").value}, .hash = 0xffff'0000'1234'5678, .last = {11}, .at = {21}},
      {.id = {id_of("c2").value}}};
  save(s, "acct-7", full);
  CHECK(load(s, "acct-7") == full);
  CHECK(s.snapshots().damaged() == 0);
}

TEST_CASE("J-164 the latest snapshot within the bounds is loaded", "[snapshot]") {
  scene s;
  for (const std::uint64_t at : {20U, 10U, 30U}) save(s, "acct-7", taken_at(at, "state"));
  CHECK(loaded_at(s, "acct-7") == 30);
  CHECK(loaded_at(s, "acct-7", {.not_after = at_second(30)}) == 30);
  CHECK(loaded_at(s, "acct-7", {.not_after = at_second(29)}) == 20);
  CHECK(loaded_at(s, "acct-7", {.not_after = at_second(10)}) == 10);
  CHECK(loaded_at(s, "acct-7", {.not_after = at_second(9)}) == 0);
  CHECK(loaded_at(s, "acct-7", {.to = {29}}) == 20);
  CHECK(loaded_at(s, "acct-7", {.from = {20}, .to = {20}}) == 20);
  CHECK(loaded_at(s, "acct-7", {.from = {31}}) == 0);
  CHECK(loaded_at(s, "acct-7", {.to = {9}}) == 0);
  CHECK(loaded_at(s, "acct-7", {.from = {20}, .not_after = at_second(19)}) == 0);
  CHECK(loaded_at(s, "acct-7", {.from = {25}, .to = {15}}) == 0);
}

TEST_CASE("J-165 saving twice at one sequence overwrites", "[snapshot]") {
  scene s;
  save(s, "acct-7", taken_at(10, "the first content"));
  save(s, "acct-7", taken_at(10, "second"));
  CHECK(load(s, "acct-7") == taken_at(10, "second"));
  CHECK(removed(s, "acct-7", {}) == 1);
}

TEST_CASE("J-166 removing the newest makes the older one current", "[snapshot]") {
  scene s;
  for (const std::uint64_t at : {10U, 20U, 30U, 40U}) save(s, "acct-7", taken_at(at, "state"));
  save(s, "acct-8", taken_at(25, "neighbour"));
  CHECK(removed(s, "acct-7", {.from = {40}}) == 1);
  CHECK(loaded_at(s, "acct-7") == 30);
  CHECK(removed(s, "acct-7", {.from = {11}, .to = {19}}) == 0);
  CHECK(removed(s, "acct-7", {.to = {9}}) == 0);
  CHECK(removed(s, "acct-7", {.not_after = at_second(9)}) == 0);
  CHECK(removed(s, "acct-9", {}) == 0);
  CHECK(removed(s, "acct-7", {.from = {10}, .to = {20}}) == 2);
  CHECK(loaded_at(s, "acct-7") == 30);
  CHECK(loaded_at(s, "acct-7", {.to = {29}}) == 0);
  CHECK(removed(s, "acct-7", {.not_after = at_second(30)}) == 1);
  CHECK(loaded_at(s, "acct-7") == 0);
  CHECK(loaded_at(s, "acct-8") == 25);
}

TEST_CASE("J-167 snapshots of any size come back byte for byte", "[snapshot]") {
  scene s;
  for (const std::size_t size : {0U, 1U, 7U, 4096U, 5000U, 100'000U, 5U << 20U}) {
    CAPTURE(size);
    snapshot taken = taken_at(size + 1, "");
    taken.state.resize(size);
    for (std::size_t i = 0; i < size; ++i) {
      taken.state[i] = static_cast<std::byte>((i * 37 + i / 255) & 0xffU);
    }
    save(s, "acct-7", taken);
    CHECK(load(s, "acct-7", {.from = taken.at}) == taken);
  }
}

TEST_CASE("J-169 a load bounded by the head never gives a snapshot above it", "[snapshot]") {
  scene s;
  s.append_one_by_one("acct-7", {"e1", "e2"});
  save(s, "acct-7", taken_at(2, "honest"));
  save(s, "acct-7", taken_at(9, "of a lost tail"));
  const snapshot_bounds up_to_head{.to = s.head("acct-7").last};
  CHECK(load(s, "acct-7", up_to_head) == taken_at(2, "honest"));
  // And it can be found, so that recovery can report it.
  CHECK(loaded_at(s, "acct-7", {.from = s.head("acct-7").last.next()}) == 9);
}

TEST_CASE("J-172 an id that is a prefix of another never loads its snapshot", "[snapshot]") {
  scene s;
  using namespace std::string_literals;
  save(s, "acct-70", taken_at(70, "seventy"));
  save(s, "acct", taken_at(1, "short"));
  CHECK_FALSE(load(s, "acct-7").has_value());
  CHECK_FALSE(load(s, "acct-7\0"s).has_value());
  CHECK_FALSE(load(s, "acct-700").has_value());
  CHECK(loaded_at(s, "acct-70") == 70);
  CHECK(loaded_at(s, "acct") == 1);
  save(s, aggregate_key{account_type, "ab", "c"}, taken_at(3, "tenant"));
  CHECK_FALSE(load(s, aggregate_key{account_type, "a", "bc"}).has_value());
  CHECK_FALSE(load(s, aggregate_key{order_type, "ab", "c"}).has_value());
  CHECK(removed(s, "acct-7", {}) == 0);
  CHECK(removed(s, "acct", {}) == 1);
  CHECK(loaded_at(s, "acct-70") == 70);
}

TEST_CASE("port: saving keeps only as many snapshots as it is told", "[snapshot]") {
  scene s;
  save(s, "acct-8", taken_at(5, "neighbour"), 1);
  for (const std::uint64_t at : {10U, 20U, 30U, 40U}) save(s, "acct-7", taken_at(at, "state"), 2);
  CHECK(loaded_at(s, "acct-7") == 40);
  CHECK(loaded_at(s, "acct-7", {.to = {39}}) == 30);
  CHECK(loaded_at(s, "acct-7", {.to = {29}}) == 0);
  CHECK(loaded_at(s, "acct-8") == 5);
}

}  // namespace reprise::persistence::conformance
