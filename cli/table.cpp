// SPDX-License-Identifier: Apache-2.0
#include "cli/table.hpp"

#include "cli/text.hpp"

#include <algorithm>
#include <utility>

namespace reprise::cli {
namespace {

constexpr std::size_t rows_measured_max = 100;
constexpr std::string_view gap = "  ";

}  // namespace

table::table(output& out, std::vector<column> columns) : out_(out), columns_(std::move(columns)) {
  for (const column& c : columns_) widths_.push_back(c.title.size());
}

bool table::row(std::vector<std::string> cells) {
  if (titled_) return print(cells);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    widths_[i] = std::max(widths_[i], width_of(cells[i]));
  }
  measured_.push_back(std::move(cells));
  return measured_.size() < rows_measured_max || flush();
}

bool table::flush() {
  if (!titled_ && !measured_.empty()) {
    titled_ = true;
    std::vector<std::string> titles;
    for (const column& c : columns_) titles.push_back(c.title);
    print(titles);
  }
  for (const auto& cells : std::exchange(measured_, {})) print(cells);
  return out_.flush();
}

bool table::print(const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::size_t width = width_of(cells[i]);
    const std::string padding(widths_[i] > width ? widths_[i] - width : 0, ' ');
    if (i != 0) line += gap;
    line += columns_[i].aligned == side::right ? padding + cells[i] : cells[i] + padding;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return out_.line(line);
}

}  // namespace reprise::cli
