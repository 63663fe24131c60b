// SPDX-License-Identifier: Apache-2.0
//
// How nodes ask one another how their partitions stand, and what is answered; see read_index.hpp
// and lead_confirmation.hpp.
//
// Format: standing_message.capnp. Threading: pure functions.

#pragma once

#include "cluster/membership.hpp"

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <vector>

namespace reprise::cluster {

/// What a node says of its replica of a partition.
struct partition_standing {
  partition_id partition{};
  /// The highest one that it knows of.
  term in_term{};
  /// Where it leads in that term and may be asked: up to where the log is committed, and who votes.
  position committed{};
  std::vector<replica_id> voters{};

  [[nodiscard]] bool leads() const { return !voters.empty(); }
  bool operator==(const partition_standing&) const = default;
};

/// Up to where all partitions are committed, by their numbers.
using committed_ends = std::vector<position>;

/// Whoever asks numbers his questions, and an answer repeats the number.
struct standing_question {
  std::uint64_t round = 0;
  /// Empty for all.
  std::vector<partition_id> of{};
};
struct standing_answer {
  std::uint64_t round = 0;
  std::vector<partition_standing> standings{};
};

[[nodiscard]] bytes encode(const standing_question& question);
[[nodiscard]] bytes encode(const standing_answer& answer);
/// Both: `errc::malformed` for anything that encode() does not write.
[[nodiscard]] result<standing_question> decode_standing_question(bytes_view from);
[[nodiscard]] result<standing_answer> decode_standing_answer(bytes_view from);

}  // namespace reprise::cluster
