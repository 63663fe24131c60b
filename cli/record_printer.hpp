// SPDX-License-Identifier: Apache-2.0
//
// Prints records, as rows of a table or as lines of JSON.

#pragma once

#include "cli/output.hpp"
#include "cli/table.hpp"

#include <reprise/inspect.hpp>

#include <cstdint>

namespace reprise::cli {

class record_printer {
 public:
  /// Which columns the table has: those of one aggregate's events, or those of a partition's log.
  /// JSON is the same for both.
  enum class view : std::uint8_t { history, log };

  /// The output must outlive the printer.
  record_printer(output& out, view columns, bool as_json);

  /// False when the output has ended.
  bool print(const inspected_record& record);
  bool flush();

 private:
  output& out_;
  const view view_;
  const bool as_json_;
  table table_;
};

}  // namespace reprise::cli
