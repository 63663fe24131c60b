// SPDX-License-Identifier: Apache-2.0
//
// A disk that holds one replica's log. What is not synced yet is lost with a crash, or kept up to
// any point of it; it may be slow, and it may be full.
//
// Invariants
//  * Bytes of entries are read when they are synced, so that a core that lets go of them too early
//    is found by AddressSanitizer.

#pragma once

#include "cluster/replica_log.hpp"
#include "tests/cluster/simulation/world.hpp"

#include <deque>
#include <functional>

namespace reprise::cluster::simulation {

class disk final : public replica_log {
 public:
  explicit disk(world& in) : world_(in) {}

  // What is durable.
  [[nodiscard]] result<hard_state> state() const override { return state_; }
  [[nodiscard]] log_index last() const override { return {entries_.size()}; }
  [[nodiscard]] result<bytes> read(log_index index) const override;
  [[nodiscard]] result<log_index> membership_at(log_index up_to) const override;

  /// `confirmed` is called some time after all that was pushed up to then is durable.
  void on_written(std::function<void(write_number)> confirmed) {
    confirmed_ = std::move(confirmed);
  }
  void push(log_write write);
  [[nodiscard]] bool idle() const { return !syncing_ && queue_.empty(); }
  /// Of what is queued, a part that is chosen at random is kept, or nothing.
  void crash(bool keep_a_part);

  void set_slow(milliseconds most) { slow_ = most; }
  void set_full(bool full);
  [[nodiscard]] bool full() const { return full_; }
  /// Flips a bit of a durable entry.
  void damage(log_index index, std::size_t byte);
  /// Everything from this index on is gone, as on a disk that lied about a sync.
  void forget_from(log_index index);
  void put(bytes first_entry) { entries_.push_back(std::move(first_entry)); }
  void put(hard_state state) { state_ = state; }

 private:
  void sync_if_idle();
  void apply(const log_write& write, std::size_t entries);

  world& world_;
  std::function<void(write_number)> confirmed_;
  hard_state state_{};
  std::vector<bytes> entries_;
  std::deque<log_write> queue_;
  bool syncing_ = false;
  bool full_ = false;
  milliseconds slow_{};
  milliseconds last_confirmed_{};
  // Events of the time before a crash come to nothing.
  std::uint64_t life_ = 0;
};

}  // namespace reprise::cluster::simulation
