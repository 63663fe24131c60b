// SPDX-License-Identifier: Apache-2.0
#include "examples/trip/progress_bar.hpp"

#include <algorithm>
#include <iostream>
#include <unistd.h>

namespace taxi {
namespace {

constexpr std::uint64_t cells = 30;

std::uint64_t percent_of(std::uint64_t done, std::uint64_t total) {
  return total == 0 ? 100 : std::min<std::uint64_t>(100, done * 100 / total);
}

}  // namespace

std::string progress_line(std::uint64_t done, std::uint64_t total, std::string_view note) {
  const std::uint64_t percent = percent_of(done, total);
  const std::uint64_t filled = percent * cells / 100;
  const std::string number = std::to_string(percent);
  return '[' + std::string(filled, '#') + std::string(cells - filled, '.') + "] " +
         std::string(3 - number.size(), ' ') + number + " %  " + std::string(note);
}

progress_bar progress_bar::on_standard_error(std::uint64_t total) {
  return {std::cerr, ::isatty(STDERR_FILENO) == 1 ? output::shown : output::hidden, total};
}

progress_bar::~progress_bar() {
  clear();
}

void progress_bar::show(std::uint64_t done, std::string_view note) {
  const std::uint64_t percent = percent_of(done, total_);
  if (where_ == output::hidden || percent == percent_drawn_) return;
  percent_drawn_ = percent;
  *out_ << "\r\x1b[K" << progress_line(done, total_, note) << std::flush;
}

void progress_bar::clear() {
  if (where_ == output::hidden || percent_drawn_ == nothing_drawn) return;
  percent_drawn_ = nothing_drawn;
  *out_ << "\r\x1b[K" << std::flush;
}

}  // namespace taxi
