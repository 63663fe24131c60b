// SPDX-License-Identifier: Apache-2.0
//
// How much all partitions of a node may hold in memory of their logs together.
//
// Threading: one thread, that of the partitions' cores.

#pragma once

#include <cstddef>
#include <cstdint>

namespace reprise::cluster {

class memory_budget {
 public:
  explicit memory_budget(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

  void change(std::uint64_t from, std::uint64_t to) { bytes_used_ += to - from; }
  [[nodiscard]] std::uint64_t bytes_used() const { return bytes_used_; }
  /// Each partition may keep as much as it likes of what others may want.
  [[nodiscard]] bool roomy() const { return bytes_used_ < bytes_max_ / roomy_part; }
  /// Partitions then keep in memory only what they need.
  [[nodiscard]] bool tight() const { return bytes_used_ >= bytes_max_ / 2; }
  [[nodiscard]] bool exhausted() const { return bytes_used_ >= bytes_max_; }

  /// What is kept by all of them while it is roomy, as a part of all that there may be.
  static constexpr std::uint64_t roomy_part = 8;

 private:
  std::uint64_t bytes_max_;
  std::uint64_t bytes_used_ = 0;
};

}  // namespace reprise::cluster
