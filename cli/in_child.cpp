// SPDX-License-Identifier: Apache-2.0
#include "cli/in_child.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <sys/wait.h>
#include <unistd.h>

namespace reprise::cli {

std::variant<int, ended_by_signal> in_child(const std::function<int()>& work) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) return work();
  if (child == 0) {
    const int code = work();
    std::fflush(nullptr);
    // Not exit(): what the parent registered for its own end is the parent's.
    std::_Exit(code);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) return ended_by_signal{WTERMSIG(status)};
  return WEXITSTATUS(status);
}

}  // namespace reprise::cli
