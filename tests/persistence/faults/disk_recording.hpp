// SPDX-License-Identifier: Apache-2.0
//
// What was written to one file, in order, and which contents a disk may hold when the power goes
// somewhere in between.
//
// The model: what was written before a sync is there; of each sector written since, the disk holds
// what it held before or any of the later writes, each sector by itself. A write that is durable by
// itself is there once it has returned, and may be torn while it is under way.
// Threading: recording as disk_observer says; afterwards confined to the test.

#pragma once

#include "base/random.hpp"
#include "tests/persistence/faults/disk_calls.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

namespace reprise::persistence {

class disk_recording final : public disk_observer {
 public:
  int fate_of(disk_call /*call*/) override { return 0; }
  void wrote(std::uint64_t offset, bytes_view what, bool durable) override;
  void synced() override;

  /// How many calls there were; a cut lies behind so many of them.
  [[nodiscard]] std::size_t calls() const;

 private:
  friend class simulated_disk;
  struct call {
    bool is_sync = false;
    bool durable = false;
    std::uint64_t offset = 0;
    bytes what{};
  };

  mutable std::mutex mutex_;
  std::vector<call> calls_;
};

enum class syncs : std::uint8_t {
  kept,
  /// As if the disk had been told nothing: whatever was written may be there or not.
  ignored,
};

class simulated_disk {
 public:
  explicit simulated_disk(const disk_recording& recording, syncs how = syncs::kept)
      : recording_(recording), syncs_(how) {}

  /// Goes on to where so many calls have returned; never back. The next one may have begun.
  void advance(std::size_t calls);
  /// What the disk may hold now if the power goes; another one each time.
  [[nodiscard]] bytes after_power_loss(base::random& choose) const;

 private:
  static constexpr std::size_t sector_bytes = 512;
  using sector = std::array<std::byte, sector_bytes>;

  void write(const disk_recording::call& c);

  const disk_recording& recording_;
  const syncs syncs_;
  std::size_t done_ = 0;
  bytes durable_;
  // What each sector may hold instead, oldest first.
  std::map<std::uint64_t, std::vector<sector>> pending_;
};

}  // namespace reprise::persistence
