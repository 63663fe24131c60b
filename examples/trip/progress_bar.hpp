// SPDX-License-Identifier: Apache-2.0
//
// One line on standard error that says how far a long job is; nothing where that is no terminal.
//
// Threading: confined to its owner.

#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

namespace taxi {

/// `[#########...........]  45 %  1448 rows`. `total` 0 counts as done.
[[nodiscard]] std::string progress_line(std::uint64_t done, std::uint64_t total,
                                        std::string_view note);

class progress_bar {
 public:
  enum class output : std::uint8_t { shown, hidden };

  /// Standard error, shown when it is a terminal.
  [[nodiscard]] static progress_bar on_standard_error(std::uint64_t total);
  /// `out` must outlive the bar.
  progress_bar(std::ostream& out, output where, std::uint64_t total)
      : out_(&out), where_(where), total_(total) {}
  ~progress_bar();

  progress_bar(const progress_bar&) = delete;
  progress_bar& operator=(const progress_bar&) = delete;

  /// Draws when the percentage has changed, so it may be called for every row.
  void show(std::uint64_t done, std::string_view note);
  /// Wipes the line, so that other output can follow.
  void clear();

 private:
  static constexpr std::uint64_t nothing_drawn = ~std::uint64_t{0};

  std::ostream* out_;
  output where_;
  std::uint64_t total_;
  std::uint64_t percent_drawn_ = nothing_drawn;
};

}  // namespace taxi
