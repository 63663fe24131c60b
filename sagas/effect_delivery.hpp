// SPDX-License-Identifier: Apache-2.0
//
// How the commands that a saga asks for are told from all others.
//
// Threading: pure functions.

#pragma once

#include <reprise/detail/delivery.hpp>

#include <cstdint>

namespace reprise::sagas {

/// In the number of the consumer that sends them, beside the saga's type. Highest bit: no type of
/// saga has it, so this is never taken for what brings events to it.
inline constexpr std::uint64_t outbox_bit = std::uint64_t{1} << 63U;

/// Whether it carries out what a saga asked for. Only the node sends such that leads the partition
/// of the saga.
[[nodiscard]] inline bool is_effect(const detail::delivery& from) {
  return (from.consumer & outbox_bit) != 0;
}

}  // namespace reprise::sagas
