// SPDX-License-Identifier: Apache-2.0
//
// Standard error of this process, readable while the object lives.
//
// Threading: confined to its owner; other threads may write to standard error meanwhile.

#pragma once

#include <array>
#include <cstdio>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace reprise::test {

class captured_stderr {
 public:
  captured_stderr() : before_(::dup(STDERR_FILENO)) {
    std::array<int, 2> ends{};
    if (before_ < 0 || ::pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
    read_end_ = ends[0];
    std::fflush(stderr);
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[1]);
  }
  ~captured_stderr() {
    release();
    ::close(read_end_);
  }
  captured_stderr(const captured_stderr&) = delete;
  captured_stderr& operator=(const captured_stderr&) = delete;

  /// Waits until a whole line was written, and returns it without its end.
  std::string line() {
    std::string text;
    char c = 0;
    while (::read(read_end_, &c, 1) == 1 && c != '\n') text += c;
    return text;
  }
  /// Gives standard error back and returns what was written and not read.
  std::string rest() {
    release();
    ::fcntl(read_end_, F_SETFL, O_NONBLOCK);
    std::string text;
    char c = 0;
    while (::read(read_end_, &c, 1) == 1) text += c;
    return text;
  }

 private:
  void release() {
    if (before_ < 0) return;
    std::fflush(stderr);
    ::dup2(before_, STDERR_FILENO);
    ::close(before_);
    before_ = -1;
  }

  int before_;
  int read_end_ = -1;
};

}  // namespace reprise::test
