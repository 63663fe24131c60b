// SPDX-License-Identifier: Apache-2.0
#include "tests/persistence/faults/disk_recording.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace reprise::persistence {

void disk_recording::wrote(std::uint64_t offset, bytes_view what, bool durable) {
  const std::lock_guard hold(mutex_);
  calls_.push_back({.durable = durable, .offset = offset, .what = {what.begin(), what.end()}});
}

void disk_recording::synced() {
  const std::lock_guard hold(mutex_);
  calls_.push_back({.is_sync = true});
}

std::size_t disk_recording::calls() const {
  const std::lock_guard hold(mutex_);
  return calls_.size();
}

void simulated_disk::advance(std::size_t calls) {
  for (; done_ < calls; ++done_) {
    const disk_recording::call& c = recording_.calls_[done_];
    if (!c.is_sync) {
      write(c);
      continue;
    }
    if (syncs_ == syncs::ignored) continue;
    for (const auto& [n, versions] : pending_) {
      std::memcpy(durable_.data() + n * sector_bytes, versions.back().data(), sector_bytes);
    }
    pending_.clear();
  }
}

void simulated_disk::write(const disk_recording::call& c) {
  const std::uint64_t end = c.offset + c.what.size();
  const std::uint64_t first = c.offset / sector_bytes;
  const std::uint64_t behind = (end + sector_bytes - 1) / sector_bytes;
  if (durable_.size() < behind * sector_bytes) durable_.resize(behind * sector_bytes);
  for (std::uint64_t n = first; n < behind; ++n) {
    std::vector<sector>& versions = pending_[n];
    sector now;
    const std::byte* const before =
        versions.empty() ? durable_.data() + n * sector_bytes : versions.back().data();
    std::memcpy(now.data(), before, sector_bytes);
    const std::uint64_t from = std::max(c.offset, n * sector_bytes);
    const std::uint64_t to = std::min(end, (n + 1) * sector_bytes);
    std::memcpy(now.data() + (from - n * sector_bytes), c.what.data() + (from - c.offset),
                to - from);
    if (c.durable && syncs_ == syncs::kept) {
      std::memcpy(durable_.data() + n * sector_bytes, now.data(), sector_bytes);
      pending_.erase(n);
    } else {
      versions.push_back(now);
    }
  }
}

bytes simulated_disk::after_power_loss(base::random& choose) const {
  // Disks lose none, all, a few or many sectors; whole pages or parts of them.
  enum class habit : std::uint8_t { lose_all, lose_none, sectors, pages, lose_few, keep_few };
  constexpr std::uint64_t habits = 6;
  constexpr std::uint64_t few = 12;
  constexpr std::uint64_t sectors_per_page = 8;
  const auto how = static_cast<habit>(choose.below(habits));
  // One that has begun is seen as if it had been written, and not yet made durable.
  simulated_disk with_next(*this);
  if (done_ < recording_.calls_.size() && !recording_.calls_[done_].is_sync) {
    disk_recording::call begun = recording_.calls_[done_];
    begun.durable = false;
    with_next.write(begun);
  }
  bytes image = std::move(with_next.durable_);
  std::uint64_t page = ~std::uint64_t{0};
  bool page_kept = false;
  for (const auto& [n, versions] : with_next.pending_) {
    if (n / sectors_per_page != page) {
      page = n / sectors_per_page;
      page_kept = choose.below(2) == 0;
    }
    bool kept = how == habit::lose_none;
    if (how == habit::sectors) kept = choose.below(2) == 0;
    if (how == habit::pages) kept = page_kept;
    if (how == habit::lose_few) kept = choose.below(few) != 0;
    if (how == habit::keep_few) kept = choose.below(few) == 0;
    if (!kept) continue;
    const sector& chosen = how == habit::lose_none || versions.size() == 1
                               ? versions.back()
                               : versions[choose.below(versions.size())];
    std::memcpy(image.data() + n * sector_bytes, chosen.data(), sector_bytes);
  }
  return image;
}

}  // namespace reprise::persistence
