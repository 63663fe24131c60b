// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.hpp"

#include "cli/text.hpp"

#include <algorithm>
#include <cstdio>
#include <unistd.h>
#include <utility>

namespace reprise::cli {

progress::progress(std::string what)
    : what_(std::move(what)), terminal_(::isatty(STDERR_FILENO) == 1) {}

progress::~progress() {
  if (percent_ >= 0) std::fputs("\r\x1b[K", stderr);
}

void progress::show(const read_progress& at) {
  if (!terminal_) return;
  // The log of a live store grows while it is read.
  const std::uint64_t total = std::max<std::uint64_t>({at.total, at.done, 1});
  const int percent =
      static_cast<int>(100.0 * static_cast<double>(at.done) / static_cast<double>(total));
  if (percent == percent_) return;
  percent_ = percent;
  constexpr int steps = 30;
  const auto filled = static_cast<std::size_t>(percent * steps / 100);
  const std::string bar = std::string(filled, '#') + std::string(steps - filled, '.');
  const std::string line =
      "\r" + what_ + " [" + bar + "] " + std::to_string(percent) + " %  " + grouped(at.done);
  std::fputs(line.c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace reprise::cli
