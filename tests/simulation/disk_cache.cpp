// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/disk_cache.hpp"

#include <algorithm>
#include <fstream>
#include <utility>

namespace reprise::simulated {
namespace {

// LMDB has two, and writes them by turns.
constexpr std::uint64_t meta_pages_end = std::uint64_t{2} * 4096;

}  // namespace

void disk_cache::wrote(std::uint64_t offset, bytes_view what, bool durable) {
  if (offset >= meta_pages_end) return;
  if (durable) return keep(offset, what);
  unsynced_[offset].assign(what.begin(), what.end());
}

void disk_cache::synced() {
  for (const auto& [offset, what] : std::exchange(unsynced_, {})) keep(offset, what);
}

void disk_cache::keep(std::uint64_t offset, bytes_view what) {
  durable_.resize(std::max(durable_.size(), static_cast<std::size_t>(offset) + what.size()));
  std::ranges::copy(what, durable_.begin() + static_cast<std::ptrdiff_t>(offset));
}

bool disk_cache::lose(const std::filesystem::path& file) {
  bool lost = false;
  std::fstream disk(file, std::ios::binary | std::ios::in | std::ios::out);
  for (const auto& [offset, what] : std::exchange(unsynced_, {})) {
    // A store that was never synced is none.
    if (offset + what.size() > durable_.size()) continue;
    disk.seekp(static_cast<std::streamoff>(offset));
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes seen as characters.
    disk.write(reinterpret_cast<const char*>(durable_.data() + offset),
               static_cast<std::streamsize>(what.size()));
    lost = true;
  }
  return lost;
}

void disk_cache::forget() {
  durable_.clear();
  unsynced_.clear();
}

}  // namespace reprise::simulated
