// SPDX-License-Identifier: Apache-2.0
//
// Filling a log from that of another replica, answer by answer.

#include "cluster/log_fill.hpp"

#include "tests/cluster/core_scene.hpp"

#include <catch2/catch_test_macros.hpp>

namespace reprise::cluster {
namespace {

// The founders' entry, then one record each in these terms.
stored_log log_of_terms(const std::vector<std::uint64_t>& terms) {
  stored_log log;
  log.entries.push_back(first_entry(scene_partition, voters(3)));
  for (const std::uint64_t in : terms) {
    const std::uint64_t index = log.entries.size() + 1;
    log.entries.push_back(records_entry({index}, {in}, {index}));
  }
  return log;
}

void fill(log_fill& filling, stored_log& own, const stored_log& peer, std::size_t bytes_max) {
  for (int turns = 0; turns < 100 && !filling.done(); ++turns) {
    fill_question question = filling.next_question();
    question.bytes_max = bytes_max;
    const auto answer = answer_fill(peer, question);
    REQUIRE(answer.has_value());
    const auto write = filling.take(*answer);
    REQUIRE(write.has_value());
    own.apply(*write);
  }
  REQUIRE(filling.done());
}

}  // namespace

TEST_CASE("C-014 a log is filled in pieces, and each of them leaves a prefix of the peer's") {
  const stored_log peer = log_of_terms({2, 2, 2, 3, 3, 3, 3});
  stored_log own = log_of_terms({2});
  auto filling = log_fill::begin(scene_partition, {.index = {8}, .term = {3}, .keep = {2}}, own);
  REQUIRE(filling.has_value());
  while (!filling->done()) {
    fill_question question = filling->next_question();
    question.bytes_max = 1;
    const auto answer = answer_fill(peer, question);
    REQUIRE(answer.has_value());
    const auto write = filling->take(*answer);
    REQUIRE(write.has_value());
    own.apply(*write);
    CHECK(std::equal(own.entries.begin(), own.entries.end(), peer.entries.begin()));
  }
  CHECK(own.entries == peer.entries);
  CHECK(filling->last() == position{8});
}

TEST_CASE("an own tail is cut where it differs, and not before") {
  const stored_log peer = log_of_terms({2, 2, 4, 4});
  stored_log own = log_of_terms({2, 2, 3, 3, 3, 3});
  auto filling = log_fill::begin(scene_partition, {.index = {5}, .term = {4}, .keep = {2}}, own);
  REQUIRE(filling.has_value());
  const auto answer = answer_fill(peer, filling->next_question());
  REQUIRE(answer.has_value());
  const auto write = filling->take(*answer);
  REQUIRE(write.has_value());
  CHECK(write->cut_from == log_index{4});
  CHECK(write->entries.size() == 2);
  own.apply(*write);
  CHECK(own.entries == peer.entries);
}

TEST_CASE("a tail beyond the entry that the log must end with is cut") {
  const stored_log peer = log_of_terms({2, 2, 2});
  stored_log own = log_of_terms({2, 2, 2, 2, 2});
  auto filling = log_fill::begin(scene_partition, {.index = {4}, .term = {2}, .keep = {1}}, own);
  REQUIRE(filling.has_value());
  fill(*filling, own, peer, 1000);
  CHECK(own.entries == peer.entries);
}

TEST_CASE("C-011 a fill that a crash ends is begun again from what is durable") {
  const stored_log peer = log_of_terms({2, 2, 3, 3});
  stored_log own = log_of_terms({2, 1});
  const fill_request request{.index = {5}, .term = {3}, .keep = {2}};
  auto filling = log_fill::begin(scene_partition, request, own);
  REQUIRE(filling.has_value());
  fill_question question = filling->next_question();
  question.bytes_max = 1;
  const auto answer = answer_fill(peer, question);
  REQUIRE(answer.has_value());
  own.apply(*filling->take(*answer));

  auto again = log_fill::begin(scene_partition, request, own);
  REQUIRE(again.has_value());
  fill(*again, own, peer, 200);
  CHECK(own.entries == peer.entries);
}

TEST_CASE("a peer that does not hold the entry, or holds it in another term, does not answer") {
  const stored_log peer = log_of_terms({2, 2, 2});
  const auto code = [&](std::uint64_t target, std::uint64_t in) {
    const auto answer = answer_fill(peer, {.target = {target}, .in_term = {in}, .from = {1}});
    return answer ? errc::stopped : answer.error().code;
  };
  CHECK(code(4, 2) == errc::stopped);
  CHECK(code(5, 2) == errc::not_found);
  CHECK(code(4, 3) == errc::not_found);
}

TEST_CASE("an answer that does not continue the log changes nothing") {
  stored_log own = log_of_terms({2});
  auto filling = log_fill::begin(scene_partition, {.index = {5}, .term = {3}, .keep = {2}}, own);
  REQUIRE(filling.has_value());
  bytes damaged = records_entry({3}, {3}, {3});
  damaged.back() ^= std::byte{1};
  for (const bytes& wrong : {damaged, records_entry({4}, {3}, {4}), records_entry({3}, {3}, {4}),
                             records_entry({3}, {1}, {3}), records_entry({3}, {4}, {3})}) {
    const fill_answer answer{{wrong}};
    const auto write = filling->take(answer);
    REQUIRE_FALSE(write.has_value());
    CHECK(write.error().code == errc::corrupt);
    CHECK(filling->next_question().from == log_index{3});
  }
  CHECK_FALSE(
      log_fill::begin(scene_partition, {.index = {2}, .term = {2}, .keep = {2}}, own).has_value());
}

}  // namespace reprise::cluster
