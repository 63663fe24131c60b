// SPDX-License-Identifier: Apache-2.0
//
// Where a command comes from that was sent by something in a log: an event on its way to a saga, or
// an effect on its way to its target. It goes with the command and is stored with the events that
// the command decides, as a header, so that the receiver knows a repeat for ever.
//
// Invariant: what one source sends to one aggregate arrives in the order of `at` and `index`, the
// next only when the one before is answered. So the receiver needs to remember one per source.
// Threading: values.

#pragma once

#include <reprise/envelope.hpp>
#include <reprise/ids.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace reprise::detail {

struct delivery {
  /// Who reads the log and sends: a number for each kind of consumer, the same in every process.
  std::uint64_t consumer = 0;
  partition_id partition{};
  /// The record that asks for the command, and which of the things that it asks for, from 0.
  position at{};
  std::uint32_t index = 0;

  [[nodiscard]] bool same_source(const delivery& other) const {
    return consumer == other.consumer && partition == other.partition;
  }
  /// Of two from the same source.
  [[nodiscard]] bool comes_after(const delivery& other) const {
    return std::pair(at, index) > std::pair(other.at, other.index);
  }
  bool operator==(const delivery&) const = default;
};

/// The header's name; names that begin so are not for users.
inline constexpr std::string_view reserved_header_prefix = "reprise-";
inline constexpr std::string_view delivery_header = "reprise-from";
/// Holds the id, in hexadecimal digits, of the event that was handled when the command was sent.
inline constexpr std::string_view cause_header = "reprise-cause";

/// `00f1e2.../7/1234/0`: consumer, partition, position, index.
[[nodiscard]] std::string to_text(const delivery& from);
/// Nothing where there is none, or none that can be read.
[[nodiscard]] std::optional<delivery> delivery_in(const attributes& headers);
/// The same id each time it is sent to the same aggregate.
[[nodiscard]] command_id command_of(const delivery& from, const aggregate_key& to);

}  // namespace reprise::detail
