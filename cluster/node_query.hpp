// SPDX-License-Identifier: Apache-2.0
//
// How a client asks a node for the events of an aggregate, and what it is answered.
//
// Format: node_query.capnp. Threading: pure functions.

#pragma once

#include <reprise/client.hpp>
#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <cstdint>

namespace reprise::cluster {

/// The aggregate type that stands for the node itself.
inline constexpr aggregate_type_id node_itself{0};
inline constexpr std::uint32_t history_command = 1;

struct history_query {
  aggregate_key aggregate{};
  /// The node must have at least that much of the partition.
  position after{};
  sequence from{1};
  /// 0: as many as fit.
  std::uint32_t limit = 0;
};

[[nodiscard]] bytes encode(const history_query& query);
[[nodiscard]] bytes encode(const history_page& page);
/// `errc::malformed`.
[[nodiscard]] result<history_query> decode_history_query(bytes_view from);
[[nodiscard]] result<history_page> decode_history_page(bytes_view from);

}  // namespace reprise::cluster
