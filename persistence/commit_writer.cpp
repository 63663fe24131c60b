// SPDX-License-Identifier: Apache-2.0
#include "persistence/commit_writer.hpp"

#include "base/log.hpp"
#include "messages/entry.hpp"

#include <sys/statvfs.h>

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
// What a commit takes beside its records: pages of the tables that lead to them.
constexpr std::uint64_t commit_overhead_bytes = std::uint64_t{128} << 10U;

}  // namespace

commit_writer::commit_writer(lmdb_environment& environment, const store_tables& tables,
                             const std::vector<stored_partition>& partitions, callbacks journal,
                             metrics& measured, const base::clock& time)
    : environment_(environment),
      tables_(tables),
      partitions_(partitions),
      journal_(std::move(journal)),
      time_(time),
      commits_(measured.count("journal.commits")),
      records_(measured.count("journal.records")),
      bytes_(measured.count("journal.bytes")),
      full_(measured.count("journal.disk_full")),
      checkpoints_(measured.count("journal.checkpoints")),
      commit_us_(measured.distribution("journal.commit_us")),
      commit_records_(measured.distribution("journal.commit_records")),
      checkpoint_(tables, partitions) {}

void commit_writer::start(std::uint64_t last_key) {
  last_key_ = last_key;
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
  if (!has_room(wanted)) {
    return error{errc::disk_full, "there is no room for " + std::to_string(wanted) + " bytes"};
  }
  wanted_bytes_.store(0, std::memory_order_release);
  return {};
}

bool commit_writer::has_room(std::uint64_t bytes) const {
  const lmdb_environment::sizes now = environment_.measure();
  if (now.map_bytes - std::min(now.map_bytes, now.used_bytes) < bytes) return false;
  struct statvfs disk {};
  if (::statvfs(environment_.directory().c_str(), &disk) != 0) return true;
  const std::uint64_t within_file = now.file_bytes - std::min(now.file_bytes, now.used_bytes);
  return std::uint64_t{disk.f_bavail} * disk.f_frsize + within_file >= bytes;
}

void commit_writer::run() {
  while (wait()) {
    take();
    if (!checkpoint_.running() && (checkpoint_.due() || (idle_ && checkpoint_.has_changes()))) {
      environment_.forget_dead_readers();
      checkpoint_.begin(last_key_);
    }
    if (!batch_.empty() || checkpoint_.running()) commit();
  }
}

// False when there is nothing left to do. Otherwise there may be something to take, to save, or
// nothing at all.
bool commit_writer::wait() {
  std::unique_lock hold(mutex_);
  const bool busy = !waiting_.empty() || checkpoint_.running();
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
  batch_records_ = 0;
  batch_bytes_ = 0;
  // Each partition in turn; what does not fit stays for the next commit, at the front.
  while (!waiting_.empty()) {
    const partition_id id = waiting_.front();
    const bool all_taken = partitions_[id.value].state->with([&](partition_state& p) {
      while (const staged_entry* entry = p.log.next()) {
        const bool fits = batch_.empty() ||
                          (batch_records_ + entry->header.records <= commit_records_max &&
                           batch_bytes_ + entry->body.size() <= commit_bytes_max);
        if (!fits) return false;
        batch_.push_back({id, p.log.take()});
        batch_records_ += entry->header.records;
        batch_bytes_ += entry->body.size();
      }
      p.queued = false;
      return true;
    });
    if (!all_taken) return;
    waiting_.pop_front();
  }
}

void commit_writer::commit() {
  const base::clock::instant began = time_.steady();
  const bool with_slice = checkpoint_.running();
  result<void> done = write(with_slice);
  if (!done && with_slice && done.error().code == errc::disk_full) {
    // The records matter more than what is saved for the next open.
    base::log(base::log_level::warning, "heads were not saved: " + done.error().message);
    checkpoint_.give_up();
    if (batch_.empty()) return;
    done = write(false);
  }
  if (done) {
    if (checkpoint_.running() && with_slice) {
      checkpoint_.slice_committed();
      if (!checkpoint_.running()) checkpoints_.add();
    }
    succeeded(began);
  } else {
    failed(done.error());
  }
}

result<void> commit_writer::write(bool with_slice) {
  auto transaction = lmdb_write::begin(environment_);
  if (!transaction) return std::move(transaction).error();
  std::uint64_t key = last_key_;
  for (const taken_entry& taken : batch_) {
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
  return transaction->commit();
}

void commit_writer::succeeded(base::clock::instant began) {
  if (batch_.empty()) return;
  std::uint64_t bytes = 0;
  for (const taken_entry& taken : batch_) {
    const stored_partition& home = partitions_[taken.partition.value];
    checkpoint_.committed(taken.partition, *taken.entry);
    ++last_key_;
    home.state->with([&](partition_state& p) {
      // A reader that sees the new end must find the way to it.
      home.entries->tail().add({taken.entry->header.first, last_key_});
      bytes += p.log.committed();
    });
  }
  journal_.settled(bytes);
  const auto took = time_.steady() - began;
  commits_.add();
  records_.add(batch_records_);
  bytes_.add(batch_bytes_);
  commit_records_.record(batch_records_);
  commit_us_.record(static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(took).count()));
  // A partition's entries lie next to each other in the batch.
  for (std::size_t i = 0; i < batch_.size(); ++i) {
    const partition_id id = batch_[i].partition;
    if (i + 1 == batch_.size() || batch_[i + 1].partition != id) {
      partitions_[id.value].state->hand_out();
    }
  }
}

void commit_writer::failed(const error& why) {
  if (checkpoint_.running()) checkpoint_.give_up();
  if (why.code == errc::disk_full) {
    full_.add();
    base::log(base::log_level::error, "appends are refused: " + why.message);
    wanted_bytes_.store(batch_bytes_ + commit_overhead_bytes, std::memory_order_release);
    journal_.lost(why, why);
    return;
  }
  // LMDB may have written its meta page or not; only the disk knows.
  base::log(base::log_level::error, "the outcome of a commit is not known, nothing is appended "
                                    "until the store is opened again: " +
                                        why.message);
  outcome_unknown_.store(true, std::memory_order_release);
  journal_.lost({errc::commit_unknown, why.message},
                {errc::unavailable, "an earlier commit failed: " + why.message});
}

}  // namespace reprise::persistence
