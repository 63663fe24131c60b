// SPDX-License-Identifier: Apache-2.0
//
// Splits a stream of comma-separated values into records (RFC 4180, LF or CRLF).
//
// Invariants
//  * Memory is bounded: a record of more than record_bytes_max is reported, not kept.
//  * A quoted field may hold commas, line breaks and doubled quotes. A quote inside an unquoted
//    field is an ordinary character.
//  * Lines with nothing on them are passed over.
// Threading: confined to its owner.

#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <vector>

namespace taxi {

struct csv_record {
  /// Line on which the record begins, from 1.
  std::uint64_t line = 0;
  std::vector<std::string> fields{};
  /// Empty, or why `fields` cannot be used.
  std::string damage{};
};

/// Reads from a stream that it does not own and that must outlive it.
class csv_reader {
 public:
  static constexpr std::size_t record_bytes_max = 65'536;

  explicit csv_reader(std::istream& in) : in_(&in) {}

  /// Overwrites `record`. False at the end of the stream, or when the stream fails; failed() tells.
  [[nodiscard]] bool next(csv_record& record);
  [[nodiscard]] bool failed() const { return in_->bad(); }
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }

 private:
  static constexpr int end_of_stream = -1;

  int take();
  int peek();
  void begin(csv_record& record);
  void read_record(csv_record& record);
  int read_plain(std::string& field);
  int read_quoted(csv_record& record, std::string& field);
  void skip_line();

  std::istream* in_;
  std::uint64_t line_ = 1;
  std::uint64_t bytes_read_ = 0;
  std::uint64_t record_begins_ = 0;
};

}  // namespace taxi
