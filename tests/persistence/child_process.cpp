// SPDX-License-Identifier: Apache-2.0
#include "tests/persistence/child_process.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace reprise::persistence {

child_process::child_process(std::vector<std::string> arguments) {
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  REQUIRE(::pipe2(in.data(), O_CLOEXEC) == 0);
  REQUIRE(::pipe2(out.data(), O_CLOEXEC) == 0);
  arguments.insert(arguments.begin(), REPRISE_STORE_CHILD);
  std::vector<char*> raw;
  for (std::string& argument : arguments) raw.push_back(argument.data());
  raw.push_back(nullptr);
  id_ = ::fork();
  REQUIRE(id_ >= 0);
  if (id_ == 0) {
    ::dup2(in[0], STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    ::execv(raw[0], raw.data());
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  input_ = in[1];
  output_ = out[0];
}

child_process::~child_process() {
  if (id_ > 0) kill();
  close_input();
  ::close(output_);
}

void child_process::write_line(const std::string& line) const {
  const std::string all = line + "\n";
  REQUIRE(::write(input_, all.data(), all.size()) == static_cast<ssize_t>(all.size()));
}

std::optional<std::string> child_process::read_line() {
  for (;;) {
    const auto end = buffer_.find('\n');
    if (end != std::string::npos) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return line;
    }
    std::array<char, 65536> chunk{};
    const ssize_t size = ::read(output_, chunk.data(), chunk.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return {};
    buffer_.append(chunk.data(), static_cast<std::size_t>(size));
  }
}

std::vector<std::string> child_process::rest() {
  std::vector<std::string> lines;
  while (auto line = read_line()) lines.push_back(std::move(*line));
  return lines;
}

void child_process::kill() {
  ::kill(id_, SIGKILL);
  static_cast<void>(wait());
}

void child_process::close_input() {
  if (input_ >= 0) ::close(std::exchange(input_, -1));
}

int child_process::wait() {
  int status = 0;
  while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
  }
  id_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace reprise::persistence
