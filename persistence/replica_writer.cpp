// SPDX-License-Identifier: Apache-2.0
#include "persistence/replica_writer.hpp"

#include "base/log.hpp"
#include "persistence/disk_room.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>
#include <utility>

namespace reprise::persistence {
namespace {

constexpr std::uint64_t commit_entries_max = 4096;
constexpr std::uint64_t commit_bytes_max = std::uint64_t{8} << 20U;
constexpr std::chrono::seconds idle_before_checkpoint{30};
constexpr std::chrono::milliseconds look_for_room_every{200};
constexpr std::uint64_t kept_back_max = std::uint64_t{32} << 20U;
// Of entries that wait to be folded; more are read from the store.
constexpr std::size_t unfolded_bytes_max = std::size_t{8} << 20U;

std::uint64_t bytes_of(const replica_write& write) {
  std::uint64_t bytes = 0;
  for (const replica_entry& entry : write.entries) bytes += entry.stored.size();
  return bytes;
}

}  // namespace

replica_writer::replica_writer(opened_store& store, const std::vector<stored_partition>& partitions,
                               std::vector<std::unique_ptr<replica_place>>& places,
                               const store_options& options, moved_callback moved,
                               metrics& measured, const base::clock& time,
                               std::unique_ptr<writer_drive> drive)
    : store_(store),
      partitions_(partitions),
      places_(places),
      moved_(std::move(moved)),
      time_(time),
      acknowledged_(options.acknowledged),
      kept_back_(std::min(kept_back_max, store.environment->measure().map_bytes / 4)),
      commits_(measured.count("journal.commits")),
      records_(measured.count("journal.records")),
      bytes_(measured.count("journal.bytes")),
      full_count_(measured.count("journal.disk_full")),
      checkpoints_(measured.count("journal.checkpoints")),
      commit_us_(measured.distribution("journal.commit_us")),
      changes_(partitions.size()),
      unfolded_(partitions.size(), unfolded_bytes_max),
      checkpoint_(store.tables, partitions, options.checkpoint_records),
      drive_(std::move(drive)) {}

void replica_writer::start(std::uint64_t last_key, replica_listener& listener) {
  last_key_ = last_key;
  listener_ = &listener;
  look_for_room();
  drive_->start(*this);
}

void replica_writer::push(replica_write write) {
  {
    const std::lock_guard hold(mutex_);
    pushed_.push_back(std::move(write));
  }
  drive_->ring();
}

void replica_writer::fold(partition_id partition, std::uint64_t up_to) {
  {
    const std::lock_guard hold(mutex_);
    ordered_.push_back({partition, up_to});
  }
  drive_->ring();
}

void replica_writer::note_folded(partition_id partition, std::vector<aggregate_hash> heads,
                                 std::uint64_t records) {
  // Nobody waits for it: it is found when there is something to do.
  const std::lock_guard hold(mutex_);
  noted_.push_back({partition, std::move(heads), records});
}

void replica_writer::stop() {
  stopping_.store(true);
  drive_->finish();
}

bool replica_writer::has_more() const {
  const bool may_write = !failed_ && wanted_bytes_ == 0;
  return !lagging_.empty() || (may_write && (!waiting_.empty() || checkpoint_.running()));
}

std::chrono::milliseconds replica_writer::patience() const {
  if (has_more() || stopping_.load()) return std::chrono::milliseconds(0);
  if (failed_ || full()) return look_for_room_every;
  return idle_before_checkpoint;
}

bool replica_writer::step(bool rung) {
  if (!take(rung)) return false;
  if (!checkpoint_.running() && (checkpoint_.due() || (idle_ && checkpoint_.has_changes()))) {
    begin_checkpoint();
  }
  if (!lagging_.empty() && (waiting_.empty() || wanted_bytes_ != 0)) {
    // Before a slice of a checkpoint, which nobody waits for.
    if (auto done = sync(); !done) failed(std::move(done).error(), 0);
  } else if (!failed_ && (!waiting_.empty() || checkpoint_.running())) {
    write_waiting();
  }
  fold_ordered();
  look_for_room_if_due();
  return true;
}

// A commit looks by itself whether it fits. This is for what is kept back, a good part of which may
// be gone before it is looked again; and others fill the disk, too.
void replica_writer::look_for_room_if_due() {
  const bool is_short = full() || wanted_bytes_ != 0;
  const bool is_due =
      taken_since_look_ >= kept_back_ / 4 || time_.steady() - looked_at_ >= look_for_room_every;
  if (is_short || is_due) look_for_room();
}

void replica_writer::look_for_room() {
  taken_since_look_ = 0;
  looked_at_ = time_.steady();
  const bool was = full();
  // A little more than what is kept back, so that it does not change to and fro.
  const std::uint64_t wanted = std::max(wanted_bytes_, kept_back_ + (was ? kept_back_ / 2 : 0));
  const bool now = !has_room(*store_.environment, wanted);
  if (now == was) return;
  full_.store(now, std::memory_order_release);
  base::log(now ? base::log_level::error : base::log_level::info,
            now ? "appends are refused: there is little room left" : "there is room again");
  if (now) full_count_.add();
  listener_->storage_full(now);
}

// False when there is nothing left to do.
bool replica_writer::take(bool rung) {
  const bool may_write = !failed_ && wanted_bytes_ == 0;
  const bool busy = has_more();
  // Before it takes: what was pushed by then is taken.
  const bool stopping = stopping_.load();
  idle_ = !rung && !busy && !stopping && !failed_ && !full();
  {
    const std::lock_guard hold(mutex_);
    waiting_.insert(waiting_.end(), std::make_move_iterator(pushed_.begin()),
                    std::make_move_iterator(pushed_.end()));
    pushed_.clear();
    folds_ = std::exchange(ordered_, {});
  }
  take_notes();
  if (!stopping || !folds_.empty()) return true;
  if (busy || (may_write && !waiting_.empty())) return true;
  // The last thing to do is to save heads and places, unless that has just failed.
  idle_ = true;
  return !failed_ && checkpoint_.has_changes() && !std::exchange(saved_at_the_end_, true);
}

void replica_writer::take_notes() {
  std::vector<folded_heads> noted;
  {
    const std::lock_guard hold(mutex_);
    noted = std::exchange(noted_, {});
  }
  for (const folded_heads& each : noted) {
    checkpoint_.recovered(each.partition, each.heads);
    checkpoint_.recovered(each.records);
  }
}

void replica_writer::begin_checkpoint() {
  store_.environment->forget_dead_readers();
  // In this order: what is noted is noted before it counts as folded, so none is missed.
  const std::uint64_t upto = all_folded_upto();
  take_notes();
  checkpoint_.begin(upto);
}

void replica_writer::write_waiting() {
  if (wanted_bytes_ != 0) {
    if (!has_room(*store_.environment, wanted_bytes_)) return;
    wanted_bytes_ = 0;
  }
  const auto began = time_.steady();
  const std::size_t writes = choose();
  bool with_slice = checkpoint_.running();
  result<void> done = write(writes, with_slice);
  if (!done && with_slice && done.error().code == errc::disk_full) {
    // The log matters more than what is saved for the next open.
    base::log(base::log_level::warning, "heads were not saved: " + done.error().message);
    checkpoint_.give_up();
    if (writes == 0) return;
    with_slice = false;
    done = write(writes, with_slice);
  }
  if (!done) {
    failed(std::move(done).error(), room_needed(writes, false));
    return;
  }
  written(writes, with_slice);
  commit_us_.record(static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(time_.steady() - began).count()));
}

// How many of those that wait go into one commit.
std::size_t replica_writer::choose() const {
  std::size_t writes = 0;
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
  for (const replica_write& write : waiting_) {
    entries += write.entries.size();
    bytes += bytes_of(write);
    if (writes > 0 && (entries > commit_entries_max || bytes > commit_bytes_max)) break;
    ++writes;
  }
  return writes;
}

std::uint64_t replica_writer::room_needed(std::size_t writes, bool with_slice) const {
  std::uint64_t bytes = commit_overhead_bytes + (with_slice ? slice_bytes_max : 0);
  for (std::size_t i = 0; i < writes; ++i) {
    // A row of `meta` for its term and vote.
    bytes += 8192;
    for (const replica_entry& entry : waiting_[i].entries) bytes += entry_room(entry.stored.size());
  }
  return bytes;
}

result<void> replica_writer::write(std::size_t writes, bool with_slice) {
  for (const partition_id id : std::exchange(changed_, {})) changes_[id.value] = {};
  const std::uint64_t room = room_needed(writes, with_slice);
  taken_since_look_ += room;
  if (auto reserved = store_.environment->reserve(room); !reserved) return reserved;
  auto transaction = lmdb_write::begin(*store_.environment);
  if (!transaction) return std::move(transaction).error();
  next_key_ = last_key_ + 1;
  for (std::size_t i = 0; i < writes; ++i) {
    if (auto done = write_one(*transaction, waiting_[i]); !done) return done;
  }
  for (const partition_id id : changed_) {
    const change& changed = changes_[id.value];
    if (!changed.note) continue;
    if (auto done = write_replica_note(*transaction, store_.tables, id, *changed.note); !done) {
      return done;
    }
  }
  if (with_slice) {
    if (auto done = checkpoint_.write_slice(*transaction); !done) return done;
  }
  auto done = transaction->commit();
  // It may have been a sync that failed, of pages that an earlier commit rests on.
  if (!done && done.error().code == errc::disk_full && !lagging_.empty()) {
    return error{errc::io_error, done.error().message};
  }
  return done;
}

result<void> replica_writer::write_one(lmdb_write& transaction, const replica_write& write) {
  change& changed = changes_[write.partition.value];
  if (std::ranges::find(changed_, write.partition) == changed_.end()) {
    changed_.push_back(write.partition);
  }
  replica_place& place = *places_[write.partition.value];
  const auto noted = [&]() -> replica_note& {
    if (!changed.note) changed.note = place.note();
    return *changed.note;
  };
  if (write.state) noted().state = *write.state;
  if (write.cut_from) {
    if (auto done = cut(transaction, write.partition, *write.cut_from, changed); !done) return done;
    if (std::ranges::any_of(place.note().members,
                            [&](std::uint64_t at) { return at >= *write.cut_from; }) ||
        changed.note) {
      std::erase_if(noted().members, [&](std::uint64_t at) { return at >= *write.cut_from; });
    }
  }
  for (const replica_entry& entry : write.entries) {
    const auto room = transaction.append(store_.tables.log, next_key_, entry.stored.size());
    if (!room) return room.error();
    std::memcpy(room->data(), entry.stored.data(), entry.stored.size());
    changed.added.push_back({.where = {.index = entry.header.index,
                                       .first = entry.header.first,
                                       .last = entry.header.last(),
                                       .key = next_key_++},
                             .stored = write.staged ? bytes_view() : entry.stored});
    if (entry.members) noted().members.push_back(entry.header.index);
  }
  changed.confirmed = std::max(changed.confirmed, write.number);
  return {};
}

// What is cut is removed, not merely outdated, so that whoever reads the log sees one log.
result<void> replica_writer::cut(lmdb_write& transaction, partition_id partition,
                                 std::uint64_t from, change& changed) {
  const auto remove = [&](const unfolded_entry& entry) -> result<void> {
    std::uint64_t key = entry.key;
    MDB_val name{sizeof key, &key};
    const int code = mdb_del(transaction.handle(), store_.tables.log, &name, nullptr);
    if (code != 0) return lmdb_error(code, "cut the log");
    return {};
  };
  while (!changed.added.empty() && changed.added.back().where.index >= from) {
    if (auto done = remove(changed.added.back().where); !done) return done;
    changed.added.pop_back();
  }
  // Below an earlier cut of the same commit there is still what that one left.
  const std::uint64_t until = changed.cut_from.value_or(UINT64_MAX);
  for (const unfolded_entry& entry : places_[partition.value]->tail.from(from)) {
    if (entry.index < from || entry.index >= until) continue;
    if (auto done = remove(entry); !done) return done;
  }
  changed.cut_from = std::min(until, from);
  return {};
}

void replica_writer::written(std::size_t writes, bool with_slice) {
  if (with_slice) {
    checkpoint_.slice_committed();
    if (!checkpoint_.running()) checkpoints_.add();
  }
  if (writes == 0) return;
  last_key_ = next_key_ - 1;
  for (std::size_t i = 0; i < writes; ++i) {
    bytes_.add(bytes_of(waiting_[i]));
    for (const replica_entry& entry : waiting_[i].entries) records_.add(entry.header.records);
  }
  commits_.add();
  std::vector<numbered_write> confirmed;
  bool changed_store = false;
  for (const partition_id id : changed_) {
    change& changed = changes_[id.value];
    replica_place& place = *places_[id.value];
    changed_store = changed_store || changed.note || changed.cut_from || !changed.added.empty();
    if (changed.cut_from) {
      place.tail.cut(*changed.cut_from);
      unfolded_.forget(id);
    }
    for (const added_entry& added : changed.added) {
      place.tail.add(added.where);
      if (!added.stored.empty()) unfolded_.add(id, added.where.key, added.stored);
    }
    if (changed.note) place.note(std::move(*changed.note));
    if (changed.confirmed > 0) confirmed.push_back({id, changed.confirmed});
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(writes));
  if (acknowledged_ == durability::synced) return confirm(confirmed);
  // A commit that changed nothing has synced nothing.
  if (changed_store) confirm(std::exchange(lagging_, {}));
  lagging_.insert(lagging_.end(), confirmed.begin(), confirmed.end());
}

void replica_writer::confirm(const std::vector<numbered_write>& durable) {
  for (const numbered_write& each : durable) listener_->written(each.partition, each.number);
}

result<void> replica_writer::sync() {
  if (auto done = store_.environment->sync(); !done) return done;
  confirm(std::exchange(lagging_, {}));
  return {};
}

void replica_writer::failed(error why, std::uint64_t room) {
  if (checkpoint_.running()) checkpoint_.give_up();
  // That there is no room for this commit says nothing of the one before it.
  if (why.code == errc::disk_full && !lagging_.empty()) {
    if (auto done = sync(); !done) why = std::move(done).error();
  }
  lagging_.clear();
  if (why.code == errc::disk_full) {
    base::log(base::log_level::error, "writes wait for room: " + why.message);
    wanted_bytes_ = room;
    return;
  }
  base::log(base::log_level::error,
            "the outcome of a commit is not known, nothing is written until the store is opened "
            "again: " +
                why.message);
  failed_ = true;
  listener_->storage_failed(why);
}

void replica_writer::fold_ordered() {
  for (const fold_order& order : std::exchange(folds_, {})) fold_one(order);
}

void replica_writer::fold_one(const fold_order& order) {
  replica_place& place = *places_[order.partition.value];
  bool moved = false;
  while (const auto next = place.tail.oldest(order.up_to)) {
    if (auto damage = fold_entry(order.partition, *next)) {
      base::log(base::log_level::error, "partition " + std::to_string(order.partition.value) +
                                            " is stopped on this node: " + damage->message);
      unfolded_.forget(order.partition);
      listener_->damaged(order.partition, *damage);
      return;
    }
    moved = true;
  }
  if (moved) moved_(order.partition);
  listener_->folded(order.partition, place.tail.folded());
}

// The copy of it, or else what stands in the store.
result<bytes> replica_writer::take_unfolded(partition_id partition, const unfolded_entry& where) {
  if (auto kept = unfolded_.take(partition, where.key)) return *std::move(kept);
  const auto transaction = store_.environment->read();
  if (!transaction) return transaction.error();
  const auto stored = transaction->get(store_.tables.log, log_key(where.key));
  if (!stored) return stored.error();
  if (*stored) return bytes((*stored)->begin(), (*stored)->end());
  return error{errc::corrupt, "entry " + std::to_string(where.index) + " of the log is gone",
               where.first.value};
}

std::optional<error> replica_writer::fold_entry(partition_id partition,
                                                const unfolded_entry& where) {
  const stored_partition& home = partitions_[partition.value];
  const auto damage = [&](error why) {
    home.state->with([&](partition_state& p) { p.damage = why; });
    return std::optional(std::move(why));
  };
  const auto stored = take_unfolded(partition, where);
  if (!stored) return damage(stored.error());
  const auto entry = messages::entry::open(*stored);
  if (!entry) return damage(entry.error());
  if (entry->header().index != where.index || entry->header().first != where.first ||
      entry->header().partition != partition) {
    return damage({errc::corrupt,
                   "another entry stands where entry " + std::to_string(where.index) +
                       " of the log was written",
                   where.first.value});
  }
  std::vector<aggregate_hash> heads;
  auto failed = home.state->with([&](partition_state& p) -> std::optional<error> {
    if (p.damage) return p.damage;
    if (auto why = p.log.adopt(*entry, store_.meta.hash_seed, heads)) {
      p.damage = why;
      return why;
    }
    // A reader that sees the new end must find the way to it.
    home.entries->tail().add({where.first, where.key});
    places_[partition.value]->tail.fold_oldest();
    return {};
  });
  if (failed) return failed;
  checkpoint_.recovered(partition, heads);
  checkpoint_.recovered(std::uint64_t{entry->header().records});
  return {};
}

// Up to which key heads and places know of everything.
std::uint64_t replica_writer::all_folded_upto() const {
  std::uint64_t upto = last_key_;
  for (const auto& place : places_) {
    if (const auto next = place->tail.oldest(UINT64_MAX)) upto = std::min(upto, next->key - 1);
  }
  return upto;
}

}  // namespace reprise::persistence
