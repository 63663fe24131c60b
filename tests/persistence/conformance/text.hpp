// SPDX-License-Identifier: Apache-2.0
//
// What a journal answered, as values that can be looked into and as texts that can be compared:
//     answers   "stored 3"  "repeated 3"  "sequence_conflict 2"  "tombstoned"
//     readings  "1:e1 2:e2 end"  "1:e1 more"  "end"  "not_found"
// An event is named by its payload; a "?" behind the name says that its id is not that of the name.
//
// Threading: values.

#pragma once

#include "persistence/journal.hpp"

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::persistence::conformance {

/// How an append or a retirement ended.
struct outcome {
  result<append_receipt> is;

  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool refused() const { return !is.has_value(); }
  /// Fails the test if there is none.
  [[nodiscard]] receipt place() const;
  friend bool operator==(const outcome& o, const std::string& text) { return o.text() == text; }
  friend bool operator==(const outcome&, const outcome&) = default;
  friend std::ostream& operator<<(std::ostream& out, const outcome& o) { return out << o.text(); }
};

[[nodiscard]] std::string stored(std::uint64_t sequence);
[[nodiscard]] std::string repeated(std::uint64_t sequence);
[[nodiscard]] std::string conflict(std::uint64_t actual);
[[nodiscard]] std::string refused(errc code);

/// A copy of a record that outlives the call that showed it.
struct seen_record {
  record_kind kind{};
  aggregate_key aggregate{};
  std::uint32_t event_type = 0;
  event_id event{};
  partition_id partition{};
  position at{};
  position previous{};
  sequence place{};
  timestamp time{};
  command_id command{};
  std::uint64_t command_hash = 0;
  correlation_id correlation{};
  attributes headers{};
  attributes tags{};
  bytes payload{};
  /// The payload as it was shown began at a multiple of 8.
  bool aligned = false;

  [[nodiscard]] std::string name() const;
};

[[nodiscard]] seen_record copy_of(const stored_record& record);

/// What a read of one aggregate gave.
struct reading {
  std::vector<seen_record> records{};
  result<aggregate_page> page{aggregate_page{}};

  /// The records only.
  [[nodiscard]] std::string shown() const;
  [[nodiscard]] std::string text() const;
  friend bool operator==(const reading& r, const std::string& text) { return r.text() == text; }
  friend std::ostream& operator<<(std::ostream& out, const reading& r) { return out << r.text(); }
};

/// What a scan of one partition gave; its text shows positions instead of sequences.
struct scanning {
  std::vector<seen_record> records{};
  result<partition_page> page{partition_page{}};

  [[nodiscard]] std::string text() const;
  /// Fails the test if the scan was refused.
  [[nodiscard]] partition_page ended() const;
  friend bool operator==(const scanning& s, const std::string& text) { return s.text() == text; }
  friend std::ostream& operator<<(std::ostream& out, const scanning& s) { return out << s.text(); }
};

}  // namespace reprise::persistence::conformance
