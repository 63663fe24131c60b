// SPDX-License-Identifier: Apache-2.0
//
// What a core begins with, and what it refuses to begin with.

#include "tests/cluster/core_scene.hpp"

#include <catch2/catch_test_macros.hpp>

namespace reprise::cluster {
namespace {

// The founders' entry and records up to index 6; the last entry says that position 4 is committed.
stored_log six_entries() {
  stored_log log;
  log.entries.push_back(first_entry(scene_partition, voters(3)));
  for (std::uint64_t i = 2; i <= 6; ++i) {
    log.entries.push_back(records_entry({i}, {2}, {i}, 1, {i == 6 ? 4U : 0U}));
  }
  log.saved = {.term = {3}, .vote = {2}};
  return log;
}

result<recovered_log> recover(const stored_log& log, recovery_options options = {}) {
  options.partition = scene_partition;
  return recover_log(log, options);
}

errc refusal(const stored_log& log, const recovery_options& options = {}) {
  const auto recovered = recover(log, options);
  return recovered ? errc::stopped : recovered.error().code;
}

}  // namespace

TEST_CASE("an empty log is recovered as nothing") {
  const auto recovered = recover({});
  REQUIRE(recovered.has_value());
  CHECK(recovered->committed == committed_place{});
  CHECK(recovered->entries.empty());
}

TEST_CASE("what is committed is found in the header of the last entry") {
  const auto recovered = recover(six_entries());
  REQUIRE(recovered.has_value());
  CHECK(recovered->committed == committed_place{.index = {4}, .at = {4}});
  CHECK(recovered->committed_term == term{2});
  CHECK(recovered->members == voters(3));
  CHECK(recovered->state == hard_state{.term = {3}, .vote = {2}});
  CHECK(recovered->first == log_index{1});
  CHECK(recovered->entries.size() == 6);
}

TEST_CASE("no more is read than is kept in memory") {
  const auto recovered = recover(six_entries(), {.kept_entries_max = 1});
  REQUIRE(recovered.has_value());
  CHECK(recovered->first == log_index{3});
  CHECK(recovered->entries.size() == 4);
}

TEST_CASE("C-022 a log that ends before what was applied is refused") {
  CHECK(refusal(six_entries(), {.applied = {6}}) == errc::stopped);
  CHECK(refusal(six_entries(), {.applied = {7}}) == errc::corrupt);
  CHECK(refusal({}, {.applied = {1}}) == errc::corrupt);
}

TEST_CASE("C-102 a log with a flipped bit anywhere is refused") {
  for (std::size_t entry = 0; entry < 6; ++entry) {
    const std::size_t size = six_entries().entries[entry].size();
    for (std::size_t byte = 0; byte < size; ++byte) {
      stored_log log = six_entries();
      log.entries[entry][byte] ^= std::byte{16};
      const errc code = refusal(log);
      INFO("entry " << entry + 1 << " byte " << byte);
      CHECK((code == errc::corrupt || code == errc::incompatible));
    }
  }
}

TEST_CASE("a log whose entries contradict each other is refused") {
  stored_log gap = six_entries();
  gap.entries[4] = records_entry({5}, {2}, {4});
  CHECK(refusal(gap) == errc::corrupt);
  stored_log falling = six_entries();
  falling.entries[5] = records_entry({6}, {1}, {6}, 1, {4});
  CHECK(refusal(falling) == errc::corrupt);
  stored_log between = six_entries();
  between.entries[3] = records_entry({4}, {2}, {4}, 2);
  between.entries[4] = records_entry({5}, {2}, {6});
  between.entries[5] = records_entry({6}, {2}, {7}, 1, {4});  // within entry 4
  CHECK(refusal(between) == errc::corrupt);
}

namespace {

// Three entries of a node alone.
stored_log lone_entries() {
  stored_log log;
  for (std::uint64_t i = 1; i <= 3; ++i) log.entries.push_back(records_entry({i}, {1}, {i}));
  return log;
}

const membership only_founder{{first_founder, member_role::voter}};

}  // namespace

TEST_CASE("the log of a node alone is committed to its end, and its node is the only voter") {
  // As it is filled on another node, which may be killed before it knows more.
  const auto recovered = recover(lone_entries());
  REQUIRE(recovered.has_value());
  CHECK(recovered->committed == committed_place{.index = {3}, .at = {3}});
  CHECK(recovered->members == only_founder);
  CHECK(recovered->state.term == term{1});
}

TEST_CASE("the first word of consensus behind the log of a node alone says that it is committed") {
  stored_log log = lone_entries();
  log.entries.push_back(first_entry(scene_partition, only_founder, {.index = {3}, .at = {3}}));
  log.saved = {.term = {1}, .vote = {}};
  const auto recovered = recover(log);
  REQUIRE(recovered.has_value());
  CHECK(recovered->committed == committed_place{.index = {3}, .at = {3}});
  CHECK(recovered->members == only_founder);
  CHECK(recovered->entries.size() == 4);
}

TEST_CASE("a log in which a leader has written, but nobody takes part, is refused") {
  stored_log elected = lone_entries();
  elected.entries[2] = records_entry({3}, {2}, {3});
  CHECK(refusal(elected) == errc::corrupt);
  // Nor is one taken for that of a node alone whose membership is there and was forgotten.
  class forgetful final : public replica_log {
   public:
    explicit forgetful(const stored_log& log) : log_(log) {}
    [[nodiscard]] result<hard_state> state() const override { return log_.state(); }
    [[nodiscard]] log_index last() const override { return log_.last(); }
    [[nodiscard]] result<bytes> read(log_index at) const override { return log_.read(at); }
    [[nodiscard]] result<log_index> membership_at(log_index /*up_to*/) const override {
      return log_index{};
    }

   private:
    const stored_log& log_;
  };
  stored_log begun;
  begun.entries.push_back(first_entry(scene_partition, voters(3)));
  const auto recovered = recover_log(forgetful(begun), {.partition = scene_partition});
  REQUIRE_FALSE(recovered.has_value());
  CHECK(recovered.error().code == errc::corrupt);
}

}  // namespace reprise::cluster
