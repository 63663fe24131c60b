// SPDX-License-Identifier: Apache-2.0
#include "tests/persistence/conformance/solo_replica.hpp"

#include <algorithm>

namespace reprise::persistence {

result<std::unique_ptr<solo_replica>> solo_replica::open(const store_options& options,
                                                         metrics& measured,
                                                         const base::clock& time) {
  auto journal = replicated_journal::open(options, measured, time);
  if (!journal) return std::move(journal).error();
  std::unique_ptr<solo_replica> made(new solo_replica(std::move(*journal)));
  made->begin();
  return made;
}

// Everything in its log counts, since nobody else could have another opinion.
void solo_replica::begin() {
  journal_->start(*this);
  for (std::uint32_t i = 0; i < journal_->partitions(); ++i) {
    if (journal_->damage({i})) continue;
    journal_->fold({i}, journal_->last_index({i}));
    std::unique_lock hold(mutex_);
    wake_.wait(hold, [&] { return folded_[{i}]; });
    if (journal_->last_index({i}) == journal_->folded_index({i})) journal_->open_for_appends({i});
  }
  thread_ = std::thread([this] { run(); });
}

void solo_replica::close() {
  {
    const std::lock_guard hold(mutex_);
    closing_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  journal_->close();
}

void solo_replica::put(event what) {
  {
    const std::lock_guard hold(mutex_);
    events_.push_back(what);
  }
  wake_.notify_all();
}

void solo_replica::staged(partition_id partition) {
  put({event::kind::staged, partition});
}

void solo_replica::written(partition_id partition, std::uint64_t number) {
  put({event::kind::written, partition, number});
}

void solo_replica::folded(partition_id partition, std::uint64_t /*index*/) {
  {
    const std::lock_guard hold(mutex_);
    folded_[partition] = true;
  }
  wake_.notify_all();
}

void solo_replica::damaged(partition_id partition, const error& /*why*/) {
  folded(partition, 0);
}

// What is on its way has its room.
void solo_replica::storage_full(bool /*full*/) {}

void solo_replica::storage_failed(const error& /*why*/) {
  const std::lock_guard hold(mutex_);
  failed_ = true;
}

// Ends once all that is on its way has landed, so that a close loses nothing that was appended.
void solo_replica::run() {
  for (;;) {
    event next;
    {
      std::unique_lock hold(mutex_);
      wake_.wait(hold,
                 [&] { return !events_.empty() || (closing_ && (flying_.empty() || failed_)); });
      if (events_.empty()) return;
      next = events_.front();
      events_.pop_front();
    }
    if (next.what == event::kind::staged) {
      propose(next.partition);
    } else {
      journal_->commit_staged(next.partition, next.index);
      std::erase_if(flying_, [&](const auto& each) {
        return each.first.first == next.partition && each.first.second <= next.index;
      });
    }
  }
}

void solo_replica::propose(partition_id partition) {
  while (const staged_entry* const staged = journal_->take_staged(partition)) {
    const std::size_t prefix = messages::entry_prefix_size(staged->header.records);
    bytes& stored = flying_[{partition, staged->header.index}];
    stored.resize(prefix + staged->body.size());
    messages::encode_entry_prefix(staged->header, staged->offsets, staged->body.size(),
                                  stored.data());
    std::ranges::copy(staged->body, stored.begin() + static_cast<std::ptrdiff_t>(prefix));
    journal_->write({.partition = partition,
                     .number = staged->header.index,
                     .state = {},
                     .cut_from = {},
                     .entries = {{.header = staged->header, .stored = stored}}});
  }
}

}  // namespace reprise::persistence
