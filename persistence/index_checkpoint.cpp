// SPDX-License-Identifier: Apache-2.0
#include "persistence/index_checkpoint.hpp"

#include <algorithm>
#include <utility>

namespace reprise::persistence {
namespace {

// About 250 KB of places, or 500 pages of heads, beside a commit.
constexpr std::size_t rows_per_slice = 32;
constexpr std::size_t heads_per_slice = 500;
// How often a checkpoint may be put off.
constexpr std::uint64_t intervals_max = 4;

}  // namespace

void index_checkpoint::committed(partition_id partition, const staged_entry& entry) {
  for (const auto& [aggregate, head] : entry.heads) note(aggregate, partition);
  records_ += entry.header.records;
}

void index_checkpoint::note(const aggregate_hash& aggregate, partition_id partition) {
  changed_[aggregate.low >> 56U].push_back({aggregate, partition});
}

void index_checkpoint::recovered(partition_id partition,
                                 const std::vector<aggregate_hash>& changed) {
  for (const aggregate_hash& aggregate : changed) note(aggregate, partition);
}

void index_checkpoint::recovered_all() {
  for (std::uint32_t i = 0; i < partitions_.size(); ++i) {
    partitions_[i].state->with([&](const partition_state& p) {
      p.log.heads().for_each(
          [&](const aggregate_hash& aggregate, const aggregate_head&) { note(aggregate, {i}); });
    });
  }
}

bool index_checkpoint::due() {
  if (records_ < due_at_) return false;
  std::uint64_t aggregates = 0;
  for (const stored_partition& partition : partitions_) {
    aggregates += partition.state->with(
        [](const partition_state& p) { return std::uint64_t{p.log.heads().size()}; });
  }
  due_at_ = std::max(due_at_, std::clamp(aggregates, records_min_, intervals_max * records_min_));
  return records_ >= due_at_;
}

void index_checkpoint::begin(std::uint64_t upto) {
  running_ = true;
  due_at_ = records_min_;
  upto_ = upto;
  its_records_ = std::exchange(records_, 0);
  heads_ = std::exchange(changed_, {});
  rows_.clear();
  for (std::uint32_t i = 0; i < partitions_.size(); ++i) {
    const std::size_t count = partitions_[i].entries->tail().unsaved_rows();
    for (std::size_t n = 0; n < count; ++n) rows_.push_back({{i}, n});
  }
  rows_done_ = 0;
  heads_done_ = {};
}

result<void> index_checkpoint::write_slice(lmdb_write& transaction) {
  rows_in_slice_ = std::min(rows_per_slice, rows_.size() - rows_done_);
  for (std::size_t i = 0; i < rows_in_slice_; ++i) {
    const changed_row& row = rows_[rows_done_ + i];
    const auto places = partitions_[row.partition.value].entries->tail().unsaved_row(row.n);
    if (places.empty()) continue;
    if (auto put = write_places(transaction, tables_, row.partition, places); !put) return put;
  }
  return rows_in_slice_ == 0 ? write_heads(transaction) : result<void>{};
}

result<void> index_checkpoint::write_heads(lmdb_write& transaction) {
  heads_in_slice_ = heads_done_;
  std::size_t room = heads_per_slice;
  while (room > 0 && heads_in_slice_.bucket < heads_.size()) {
    std::vector<changed_head>& bucket = heads_[heads_in_slice_.bucket];
    if (heads_in_slice_.n == 0) {
      std::ranges::sort(bucket);
      bucket.erase(std::unique(bucket.begin(), bucket.end()), bucket.end());
    }
    for (; room > 0 && heads_in_slice_.n < bucket.size(); --room, ++heads_in_slice_.n) {
      const changed_head& changed = bucket[heads_in_slice_.n];
      const aggregate_head head = partitions_[changed.partition.value].state->with(
          [&](const partition_state& p) { return p.log.head(changed.aggregate); });
      if (auto put = write_head(transaction, tables_, {changed.aggregate, changed.partition, head});
          !put) {
        return put;
      }
    }
    if (heads_in_slice_.n == bucket.size()) heads_in_slice_ = {heads_in_slice_.bucket + 1, 0};
  }
  const bool all = heads_in_slice_.bucket == heads_.size();
  return all ? write_indexed_upto(transaction, tables_, upto_) : result<void>{};
}

void index_checkpoint::slice_committed() {
  rows_done_ += rows_in_slice_;
  if (rows_in_slice_ != 0) return;
  heads_done_ = heads_in_slice_;
  if (heads_done_.bucket < heads_.size()) return;
  running_ = false;
  heads_ = {};
  rows_ = {};
  for (const stored_partition& p : partitions_) p.entries->tail().saved_upto(upto_);
}

void index_checkpoint::give_up() {
  running_ = false;
  records_ += its_records_;
  // Trying again with each commit would double the work of a store that is nearly full.
  due_at_ = records_ + records_min_ / 16 + 1;
  for (std::size_t i = 0; i < heads_.size(); ++i) {
    changed_[i].insert(changed_[i].end(), heads_[i].begin(), heads_[i].end());
  }
  heads_ = {};
  rows_ = {};
}

}  // namespace reprise::persistence
