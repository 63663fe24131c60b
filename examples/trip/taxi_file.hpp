// SPDX-License-Identifier: Apache-2.0
//
// Reads and writes files of New York taxi trips, one row at a time.
//
// Format: comma-separated values with a header. The columns are found by their names and may stand
// in any order; columns of other names are ignored. Times are `2019-03-23 20:21:09`.
// Threading: confined to its owner.

#pragma once

#include "examples/trip/csv_reader.hpp"
#include "examples/trip/taxi_row.hpp"

#include <reprise/result.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <istream>
#include <optional>
#include <ostream>

namespace taxi {

inline constexpr std::array column_names{
    "pickup",      "dropoff",      "passengers",     "distance",       "fare",
    "tip",         "tolls",        "total",          "color",          "payment",
    "pickup_zone", "dropoff_zone", "pickup_borough", "dropoff_borough"};

class taxi_file {
 public:
  /// Reads the header. `malformed` when columns are missing or stand there twice, with their names;
  /// `io_error` when the stream cannot be read. The stream must outlive the file.
  [[nodiscard]] static reprise::result<taxi_file> open(std::istream& in);

  /// The next row, good or bad; none at the end. `io_error` when the stream fails before its end.
  [[nodiscard]] reprise::result<std::optional<row>> next();
  /// How far into the stream the rows handed out so far reach, for showing progress.
  [[nodiscard]] std::uint64_t bytes_read() const { return csv_.bytes_read(); }

 private:
  using column_places = std::array<std::size_t, column_names.size()>;

  taxi_file(csv_reader csv, const column_places& places, std::size_t width)
      : csv_(csv), places_(places), width_(width) {}

  csv_reader csv_;
  csv_record record_{};
  // Constant after open(): where each of column_names stands in a record, and how wide one is.
  column_places places_;
  std::size_t width_;
  std::uint64_t rows_ = 0;
};

void write_header(std::ostream& out);
/// What taxi_file reads back as an equal row, but for the number, which is the row's place.
void write_row(std::ostream& out, const trip_row& trip);

/// `2019-03-23 20:21:09`
[[nodiscard]] std::string time_text(std::chrono::sys_seconds time);

}  // namespace taxi
