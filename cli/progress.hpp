// SPDX-License-Identifier: Apache-2.0
//
// One line on standard error that says how far long work has come; silent unless that is a
// terminal.

#pragma once

#include <reprise/inspect.hpp>

#include <string>

namespace reprise::cli {

class progress {
 public:
  explicit progress(std::string what);
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;
  /// Wipes the line.
  ~progress();

  /// Prints only when a whole percent was added.
  void show(const read_progress& at);

 private:
  const std::string what_;
  const bool terminal_;
  int percent_ = -1;
};

}  // namespace reprise::cli
