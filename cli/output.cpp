// SPDX-License-Identifier: Apache-2.0
#include "cli/output.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace reprise::cli {
namespace {

constexpr std::size_t waiting_bytes_max = 64U << 10U;
// A pipe that polls writable takes a page without blocking.
constexpr std::size_t write_bytes_max = 4096;

}  // namespace

output::output(int descriptor) : descriptor_(descriptor), terminal_(::isatty(descriptor) == 1) {}

output::~output() {
  if (signals_ >= 0) ::close(signals_);
}

void output::catch_signals() {
  if (signals_ >= 0) return;
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  signals_ = ::signalfd(-1, &ends, SFD_CLOEXEC);
  // Blocked only where a descriptor tells of them; else they go on ending the process.
  if (signals_ >= 0) ::pthread_sigmask(SIG_BLOCK, &ends, nullptr);
}

bool output::line(std::string_view text) {
  return write(text) && write("\n");
}

bool output::write(std::string_view piece) {
  if (ending_ != ending::open) return false;
  waiting_ += piece;
  return waiting_.size() < waiting_bytes_max || flush();
}

bool output::flush() {
  std::string_view left = waiting_;
  while (!left.empty() && ready(POLLOUT, -1)) {
    const ssize_t written =
        ::write(descriptor_, left.data(), std::min(left.size(), write_bytes_max));
    if (written >= 0) {
      left.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE) {
      stop(ending::closed);
    } else if (errno != EINTR && errno != EAGAIN) {
      reason_ = std::strerror(errno);
      stop(ending::failed);
    }
  }
  waiting_.clear();
  return ending_ == ending::open;
}

bool output::wait(std::chrono::milliseconds time) {
  // Asks for no event: a pipe whose reader left answers POLLERR all the same.
  return flush() && ready(0, static_cast<int>(time.count()));
}

// False when the output has ended.
bool output::ready(short events, int timeout_ms) {
  if (ending_ != ending::open) return false;
  // poll() ignores negative descriptors.
  std::array<pollfd, 2> both{pollfd{descriptor_, events, 0}, pollfd{signals_, POLLIN, 0}};
  if (::poll(both.data(), both.size(), timeout_ms) <= 0) return true;
  if (both[1].revents != 0) return stop(ending::interrupted);
  if ((both[0].revents & (POLLERR | POLLHUP)) != 0) return stop(ending::closed);
  return true;
}

bool output::stop(ending how) {
  ending_ = how;
  return false;
}

}  // namespace reprise::cli
