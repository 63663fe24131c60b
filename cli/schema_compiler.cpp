// SPDX-License-Identifier: Apache-2.0
#include "cli/schema_compiler.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>

namespace reprise::cli {
namespace {

result<bytes> read_all(int from, const std::string& what) {
  bytes all;
  std::array<std::byte, 65536> piece{};
  while (true) {
    const ssize_t got = ::read(from, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return error{errc::io_error, what + ": " + std::strerror(errno)};
    if (got == 0) return all;
    all.insert(all.end(), piece.begin(), piece.begin() + got);
  }
}

// What the child was told to run; execvp() takes pointers that it does not write to.
class arguments {
 public:
  void add(std::string one) { words_.push_back(std::move(one)); }
  [[nodiscard]] std::vector<char*> pointers() {
    std::vector<char*> all;
    for (std::string& word : words_) all.push_back(word.data());
    all.push_back(nullptr);
    return all;
  }

 private:
  std::vector<std::string> words_;
};

// This process's, but for PWD: where it is not right, the compiler says so on standard error.
std::vector<char*> environment_without_folder() {
  std::vector<char*> all;
  for (char** one = environ; *one != nullptr; ++one) {
    if (!std::string_view(*one).starts_with("PWD=")) all.push_back(*one);
  }
  all.push_back(nullptr);
  return all;
}

}  // namespace

result<bytes> compile_schemas(const std::vector<std::string>& files,
                              const std::vector<std::string>& import_folders) {
  arguments line;
  for (const char* const word : {"capnp", "compile", "-o-"}) line.add(word);
  for (const std::string& folder : import_folders) line.add("-I" + folder);
  for (const std::string& file : files) line.add(file);

  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return error{errc::io_error, std::string("pipe: ") + std::strerror(errno)};
  }
  posix_spawn_file_actions_t actions{};
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t child = -1;
  const int failed = ::posix_spawnp(&child, "capnp", &actions, nullptr, line.pointers().data(),
                                    environment_without_folder().data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (failed != 0) {
    ::close(ends[0]);
    return error{errc::io_error, std::string("cannot run `capnp`, the schema compiler: ") +
                                     std::strerror(failed) +
                                     "; install it, or give what it makes with --request"};
  }
  auto request = read_all(ends[0], "what capnp prints");
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!request) return request;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return error{errc::invalid_argument, "capnp does not take the schema, see above"};
  }
  return request;
}

result<bytes> read_whole(const std::string& file) {
  if (file == "-") return read_all(STDIN_FILENO, "standard input");
  const int opened = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (opened < 0) return error{errc::io_error, file + ": " + std::strerror(errno)};
  auto all = read_all(opened, file);
  ::close(opened);
  return all;
}

}  // namespace reprise::cli
