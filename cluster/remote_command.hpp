// SPDX-License-Identifier: Apache-2.0
//
// How commands for aggregates of another node, and their outcomes, travel: all that wait for one
// peer in one message.
//
// Format: remote_command.capnp. Threading: pure functions.

#pragma once

#include <reprise/detail/delivery.hpp>
#include <reprise/envelope.hpp>
#include <reprise/ids.hpp>
#include <reprise/reply.hpp>
#include <reprise/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace reprise::cluster {

struct remote_command {
  /// The sender's name for it.
  std::uint64_t request = 0;
  /// What was left until its deadline.
  std::chrono::milliseconds timeout{};
  aggregate_key to{};
  std::uint32_t command = 0;
  /// Points into the message, or to whatever is to be sent.
  bytes_view payload{};
  command_id id{};
  std::uint64_t hash = 0;
  correlation_id correlation{};
  attributes headers{};
  std::optional<detail::delivery> from{};
  bool linearizable = false;
};

struct remote_outcome {
  std::uint64_t request = 0;
  result<detail::raw_answer> outcome{detail::raw_answer{}};
};

[[nodiscard]] bytes encode(std::span<const remote_command> commands);
[[nodiscard]] bytes encode(std::span<const remote_outcome> outcomes);
/// `message` begins at a multiple of 8 and outlives what is returned. `errc::malformed`.
[[nodiscard]] result<std::vector<remote_command>> decode_commands(bytes_view message);
[[nodiscard]] result<std::vector<remote_outcome>> decode_outcomes(bytes_view message);

}  // namespace reprise::cluster
