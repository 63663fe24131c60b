// SPDX-License-Identifier: Apache-2.0
#include "persistence/memory_journal.hpp"

#include "messages/entry.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace reprise::persistence {

// The entries of one partition. They never move and are never freed while the journal lives, so a
// session needs no lock but for the search.
class memory_journal::entries_in_memory final : public entry_source {
 public:
  void add(const staged_entry& entry) {
    const std::size_t prefix = messages::entry_prefix_size(entry.header.records);
    bytes stored(prefix + entry.body.size());
    messages::encode_entry_prefix(entry.header, entry.offsets, entry.body.size(), stored.data());
    std::ranges::copy(entry.body, stored.begin() + static_cast<std::ptrdiff_t>(prefix));
    const std::lock_guard hold(mutex_);
    entries_.push_back({entry.header.first, std::move(stored)});
  }

  [[nodiscard]] result<std::unique_ptr<entry_session>> begin() const override {
    return std::unique_ptr<entry_session>(std::make_unique<session>(*this));
  }

 private:
  struct kept {
    position first;
    bytes stored;
  };

  class session final : public entry_session {
   public:
    explicit session(const entries_in_memory& all) : all_(all) {}
    result<bytes_view> entry_holding(position at) override {
      const std::lock_guard hold(all_.mutex_);
      const auto behind = std::ranges::upper_bound(all_.entries_, at, {}, &kept::first);
      if (behind == all_.entries_.begin()) {
        return error{errc::corrupt, "no entry holds position " + std::to_string(at.value),
                     at.value};
      }
      return bytes_view(std::prev(behind)->stored);
    }

   private:
    const entries_in_memory& all_;
  };

  mutable std::mutex mutex_;
  std::vector<kept> entries_;
};

result<std::unique_ptr<memory_journal>> memory_journal::open(const memory_journal_options& options,
                                                             commit_gate* gate) {
  if (options.partitions == 0 || options.partitions > partitions_max) {
    return error{errc::invalid_argument, "partitions is " + std::to_string(options.partitions) +
                                             ", it must be from 1 to 1024"};
  }
  if (const auto fine = persistence::check(options.limits); !fine) return fine.error();
  return std::unique_ptr<memory_journal>(new memory_journal(options, gate));
}

memory_journal::memory_journal(const memory_journal_options& options, commit_gate* gate)
    : partitioned_journal(options.limits, options.hash_seed), gate_(gate) {
  std::vector<std::unique_ptr<journal_partition>> made;
  for (std::uint32_t i = 0; i < options.partitions; ++i) {
    auto store = std::make_unique<entries_in_memory>();
    stores_.push_back(store.get());
    made.push_back(
        std::make_unique<journal_partition>(partition_id{i}, options.limits, std::move(store)));
  }
  take_partitions(std::move(made));
}

memory_journal::~memory_journal() {
  memory_journal::close();
}

std::optional<error> memory_journal::refusal(partition_id /*partition*/) {
  if (!closed_.load(std::memory_order_acquire)) return {};
  return error{errc::stopped, "the journal is closed"};
}

void memory_journal::staged(partition_id partition) {
  {
    const std::lock_guard hold(ready_mutex_);
    ready_.push_back(partition);
  }
  commit();
}

void memory_journal::commit() {
  std::vector<partition_id> ready;
  {
    const std::lock_guard one_at_a_time(committing_);
    {
      const std::lock_guard hold(ready_mutex_);
      if (ready_.empty()) return;
    }
    const std::optional<commit_fate> fate = gate_ == nullptr ? commit_fate::stored : gate_->next();
    if (!fate) return;
    {
      const std::lock_guard hold(ready_mutex_);
      ready = std::exchange(ready_, {});
    }
    settle(ready, *fate);
  }
  // Outside of the commit: listeners may append again.
  for (const partition_id id : ready) {
    committed_moved(id);
    partition(id).hand_out();
  }
}

void memory_journal::settle(const std::vector<partition_id>& ready, commit_fate fate) {
  const error unknown{errc::commit_unknown, "the commit's outcome is not known"};
  for (const partition_id id : ready) {
    partition(id).with([&](partition_state& p) {
      p.queued = false;
      std::uint64_t bytes = 0;
      while (const staged_entry* entry = p.log.take()) {
        if (fate == commit_fate::disk_full || fate == commit_fate::unknown_lost) continue;
        stores_[id.value]->add(*entry);
        bytes += fate == commit_fate::stored ? p.log.committed() : p.log.committed(unknown);
      }
      if (fate == commit_fate::disk_full) {
        const error full{errc::disk_full, "there is no room for the commit"};
        bytes = p.log.lost(full, full);
      } else if (fate == commit_fate::unknown_lost) {
        bytes = p.log.lost(unknown, unknown);
      }
      settled(bytes);
    });
  }
}

void memory_journal::close() {
  closed_.store(true, std::memory_order_release);
  commit();
  // What the gate still holds was never written.
  const error stopped{errc::stopped, "the journal was closed before the commit"};
  abandon_staged(stopped, stopped);
}

}  // namespace reprise::persistence
