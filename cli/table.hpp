// SPDX-License-Identifier: Apache-2.0
//
// Rows in columns, for any number of rows in bounded memory.
//
// Invariants
//  * Columns are as wide as the first rows need; later cells that are wider push the rest of their
//    row to the right, and nothing is ever cut off.

#pragma once

#include "cli/output.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace reprise::cli {

class table {
 public:
  enum class side : std::uint8_t { left, right };
  struct column {
    std::string title{};
    side aligned = side::left;
  };

  /// The output must outlive the table. Nothing is printed, not even titles, without a row.
  table(output& out, std::vector<column> columns);

  /// False when the output has ended. Cells are printed as they are; see printable().
  bool row(std::vector<std::string> cells);
  /// Prints what waits for the columns to be measured.
  bool flush();

 private:
  bool print(const std::vector<std::string>& cells);

  output& out_;
  const std::vector<column> columns_;
  std::vector<std::size_t> widths_;
  std::vector<std::vector<std::string>> measured_;
  bool titled_ = false;
};

}  // namespace reprise::cli
