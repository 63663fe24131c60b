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
  /// Partitions then keep in memory only what they need.
  [[nodiscard]] bool tight() const { return bytes_used_ >= bytes_max_ / 2; }
  [[nodiscard]] bool exhausted() const { return bytes_used_ >= bytes_max_; }

 private:
  std::uint64_t bytes_max_;
  std::uint64_t bytes_used_ = 0;
};

}  // namespace reprise::cluster
