// SPDX-License-Identifier: Apache-2.0
//
// The identifiers that the public API speaks. Each kind is a type of its own, so that a term can
// never be passed for a position.
//
// Threading: values; no shared state.

#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reprise {

/// Owned bytes. Encoded messages in them begin at offsets that are multiples of 8.
using bytes = std::vector<std::byte>;
/// Bytes owned by somebody else.
using bytes_view = std::span<const std::byte>;

/// A counter of one kind, from 1; 0 means "none yet".
template <class Tag>
struct ordinal {
  std::uint64_t value = 0;

  [[nodiscard]] constexpr ordinal next() const { return {value + 1}; }
  constexpr auto operator<=>(const ordinal&) const = default;
};

/// Place of an event within its aggregate.
using sequence = ordinal<struct sequence_tag>;
/// Place of a record within its partition. Dense, given at commit, never reused.
using position = ordinal<struct position_tag>;

/// A slice of all aggregates, from 0.
struct partition_id {
  std::uint32_t value = 0;
  constexpr auto operator<=>(const partition_id&) const = default;
};

/// 128 bits that identify one thing of one kind; all zero means "none".
template <class Tag>
struct id128 {
  std::array<std::byte, 16> value{};

  [[nodiscard]] constexpr bool empty() const { return *this == id128{}; }
  constexpr auto operator<=>(const id128&) const = default;
};

using event_id = id128<struct event_id_tag>;
/// Names one command; repeating it is how a caller retries safely.
using command_id = id128<struct command_id_tag>;
/// The whole conversation that something belongs to.
using correlation_id = id128<struct correlation_id_tag>;
/// The direct cause: the id of the command, or of the event, that led to this.
using causation_id = id128<struct causation_id_tag>;

/// Two lower-case hexadecimal digits for each byte.
[[nodiscard]] std::string to_hex(std::span<const std::byte> value);
/// Reads what to_hex writes of an id. False, and `value` untouched, for anything else.
[[nodiscard]] bool from_hex(std::string_view text, std::span<std::byte, 16> value);

/// Derives an id from any text; equal texts give equal ids (XXH3, 128 bits, not cryptographic).
/// Lets a program that reads a file make the same command ids each time it is run.
[[nodiscard]] command_id derive_command_id(std::string_view text);

/// The type of an aggregate: the id of its interface in the Cap'n Proto schema.
struct aggregate_type_id {
  std::uint64_t value = 0;
  constexpr auto operator<=>(const aggregate_type_id&) const = default;
};

/// Names one aggregate everywhere, for ever. `id` is 1 to 1024 bytes, `tenant` 0 to 255, any bytes.
struct aggregate_key {
  aggregate_type_id type{};
  std::string tenant{};
  std::string id{};

  auto operator<=>(const aggregate_key&) const = default;
};

/// Where the last event of an accepted command stands. A command that decided nothing gets the
/// place of the aggregate's last event, so that the receipt works for read-your-writes.
struct receipt {
  partition_id partition{};
  position at{};
  reprise::sequence sequence{};

  auto operator<=>(const receipt&) const = default;
};

}  // namespace reprise
