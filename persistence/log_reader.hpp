// SPDX-License-Identifier: Apache-2.0
//
// Reads one partition: an aggregate's events along their back-pointers, and records by position.
//
// Invariants
//  * Every record's checksum is checked before it is handed out.
//  * Records are copied in chunks of at most 256 records or about 1 MiB, and the session is ended
//    before a visitor runs. A read sees what was committed when it began.
// Threading: one reader is confined to one call.

#pragma once

#include "messages/entry.hpp"
#include "persistence/entry_source.hpp"
#include "persistence/journal.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace reprise::persistence {

/// Finds records within a session, and remembers the entry that it found the last one in.
class record_cursor {
 public:
  explicit record_cursor(entry_session& session) : session_(session) {}
  [[nodiscard]] result<messages::record> at(position where);
  /// Finds the entry that holds a position, and no more than that.
  [[nodiscard]] result<void> find(position where);
  /// A record's bytes as they are stored. Only for a position that at() or find() has just found.
  [[nodiscard]] bytes_view bytes_at(position where) const { return entry_->bytes_at(where); }

 private:
  entry_session& session_;
  std::optional<messages::entry> entry_;
};

class log_reader {
 public:
  /// `last`: the last committed position. `source` must outlive this.
  log_reader(const entry_source& source, partition_id partition, position last)
      : source_(source), partition_(partition), last_(last) {}

  /// As journal::read(), for an aggregate that stands at `head`.
  [[nodiscard]] result<aggregate_page> read(const aggregate_key& aggregate,
                                            const aggregate_head& head,
                                            const aggregate_range& range,
                                            const record_visitor& visit) const;
  /// As journal::scan().
  [[nodiscard]] result<partition_page> scan(const partition_range& range,
                                            const record_visitor& visit) const;
  /// As journal::first_at_or_after().
  [[nodiscard]] result<position> first_at_or_after(timestamp time) const;

 private:
  class chunk;

  [[nodiscard]] result<aggregate_page> read_backward(const aggregate_key& aggregate,
                                                     position from_head, sequence from, sequence to,
                                                     std::uint64_t limit,
                                                     const record_visitor& visit) const;
  [[nodiscard]] result<aggregate_page> read_forward(const aggregate_key& aggregate,
                                                    position from_head, sequence from, sequence to,
                                                    std::uint64_t limit,
                                                    const record_visitor& visit) const;
  [[nodiscard]] result<std::vector<position>> places_of(const aggregate_key& aggregate,
                                                        position from_head, sequence from,
                                                        sequence to) const;

  const entry_source& source_;
  const partition_id partition_;
  const position last_;
};

}  // namespace reprise::persistence
