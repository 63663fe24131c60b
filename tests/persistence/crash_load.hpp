// SPDX-License-Identifier: Apache-2.0
//
// What the child of the crash test writes and its parent reads: every event says which batch it
// belongs to, how many events that has, and which one it is.
//
// Threading: values.

#pragma once

#include <reprise/ids.hpp>

#include <array>
#include <cstdint>
#include <cstring>

namespace reprise::persistence {

struct load_event {
  std::uint64_t batch = 0;
  std::uint32_t index = 0;
  std::uint32_t count = 0;
  std::uint64_t sequence = 0;

  [[nodiscard]] bytes encode() const {
    bytes out(sizeof *this);
    std::memcpy(out.data(), this, sizeof *this);
    return out;
  }
  [[nodiscard]] static load_event decode(bytes_view from) {
    load_event read;
    if (from.size() == sizeof read) std::memcpy(&read, from.data(), sizeof read);
    return read;
  }
};

inline constexpr std::uint32_t load_aggregates = 64;

[[nodiscard]] inline aggregate_key load_key(std::uint32_t aggregate) {
  return {{0xc4a5}, "", "aggregate-" + std::to_string(aggregate)};
}

}  // namespace reprise::persistence
