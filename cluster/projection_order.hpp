// SPDX-License-Identifier: Apache-2.0
//
// What an operator wishes of a projection whose rows a node keeps, as a client tells it to that
// node, and what came of it.
//
// Format: node_query.capnp. Threading: pure functions.

#pragma once

#include <reprise/ids.hpp>
#include <reprise/projection.hpp>
#include <reprise/result.hpp>
#include <reprise/subscription.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace reprise::cluster {

/// To node_itself, see node_query.hpp.
inline constexpr std::uint32_t projection_command = 4;

struct projection_order {
  enum class kind : std::uint8_t { rebuild, retry, skip, edit };

  std::string name{};
  std::uint32_t version = 0;
  kind what{};
  /// For `rebuild`.
  start_point from{};
  /// For `retry`.
  parked_choice which{};
  /// For `skip` and `edit`: whose event, which, and why.
  aggregate_key of{};
  sequence event{};
  std::string why{};
  /// For `skip`.
  timestamp when{};
  /// For `edit`.
  std::string json{};
};

struct projection_answer {
  std::vector<aggregate_key> tried{};
  std::optional<parked_event> about{};
};

[[nodiscard]] bytes encode(const projection_order& order);
[[nodiscard]] bytes encode(const projection_answer& answer);
/// Both: `errc::malformed`; `errc::incompatible` for an order of a later version.
[[nodiscard]] result<projection_order> decode_projection_order(bytes_view from);
[[nodiscard]] result<projection_answer> decode_projection_answer(bytes_view from);

}  // namespace reprise::cluster
