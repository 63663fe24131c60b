// SPDX-License-Identifier: Apache-2.0
#include "tracing/span_file.hpp"

#include "base/log.hpp"
#include "tracing/otlp.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <span>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace reprise::tracing {
namespace {

constexpr std::size_t waiting_max = 8'192;
constexpr std::size_t spans_per_line_max = 256;

}  // namespace

span_file::span_file(std::string path, std::uint64_t bytes_max, metrics& measured)
    : path_(std::move(path)),
      bytes_max_(bytes_max),
      written_(measured.count("spans.written")),
      dropped_(measured.count("spans.dropped")) {}

result<std::unique_ptr<span_file>> span_file::open(std::string path, std::uint64_t bytes_max,
                                                   metrics& measured) {
  std::unique_ptr<span_file> made(new span_file(std::move(path), bytes_max, measured));
  if (auto opened = made->reopen(); !opened) return std::move(opened).error();
  made->thread_ = std::thread([file = made.get()] { file->run(); });
  return made;
}

span_file::~span_file() {
  {
    const std::lock_guard hold(mutex_);
    ending_ = true;
  }
  came_.notify_one();
  if (thread_.joinable()) thread_.join();
  if (file_ >= 0) ::close(file_);
}

result<void> span_file::reopen() {
  file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  struct stat found {};
  if (file_ < 0 || ::fstat(file_, &found) != 0) {
    return error{errc::io_error, "the file of spans " + path_ + ": " + std::strerror(errno)};
  }
  size_ = static_cast<std::uint64_t>(found.st_size);
  return {};
}

void span_file::record(trace_span one) noexcept {
  try {
    bool first = false;
    {
      const std::lock_guard hold(mutex_);
      if (waiting_.size() < waiting_max) {
        first = waiting_.empty();
        waiting_.push_back(std::move(one));
      } else {
        dropped_.add();
      }
    }
    if (first) came_.notify_one();
  } catch (...) {
    // No memory, or no mutex: a span is no reason to fail.
    dropped_.add();
  }
}

void span_file::run() {
  std::vector<trace_span> spans;
  bool ending = false;
  while (!ending) {
    {
      std::unique_lock hold(mutex_);
      came_.wait(hold, [&] { return ending_ || !waiting_.empty(); });
      ending = ending_;
      spans.clear();
      spans.swap(waiting_);
    }
    write(spans);
  }
}

void span_file::write(const std::vector<trace_span>& spans) {
  std::span<const trace_span> left(spans);
  while (!left.empty()) {
    const auto some = left.first(std::min(left.size(), spans_per_line_max));
    std::string line = otlp_line(some);
    line += '\n';
    if (size_ > 0 && size_ + line.size() > bytes_max_) turn_over();
    // Where the name cannot be given away the bound holds all the same.
    const bool fits = size_ == 0 || size_ + line.size() <= bytes_max_;
    if (fits && append(line)) {
      written_.add(some.size());
    } else {
      dropped_.add(some.size());
    }
    left = left.subspan(some.size());
  }
}

bool span_file::append(const std::string& line) {
  if (file_ < 0) {
    if (auto opened = reopen(); !opened) return false;
  }
  std::string_view left = line;
  while (!left.empty()) {
    const ssize_t done = ::write(file_, left.data(), left.size());
    if (done > 0) {
      left.remove_prefix(static_cast<std::size_t>(done));
    } else if (errno != EINTR) {
      base::log(base::log_level::warning,
                "the file of spans " + path_ + ": " + std::strerror(errno));
      break;
    }
  }
  if (left.empty()) {
    size_ += line.size();
    return true;
  }
  // A part of a line is worth nothing. Where it cannot be taken off, the file is begun anew.
  if (left.size() < line.size() && ::ftruncate(file_, static_cast<off_t>(size_)) != 0) turn_over();
  return false;
}

void span_file::turn_over() {
  if (file_ >= 0) ::close(file_);
  file_ = -1;
  if (std::rename(path_.c_str(), (path_ + ".1").c_str()) != 0) {
    base::log(base::log_level::warning, "the file of spans " + path_ + ": " + std::strerror(errno));
  }
  [[maybe_unused]] const auto opened = reopen();
}

}  // namespace reprise::tracing
