// SPDX-License-Identifier: Apache-2.0
#include "tests/cluster/simulation/disk.hpp"

#include <algorithm>

namespace reprise::cluster::simulation {

result<bytes> disk::read(log_index index) const {
  if (index.value == 0 || index > last()) return error{errc::not_found, "beyond the log"};
  return entries_[index.value - 1];
}

result<log_index> disk::membership_at(log_index up_to) const {
  for (log_index at = std::min(up_to, last()); at.value > 0; at = {at.value - 1}) {
    auto entry = open_log_entry(entries_[at.value - 1]);
    if (!entry) return entry.error();
    if (entry->kind == entry_kind::members) return at;
  }
  return log_index{};
}

void disk::push(log_write write) {
  queue_.push_back(std::move(write));
  sync_if_idle();
}

void disk::sync_if_idle() {
  if (syncing_ || full_ || queue_.empty()) return;
  syncing_ = true;
  const std::size_t batch = queue_.size();
  const milliseconds takes = milliseconds(1) + world_.up_to(milliseconds(5)) + world_.up_to(slow_);
  world_.after(takes, [this, batch, life = life_] {
    if (life != life_) return;
    write_number up_to{};
    for (std::size_t i = 0; i < batch; ++i) {
      apply(queue_.front(), queue_.front().entries.size());
      up_to = std::max(up_to, queue_.front().number);
      queue_.pop_front();
    }
    syncing_ = false;
    // Durable now; that is known to the replica a little later, in order.
    last_confirmed_ = std::max(last_confirmed_, world_.now() + world_.up_to(milliseconds(2)));
    world_.after(last_confirmed_ - world_.now(), [this, up_to, life] {
      if (life == life_) confirmed_(up_to);
    });
    sync_if_idle();
  });
}

void disk::crash(bool keep_a_part) {
  ++life_;
  if (keep_a_part && !queue_.empty()) {
    const std::size_t whole = world_.below(queue_.size() + 1);
    for (std::size_t i = 0; i < whole; ++i) apply(queue_[i], queue_[i].entries.size());
    if (whole < queue_.size()) {
      apply(queue_[whole], world_.below(queue_[whole].entries.size() + 1));
    }
  }
  queue_.clear();
  syncing_ = false;
}

void disk::apply(const log_write& write, std::size_t entries) {
  if (write.state) state_ = *write.state;
  if (write.cut_from && write.cut_from->value <= entries_.size()) {
    entries_.resize(write.cut_from->value - 1);
  }
  for (std::size_t i = 0; i < entries; ++i) {
    const log_entry& entry = write.entries[i];
    check(entry.header.index == entries_.size() + 1,
          "a write of entry " + std::to_string(entry.header.index) + " behind entry " +
              std::to_string(entries_.size()));
    entries_.emplace_back(entry.stored.begin(), entry.stored.end());
  }
}

void disk::set_full(bool full) {
  full_ = full;
  sync_if_idle();
}

void disk::damage(log_index index, std::size_t byte) {
  bytes& entry = entries_.at(index.value - 1);
  entry.at(byte % entry.size()) ^= std::byte{4};
}

void disk::forget_from(log_index index) {
  entries_.resize(index.value - 1);
}

}  // namespace reprise::cluster::simulation
