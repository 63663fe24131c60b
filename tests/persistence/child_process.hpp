// SPDX-License-Identifier: Apache-2.0
//
// A second process that a test talks to through pipes, and may kill.
//
// Threading: confined to the test.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace reprise::persistence {

class child_process {
 public:
  /// Starts store_child with these arguments.
  explicit child_process(std::vector<std::string> arguments);
  /// Kills it if it is still there.
  ~child_process();
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  [[nodiscard]] pid_t id() const { return id_; }
  void write_line(const std::string& line) const;
  /// Nothing when it has closed its output.
  [[nodiscard]] std::optional<std::string> read_line();
  /// Whole lines that are still in the pipe of one that has ended.
  [[nodiscard]] std::vector<std::string> rest();
  /// As `kill -9`; returns when it is gone.
  void kill();
  void close_input();
  /// Waits until it ends by itself; its exit code, or 128 and more for a signal.
  int wait();

 private:
  pid_t id_ = -1;
  int input_ = -1;
  int output_ = -1;
  std::string buffer_;
};

}  // namespace reprise::persistence
