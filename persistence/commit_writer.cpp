// SPDX-License-Identifier: Apache-2.0
#include "persistence/commit_writer.hpp"

#include "base/log.hpp"
#include "messages/entry.hpp"
#include "persistence/disk_room.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>
#include <utility>

namespace reprise::persistence {
namespace {

constexpr std::uint64_t commit_records_max = 4096;
constexpr std::uint64_t commit_bytes_max = std::uint64_t{4} << 20U;
constexpr std::chrono::seconds idle_before_checkpoint{30};

}  // namespace

commit_writer::commit_writer(lmdb_environment& environment, const store_tables& tables,
                             const std::vector<stored_partition>& partitions, const options& how,
                             callbacks journal, metrics& measured, const base::clock& time)
    : environment_(environment),
      tables_(tables),
      partitions_(partitions),
      journal_(std::move(journal)),
      acknowledged_(how.acknowledged),
      time_(time),
      commits_(measured.count("journal.commits")),
      records_(measured.count("journal.records")),
      bytes_(measured.count("journal.bytes")),
      full_(measured.count("journal.disk_full")),
      checkpoints_(measured.count("journal.checkpoints")),
      commit_us_(measured.distribution("journal.commit_us")),
      commit_records_(measured.distribution("journal.commit_records")),
      checkpoint_(tables, partitions, how.checkpoint_records) {}

void commit_writer::batch::clear() {
  entries.clear();
  records = 0;
  bytes = 0;
}

void commit_writer::start(std::uint64_t last_key) {
  durable_key_ = last_key;
  thread_ = std::thread([this] { run(); });
}

void commit_writer::ready(partition_id partition) {
  bool was_empty = false;
  {
    const std::lock_guard hold(mutex_);
    was_empty = ready_.empty();
    ready_.push_back(partition);
  }
  if (was_empty) wake_.notify_one();
}

void commit_writer::stop() {
  {
    const std::lock_guard hold(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

std::optional<error> commit_writer::refusal() {
  if (outcome_unknown_.load(std::memory_order_acquire)) {
    return error{errc::unavailable,
                 "the outcome of a commit is not known; the store must be opened again"};
  }
  const std::uint64_t wanted = wanted_bytes_.load(std::memory_order_acquire);
  if (wanted == 0) return {};
  if (!has_room(environment_, wanted)) {
    return error{errc::disk_full, "there is no room for " + std::to_string(wanted) + " bytes"};
  }
  wanted_bytes_.store(0, std::memory_order_release);
  return {};
}

void commit_writer::run() {
  while (wait()) {
    take();
    if (!checkpoint_.running() && (checkpoint_.due() || (idle_ && checkpoint_.has_changes()))) {
      environment_.forget_dead_readers();
      checkpoint_.begin(durable_key_);
    }
    if (batch_.empty() && !lagging_.empty()) {
      // Before a slice of a checkpoint, which nobody waits for.
      if (auto done = sync(); !done) failed(std::move(done).error());
    } else if (!batch_.empty() || checkpoint_.running()) {
      commit();
    }
  }
}

// False when there is nothing left to do. Otherwise there may be something to take, to save, or
// nothing at all.
bool commit_writer::wait() {
  std::unique_lock hold(mutex_);
  const bool busy = !waiting_.empty() || checkpoint_.running() || !lagging_.empty();
  idle_ = false;
  if (!busy && ready_.empty() && !stopping_) {
    idle_ = !wake_.wait_for(hold, idle_before_checkpoint,
                            [this] { return stopping_ || !ready_.empty(); });
  }
  waiting_.insert(waiting_.end(), ready_.begin(), ready_.end());
  ready_.clear();
  if (!stopping_ || busy || !waiting_.empty()) return true;
  // The last thing to do is to save heads and places, unless that has just failed.
  idle_ = true;
  return checkpoint_.has_changes() && !std::exchange(saved_at_the_end_, true);
}

void commit_writer::take() {
  batch_.clear();
  // Each partition in turn; what does not fit stays for the next commit, at the front.
  while (!waiting_.empty()) {
    const partition_id id = waiting_.front();
    const bool all_taken = partitions_[id.value].state->with([&](partition_state& p) {
      while (const staged_entry* entry = p.log.next()) {
        const bool fits =
            batch_.empty() || (batch_.records + entry->header.records <= commit_records_max &&
                               batch_.bytes + entry->body.size() <= commit_bytes_max);
        if (!fits) return false;
        batch_.entries.push_back({id, p.log.take()});
        batch_.records += entry->header.records;
        batch_.bytes += entry->body.size();
      }
      p.queued = false;
      return true;
    });
    if (!all_taken) return;
    waiting_.pop_front();
  }
}

void commit_writer::commit() {
  batch_.began = time_.steady();
  bool with_slice = checkpoint_.running();
  result<void> done = write(with_slice);
  if (!done && with_slice && done.error().code == errc::disk_full) {
    // The records matter more than what is saved for the next open.
    base::log(base::log_level::warning, "heads were not saved: " + done.error().message);
    checkpoint_.give_up();
    if (batch_.empty()) return;
    with_slice = false;
    done = write(with_slice);
  }
  if (done) {
    written(with_slice);
  } else {
    failed(std::move(done).error());
  }
}

// At most so much do this commit's pages take.
std::uint64_t commit_writer::room_needed(bool with_slice) const {
  std::uint64_t bytes = commit_overhead_bytes + (with_slice ? slice_bytes_max : 0);
  for (const taken_entry& taken : batch_.entries) {
    bytes += entry_room(messages::entry_prefix_size(taken.entry->header.records) +
                        taken.entry->body.size());
  }
  return bytes;
}

result<void> commit_writer::write(bool with_slice) {
  if (journal_.founded && !batch_.empty()) {
    if (auto done = journal_.founded(); !done) return done;
  }
  if (auto reserved = environment_.reserve(room_needed(with_slice)); !reserved) return reserved;
  auto transaction = lmdb_write::begin(environment_);
  if (!transaction) return std::move(transaction).error();
  std::uint64_t key = durable_key_ + lagging_.entries.size();
  for (const taken_entry& taken : batch_.entries) {
    const staged_entry& e = *taken.entry;
    const std::size_t prefix = messages::entry_prefix_size(e.header.records);
    const auto room = transaction->append(tables_.log, ++key, prefix + e.body.size());
    if (!room) return room.error();
    messages::encode_entry_prefix(e.header, e.offsets, e.body.size(), room->data());
    std::memcpy(room->data() + prefix, e.body.data(), e.body.size());
  }
  if (with_slice) {
    if (auto written = checkpoint_.write_slice(*transaction); !written) return written;
  }
  auto done = transaction->commit();
  // It may have been a sync that failed, of pages that an earlier commit rests on.
  if (!done && done.error().code == errc::disk_full && !lagging_.empty()) {
    return error{errc::io_error, done.error().message};
  }
  return done;
}

void commit_writer::written(bool with_slice) {
  if (with_slice) {
    checkpoint_.slice_committed();
    if (!checkpoint_.running()) checkpoints_.add();
  }
  // A slice alone may have changed nothing, and then nothing was synced.
  if (batch_.empty()) return;
  if (acknowledged_ == durability::synced) return settle(batch_);
  settle(lagging_);
  std::swap(lagging_, batch_);
}

result<void> commit_writer::sync() {
  if (auto done = environment_.sync(); !done) return done;
  settle(lagging_);
  lagging_.clear();
  return {};
}

// Moves heads on and answers.
void commit_writer::settle(const batch& durable) {
  if (durable.empty()) return;
  std::uint64_t bytes = 0;
  for (const taken_entry& taken : durable.entries) {
    const stored_partition& home = partitions_[taken.partition.value];
    checkpoint_.committed(taken.partition, *taken.entry);
    ++durable_key_;
    home.state->with([&](partition_state& p) {
      // A reader that sees the new end must find the way to it.
      home.entries->tail().add({taken.entry->header.first, durable_key_});
      bytes += p.log.committed();
    });
  }
  journal_.settled(bytes);
  const auto took = time_.steady() - durable.began;
  commits_.add();
  records_.add(durable.records);
  bytes_.add(durable.bytes);
  commit_records_.record(durable.records);
  commit_us_.record(static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(took).count()));
  // A partition's entries lie next to each other in the batch.
  for (std::size_t i = 0; i < durable.entries.size(); ++i) {
    const partition_id id = durable.entries[i].partition;
    if (i + 1 == durable.entries.size() || durable.entries[i + 1].partition != id) {
      journal_.moved(id);
      partitions_[id.value].state->hand_out();
    }
  }
}

void commit_writer::failed(error why) {
  if (checkpoint_.running()) checkpoint_.give_up();
  // That there is no room for this commit says nothing of the one before it.
  if (why.code == errc::disk_full && !lagging_.empty()) {
    if (auto done = sync(); !done) why = std::move(done).error();
  }
  lagging_.clear();
  if (why.code == errc::disk_full) {
    full_.add();
    base::log(base::log_level::error, "appends are refused: " + why.message);
    wanted_bytes_.store(room_needed(false), std::memory_order_release);
    journal_.lost(why, why);
    return;
  }
  // LMDB may have written its meta page or not; only the disk knows.
  base::log(base::log_level::error,
            "the outcome of a commit is not known, nothing is appended "
            "until the store is opened again: " +
                why.message);
  outcome_unknown_.store(true, std::memory_order_release);
  journal_.lost({errc::commit_unknown, why.message},
                {errc::unavailable, "an earlier commit failed: " + why.message});
}

}  // namespace reprise::persistence
