// SPDX-License-Identifier: Apache-2.0
//
// How the records that one partition appended in one commit are stored together: a header, the
// offsets of the records where there are several, and the records.
//
// Invariants
//  * The header's checksum covers header and offsets; each record has its own.
//  * Positions within an entry are dense: the record with index i has position first + i.
// Format: docs/formats.md#entry. Threading: pure functions and immutable views.

#pragma once

#include "messages/record.hpp"

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <span>

namespace reprise::messages {

struct entry_header {
  partition_id partition{};
  std::uint32_t records = 0;
  /// Position of the first record.
  position first{};
  /// Number of the entry within its partition, from 1: its index in Raft's log.
  std::uint64_t index = 0;
  /// Term in which a leader proposed it; 1 on a node that stands alone.
  std::uint64_t term = 1;
  /// What was committed in this partition when the entry was written.
  position committed{};

  [[nodiscard]] position last() const { return {first.value + records - 1}; }
  bool operator==(const entry_header&) const = default;
};

inline constexpr std::size_t entry_header_bytes = 64;
inline constexpr std::uint32_t entry_records_max = 4096;

/// Size of header and offsets.
[[nodiscard]] std::size_t entry_prefix_size(std::uint32_t records);
/// Writes header and offsets, entry_prefix_size() bytes, to `to`. `offsets` says for each record
/// where it begins within the `body_bytes` that follow.
void encode_entry_prefix(const entry_header& header, std::span<const std::uint32_t> offsets,
                         std::size_t body_bytes, std::byte* to);

/// One stored entry. A view: the bytes must outlive it.
class entry {
 public:
  /// Checks header and offsets, not the records. `errc::corrupt` or `errc::incompatible`.
  [[nodiscard]] static result<entry> open(bytes_view stored);
  /// The header as it stands there, unchecked; for finding out whose a damaged entry was. `stored`
  /// must hold entry_header_bytes.
  [[nodiscard]] static entry_header claimed_header(bytes_view stored);

  [[nodiscard]] const entry_header& header() const { return header_; }
  [[nodiscard]] bool holds(position at) const {
    return at >= header_.first && at <= header_.last();
  }
  /// The record at a position that the entry holds.
  [[nodiscard]] result<record> at(position where) const;
  /// Its bytes, unchecked but within the entry.
  [[nodiscard]] bytes_view bytes_at(position where) const;

 private:
  entry(const entry_header& header, bytes_view stored) : header_(header), stored_(stored) {}
  [[nodiscard]] std::size_t begin_of(std::uint32_t index) const;

  entry_header header_;
  bytes_view stored_;
};

}  // namespace reprise::messages
