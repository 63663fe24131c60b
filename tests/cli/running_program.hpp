// SPDX-License-Identifier: Apache-2.0
//
// A child process whose output is read as it comes.
//
// Threading: confined to one thread.

#pragma once

#include "byte_pipe.hpp"

#include <string>
#include <sys/types.h>
#include <vector>

namespace reprise::test {

struct program_end {
  /// What it returned; 128 and the signal's number when a signal ended it.
  int code = -1;
  /// What it printed and was not read before.
  std::string out{};
  std::string err{};
};

class running_program {
 public:
  /// `command[0]` is the program's path. Standard error goes to `err_descriptor` where it is given.
  explicit running_program(const std::vector<std::string>& command, int err_descriptor = -1);
  running_program(const running_program&) = delete;
  running_program& operator=(const running_program&) = delete;
  /// Kills it, if it is still there.
  ~running_program();

  /// The next line of standard output, without its end. Waits for it at most a minute; empty when
  /// the program ended before.
  std::string line();
  /// Leaves, as `head` does.
  void close_output() { out_.close_reader(); }
  void send(int signal) const;
  program_end wait();

 private:
  byte_pipe out_;
  byte_pipe err_;
  std::string read_ahead_;
  pid_t process_ = -1;
};

/// Runs a program to its end.
program_end run(const std::vector<std::string>& command);

}  // namespace reprise::test
