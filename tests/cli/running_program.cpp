// SPDX-License-Identifier: Apache-2.0
#include "running_program.hpp"

#include <csignal>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace reprise::test {
namespace {

constexpr int patience_ms = 60'000;

}  // namespace

running_program::running_program(const std::vector<std::string>& command, int err_descriptor) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out_.writer(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, err_descriptor >= 0 ? err_descriptor : err_.writer(),
                                     STDERR_FILENO);
  const int failure =
      ::posix_spawn(&process_, arguments[0], &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) throw std::runtime_error("cannot start " + command[0]);
  out_.close_writer();
  err_.close_writer();
}

running_program::~running_program() {
  if (process_ < 0) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

std::string running_program::line() {
  std::size_t end = 0;
  while ((end = read_ahead_.find('\n')) == std::string::npos) {
    pollfd readable{out_.reader(), POLLIN, 0};
    if (::poll(&readable, 1, patience_ms) <= 0) throw std::runtime_error("no line came");
    std::array<char, 4096> piece{};
    const ssize_t n = ::read(out_.reader(), piece.data(), piece.size());
    if (n <= 0) return std::exchange(read_ahead_, {});
    read_ahead_.append(piece.data(), static_cast<std::size_t>(n));
  }
  std::string first = read_ahead_.substr(0, end);
  read_ahead_.erase(0, end + 1);
  return first;
}

void running_program::send(int signal) const {
  ::kill(process_, signal);
}

program_end running_program::wait() {
  program_end ended;
  {
    // Both at once: the program may fill one while the other is read.
    const std::jthread errors([&] { ended.err = err_.rest(); });
    ended.out = std::exchange(read_ahead_, {}) + out_.rest();
  }
  int status = 0;
  ::waitpid(process_, &status, 0);
  process_ = -1;
  ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ended;
}

program_end run(const std::vector<std::string>& command) {
  return running_program(command).wait();
}

}  // namespace reprise::test
