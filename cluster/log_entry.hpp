// SPDX-License-Identifier: Apache-2.0
//
// An entry of a partition's log as consensus sees it, and how it is stored: as messages/entry.hpp
// defines, so that a node alone and a cluster write the same. An entry of consensus itself (a
// barrier, a membership) is one record of a kind of its own, and takes one position.
//
// Invariants
//  * An entry of records is stored with the same bytes on every replica: the leader that proposes
//    it knows its index, its term and its positions, and gives them.
// Threading: pure functions and values.

#pragma once

#include "cluster/membership.hpp"
#include "messages/entry.hpp"

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

namespace reprise::cluster {

enum class entry_kind : std::uint8_t {
  records = 1,
  /// Says nothing. A leader's first one tells it what is committed.
  barrier = 2,
  members = 3,
};

/// Kinds of the records that consensus itself writes; persistence::record_kind counts from 1.
using messages::barrier_record;
inline constexpr std::uint8_t membership_record = 0xf1;

/// What proposers should fill entries with: large ones are few, and few are on their way at a time.
inline constexpr std::size_t entry_bytes_usual = std::size_t{128} << 10U;
/// Of an entry as it is stored. It must fit into one message, which carries some more.
inline constexpr std::size_t entry_bytes_max = std::size_t{4} << 20U;

/// A stored entry, opened. Views point into the stored bytes.
struct log_entry {
  entry_kind kind = entry_kind::records;
  messages::entry_header header{};
  /// All of it, as it stands on disk.
  bytes_view stored{};
  /// Only of an entry of membership.
  cluster::membership members{};

  [[nodiscard]] log_index index() const { return {header.index}; }
  [[nodiscard]] cluster::term in_term() const { return {header.term}; }
};

/// Checks all of it, each record by its checksum: what goes into a log from a disk or from a peer
/// was read here. `errc::corrupt` or `errc::incompatible`, with the position where it is known.
[[nodiscard]] result<log_entry> open_log_entry(bytes_view stored);

/// The bytes to be stored. `header.records` must be 1.
[[nodiscard]] bytes encode_barrier(const messages::entry_header& header);
[[nodiscard]] bytes encode_members(const messages::entry_header& header, const membership& members);

/// Where a log ends that nobody but a node alone has written, if anybody has.
struct lone_end {
  log_index index{};
  position at{};
};

/// The entry with which the log of a new partition begins on each of its first members; or behind
/// what a node wrote alone, all of which it says to be committed.
[[nodiscard]] bytes first_entry(partition_id partition, const membership& members,
                                const lone_end& behind = {});

}  // namespace reprise::cluster
