// SPDX-License-Identifier: Apache-2.0
//
// The disk of a simulated computer that may lose its power, and with it what was not synced.
//
// Threading: one thread.

#pragma once

#include "base/checksum.hpp"
#include "simulation/node.hpp"
#include "tests/simulation/disk_cache.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace reprise::simulated {

class powered_disk {
 public:
  /// Before the node starts.
  explicit powered_disk(const node& on)
      : name_(on.name()), file_(on.log_file()), watch_(file_, cache_) {}

  /// The node has crashed. In every second of its lives it was the power that went; which ones is
  /// not drawn from the world, so that what else happens does not depend on it.
  void node_is_gone() {
    const bool power_went = base::checksum64(std::as_bytes(std::span(name_))) % 2 == ++lives_ % 2;
    if (power_went && cache_.lose(file_)) ++commits_lost_;
  }
  void forget() { cache_.forget(); }
  [[nodiscard]] std::uint64_t commits_lost() const { return commits_lost_; }

 private:
  const std::string name_;
  const std::filesystem::path file_;
  disk_cache cache_;
  const persistence::observation watch_;
  std::uint64_t lives_ = 0;
  std::uint64_t commits_lost_ = 0;
};

}  // namespace reprise::simulated
