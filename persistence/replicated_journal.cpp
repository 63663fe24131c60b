// SPDX-License-Identifier: Apache-2.0
#include "persistence/replicated_journal.hpp"

#include "base/assert.hpp"
#include "persistence/disk_room.hpp"
#include "persistence/lmdb_schema_store.hpp"
#include "persistence/lone_store.hpp"
#include "persistence/writer_thread.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace reprise::persistence {

result<std::unique_ptr<replicated_journal>> replicated_journal::open(
    const store_options& options, metrics& measured, const base::clock& time,
    std::unique_ptr<writer_drive> drive) {
  auto store = open_store(options, store_kind::replica, time);
  if (!store) return std::move(store).error();
  auto found = recover_to_write(**store);
  if (!found) return std::move(found).error();
  if (!(*store)->meta.of_replica) {
    auto fine = check_can_be_shared(options.directory, **store, *found);
    if (!fine) return std::move(fine).error();
  }
  std::unique_ptr<replicated_journal> journal(new replicated_journal(options, std::move(*store)));
  if (!drive) drive = std::make_unique<writer_thread>();
  if (auto connected = journal->connect(*found, options, measured, time, std::move(drive));
      !connected) {
    return std::move(connected).error();
  }
  return journal;
}

replicated_journal::replicated_journal(const store_options& options,
                                       std::unique_ptr<opened_store> store)
    : partitioned_journal(options.limits, store->meta.hash_seed),
      durability_(options.acknowledged),
      store_(std::move(store)) {}

result<void> replicated_journal::connect(recovered_store& found, const store_options& options,
                                         metrics& measured, const base::clock& time,
                                         std::unique_ptr<writer_drive> drive) {
  const auto transaction = store_->environment->read();
  if (!transaction) return transaction.error();
  std::vector<folded_partition>& folded = found.fold.partitions();
  for (std::uint32_t i = 0; i < folded.size(); ++i) {
    auto place = std::make_unique<replica_place>();
    std::deque<unfolded_entry> behind;
    for (const held_entry& held : folded[i].held) {
      behind.push_back({.index = held.header.index,
                        .first = held.header.first,
                        .last = held.header.last(),
                        .key = held.key});
    }
    place->tail.restore(folded[i].tail.index, std::move(behind));
    auto note = read_replica_note(*transaction, store_->tables, {i});
    if (note) {
      place->note(std::move(*note));
    } else if (!folded[i].damage) {
      folded[i].damage = note.error();
    }
    places_.push_back(std::move(place));
  }
  take_partitions(make_partitions(*store_, found, limits(), stored_));
  takes_appends_.resize(stored_.size());
  last_key_ = found.fold.last_key();
  writer_ = std::make_unique<replica_writer>(
      *store_, stored_, places_, options,
      [this](partition_id partition) { committed_moved(partition); }, measured, time,
      std::move(drive));
  note_recovered(found, writer_->checkpoint());
  return {};
}

replicated_journal::~replicated_journal() {
  replicated_journal::close();
}

std::unique_ptr<schema_store> replicated_journal::schemas() {
  return std::make_unique<lmdb_schema_store>(*store_->environment, store_->tables);
}

std::array<std::byte, 16> replicated_journal::uuid() const {
  return store_->meta.uuid;
}

result<bytes> replicated_journal::cluster_note() const {
  const auto transaction = store_->environment->read();
  if (!transaction) return transaction.error();
  return read_cluster_note(*transaction, store_->tables);
}

result<void> replicated_journal::save_cluster_note(bytes_view note) {
  auto transaction = lmdb_write::begin(*store_->environment);
  if (!transaction) return std::move(transaction).error();
  if (auto put = write_cluster_note(*transaction, store_->tables, note); !put) return put;
  return commit_durably(*transaction);
}

// Beside the writer, which confirms later, and only what is its own.
result<void> replicated_journal::commit_durably(lmdb_write& transaction) {
  if (auto done = transaction.commit(); !done) return done;
  return durability_ == durability::synced ? result<void>() : store_->environment->sync();
}

result<void> replicated_journal::begin(bytes_view note, std::span<const replica_entry> members) {
  constexpr std::uint64_t row_room = 8192;
  std::uint64_t room = commit_overhead_bytes + entry_room(note.size());
  for (const replica_entry& entry : members) room += row_room + entry_room(entry.stored.size());
  if (auto reserved = store_->environment->reserve(room); !reserved) return reserved;
  auto transaction = lmdb_write::begin(*store_->environment);
  if (!transaction) return std::move(transaction).error();
  const auto note_of = [](const replica_entry& entry) {
    return replica_note{.state = {.term = entry.header.term}, .members = {entry.header.index}};
  };
  std::uint64_t key = last_key_;
  for (const replica_entry& entry : members) {
    const auto place = transaction->append(store_->tables.log, ++key, entry.stored.size());
    if (!place) return place.error();
    std::ranges::copy(entry.stored, place->begin());
    auto noted =
        write_replica_note(*transaction, store_->tables, entry.header.partition, note_of(entry));
    if (!noted) return noted;
  }
  if (auto put = write_cluster_note(*transaction, store_->tables, note); !put) return put;
  store_meta meta = store_->meta;
  meta.of_replica = true;
  if (auto put = write_store_meta(*transaction, store_->tables.meta, meta); !put) return put;
  if (auto done = commit_durably(*transaction); !done) return done;

  store_->meta = meta;
  for (const replica_entry& entry : members) {
    replica_place& place = *places_[entry.header.partition.value];
    place.tail.add({.index = entry.header.index,
                    .first = entry.header.first,
                    .last = entry.header.last(),
                    .key = ++last_key_});
    place.note(note_of(entry));
  }
  return {};
}

void replicated_journal::start(replica_listener& driver) {
  driver_ = &driver;
  writer_->start(last_key_, driver);
}

std::optional<error> replicated_journal::refusal(partition_id partition) {
  if (closed_.load(std::memory_order_acquire)) {
    return error{errc::stopped, "the journal is closed"};
  }
  if (writer_->full()) {
    return error{errc::disk_full, "there is little room left in the store, or on its disk"};
  }
  if (takes_appends_[partition.value] == 0) {
    return error{errc::unavailable,
                 "this node does not lead partition " + std::to_string(partition.value),
                 led_elsewhere};
  }
  return {};
}

void replicated_journal::close() {
  if (closed_.exchange(true)) return;
  const error stopped{errc::stopped, "the journal was closed before the commit"};
  abandon_staged({errc::commit_unknown, stopped.message}, stopped);
  writer_->stop();
}

std::optional<error> replicated_journal::damage(partition_id partition) const {
  return stored_[partition.value].state->with([](const partition_state& p) { return p.damage; });
}

position replicated_journal::stored(partition_id partition) const {
  const replica_tail& tail = places_[partition.value]->tail;
  const auto newest = tail.find(tail.last());
  return newest ? newest->last : committed(partition);
}

result<bytes> replicated_journal::read_entry(partition_id partition, std::uint64_t index) const {
  const replica_place& place = *places_[partition.value];
  const stored_partition& home = stored_[partition.value];
  const auto copy = [](bytes_view view) { return bytes(view.begin(), view.end()); };
  if (const auto unfolded = place.tail.find(index)) {
    const auto transaction = store_->environment->read();
    if (!transaction) return transaction.error();
    const auto stored = transaction->get(store_->tables.log, log_key(unfolded->key));
    if (!stored) return stored.error();
    // It may have been cut meanwhile.
    if (!*stored) return error{errc::not_found, "the entry is gone"};
    return copy(**stored);
  }
  if (index == 0 || index > place.tail.folded()) {
    return error{errc::not_found, "there is no entry " + std::to_string(index)};
  }
  // Folded entries are found by position; index and position grow together.
  const auto session = home.entries->begin();
  if (!session) return session.error();
  std::uint64_t low = 1;
  std::uint64_t high = committed(partition).value;
  while (low <= high) {
    const std::uint64_t middle = low + (high - low) / 2;
    const auto stored = (*session)->entry_holding({middle});
    if (!stored) return stored.error();
    const messages::entry_header header = messages::entry::claimed_header(*stored);
    if (header.index == index) return copy(*stored);
    if (header.first.value > middle || header.last().value < middle) break;
    if (header.index < index) {
      low = header.last().value + 1;
    } else {
      high = header.first.value - 1;
    }
  }
  return error{errc::corrupt, "entry " + std::to_string(index) + " of partition " +
                                  std::to_string(partition.value) + " is not where it should be"};
}

void replicated_journal::open_for_appends(partition_id partition) {
  REPRISE_ASSERT(last_index(partition) == folded_index(partition),
                 "appends rest on all that is in the log");
  stored_[partition.value].state->with(
      [&](partition_state&) { takes_appends_[partition.value] = 1; });
}

void replicated_journal::close_for_appends(partition_id partition, const error& taken,
                                           const error& rest) {
  journal_partition& home = *stored_[partition.value].state;
  home.with([&](partition_state& p) {
    takes_appends_[partition.value] = 0;
    settled(p.log.lost(taken, rest));
    p.queued = false;
  });
  home.hand_out();
}

const staged_entry* replicated_journal::take_staged(partition_id partition) {
  return stored_[partition.value].state->with([](partition_state& p) {
    const staged_entry* const taken = p.log.take();
    if (taken == nullptr) p.queued = false;
    return taken;
  });
}

void replicated_journal::commit_staged(partition_id partition, std::uint64_t up_to) {
  const stored_partition& home = stored_[partition.value];
  replica_tail& tail = places_[partition.value]->tail;
  bool moved = false;
  home.state->with([&](partition_state& p) {
    while (const auto next = tail.oldest(up_to)) {
      const staged_entry* const entry = p.log.oldest();
      REPRISE_ASSERT(entry != nullptr && entry->header.index == next->index,
                     "while a partition takes appends, only those are committed");
      std::vector<aggregate_hash> heads;
      heads.reserve(entry->heads.size());
      for (const auto& [aggregate, head] : entry->heads) heads.push_back(aggregate);
      writer_->note_folded(partition, std::move(heads), entry->header.records);
      // A reader that sees the new end must find the way to it.
      home.entries->tail().add({next->first, next->key});
      tail.fold_oldest();
      settled(p.log.committed());
      moved = true;
    }
  });
  if (!moved) return;
  committed_moved(partition);
  home.state->hand_out();
}

}  // namespace reprise::persistence
