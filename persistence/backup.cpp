// SPDX-License-Identifier: Apache-2.0
#include "base/clock.hpp"
#include "persistence/key_file.hpp"
#include "persistence/lmdb_checkpoint_store.hpp"
#include "persistence/lmdb_environment.hpp"
#include "persistence/lmdb_journal.hpp"
#include "persistence/lmdb_snapshot_store.hpp"
#include "persistence/log_fold.hpp"
#include "persistence/pace.hpp"
#include "persistence/pending_store.hpp"
#include "persistence/recovery.hpp"
#include "persistence/store_directory.hpp"
#include "persistence/store_tables.hpp"

#include <reprise/backup.hpp>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace reprise {
namespace {

using namespace persistence;

constexpr std::uint64_t slice_bytes = std::uint64_t{4} << 20U;

/// Keeps to the rate and tells how far it has come.
class course {
 public:
  course(const backup_options& how, const progress_listener& listener)
      : pace_(how.bytes_per_second), listener_(listener), began_(time_.steady()) {}

  void copied(std::uint64_t bytes) {
    std::this_thread::sleep_for(pace_.pause_after(bytes, time_.steady() - began_));
  }
  void show(std::uint64_t done, std::uint64_t total) const {
    if (listener_) listener_({done, total});
  }
  [[nodiscard]] std::uint64_t bytes() const { return pace_.bytes(); }

 private:
  const base::system_clock time_;
  pace pace_;
  const progress_listener& listener_;
  const base::clock::instant began_;
};

using environment_result = result<std::unique_ptr<lmdb_environment>>;

environment_result open_source(const std::filesystem::path& folder) {
  return lmdb_environment::open({.directory = folder, .read_only = true});
}

environment_result open_target(const std::filesystem::path& folder, std::uint64_t map_bytes) {
  if (auto made = make_directory(folder); !made) return std::move(made).error();
  return lmdb_environment::open(
      {.directory = folder, .map_size_bytes = map_bytes, .may_lose_last_commits = true});
}

/// The rows of one table on their way, a slice in each commit of the copy.
class table_copy {
 public:
  table_copy(MDB_dbi from, lmdb_environment& to, const char* name)
      : from_(from), to_(to), name_(name) {}

  /// Copies the next rows of those that `reading` shows; returns how many bytes that were.
  [[nodiscard]] result<std::uint64_t> next(const lmdb_read& reading);
  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] std::uint64_t rows() const { return rows_; }

 private:
  const MDB_dbi from_;
  lmdb_environment& to_;
  const char* const name_;
  // The key of the last row that was copied.
  bytes last_;
  std::uint64_t rows_ = 0;
  bool done_ = false;
};

result<std::uint64_t> table_copy::next(const lmdb_read& reading) {
  auto transaction = lmdb_write::begin(to_);
  if (!transaction) return std::move(transaction).error();
  const auto target = transaction->open_table(name_, MDB_CREATE);
  if (!target) return target.error();
  std::uint64_t bytes = 0;
  auto cursor = lmdb_cursor::open(reading.handle(), from_);
  if (!cursor) return std::move(cursor).error();
  auto row = last_.empty() ? cursor->move(MDB_FIRST) : cursor->seek(last_);
  if (row && *row && std::ranges::equal((*row)->key, last_)) row = cursor->move(MDB_NEXT);
  for (; row && *row && bytes < slice_bytes; row = cursor->move(MDB_NEXT)) {
    const auto [key, value] = **row;
    if (auto put = transaction->put(*target, key, value); !put) return std::move(put).error();
    last_.assign(key.begin(), key.end());
    bytes += value.size();
    ++rows_;
  }
  if (!row) return std::move(row).error();
  if (auto done = transaction->commit(); !done) return std::move(done).error();
  done_ = !row->has_value();
  return bytes;
}

// All rows of one table, each slice in a transaction of its own, so that nobody's pages are pinned
// for long. Returns how many there were.
result<std::uint64_t> copy_table(const lmdb_environment& from, lmdb_environment& to,
                                 const char* name, course& along) {
  const auto source = from.table(name);
  if (!source) return source.error();
  table_copy copy(*source, to, name);
  while (!copy.done()) {
    const auto bytes = [&]() -> result<std::uint64_t> {
      const auto reading = from.read();
      if (!reading) return reading.error();
      return copy.next(*reading);
    }();
    if (!bytes) return bytes.error();
    along.copied(*bytes);
  }
  return copy.rows();
}

std::optional<error> damage_in(const log_fold& fold) {
  for (const folded_partition& p : fold.partitions()) {
    if (p.damage) return p.damage;
  }
  return {};
}

// The log up to `upto`, each record checked; returns what it adds up to.
result<void> copy_log(const lmdb_environment& from, const store_tables& source,
                      lmdb_environment& to, MDB_dbi log, std::uint64_t upto, log_fold& fold,
                      course& along) {
  for (std::uint64_t key = 1; key <= upto;) {
    auto transaction = lmdb_write::begin(to);
    if (!transaction) return std::move(transaction).error();
    std::uint64_t bytes = 0;
    const auto copy = [&](std::uint64_t at, bytes_view stored) -> result<bool> {
      if (at > upto) return false;
      if (auto added = fold.add(at, stored); !added) return std::move(added).error();
      const auto room = transaction->append(log, at, stored.size());
      if (!room) return room.error();
      std::memcpy(room->data(), stored.data(), stored.size());
      key = at + 1;
      bytes += stored.size();
      return bytes < slice_bytes;
    };
    if (auto copied = for_each_entry(from, source, key, copy); !copied) return copied;
    if (auto damage = damage_in(fold)) return *damage;
    if (bytes == 0) return {};
    if (auto done = transaction->commit(); !done) return done;
    // Where entries lie is found again when the copy is opened, and there may be many.
    for (folded_partition& p : fold.partitions()) p.places.clear();
    along.show(key - 1, upto);
    along.copied(bytes);
  }
  return {};
}

result<void> copy_snapshots(const std::filesystem::path& from, const std::filesystem::path& to,
                            backup_summary& summary, course& along) {
  const auto source = open_source(from / "snapshots");
  if (!source && source.error().code == errc::not_found) return {};
  if (!source) return source.error();
  const auto target = open_target(to / "snapshots", map_bytes_for((*source)->measure().used_bytes));
  if (!target) return target.error();
  const auto [snapshots, meta] = snapshot_table_names;
  const auto rows = copy_table(**source, **target, snapshots, along);
  if (!rows) return rows.error();
  summary.snapshots = *rows;
  if (auto described = copy_table(**source, **target, meta, along); !described) {
    return std::move(described).error();
  }
  return (*target)->sync();
}

// All of it in one transaction: a row, its checkpoint and the events parked behind it belong
// together. It pins what is replaced meanwhile, in the file of the consumers only.
result<void> copy_consumers(const std::filesystem::path& from, const std::filesystem::path& to,
                            backup_summary& summary, course& along) {
  const auto source = open_source(from / "consumers");
  if (!source && source.error().code == errc::not_found) return {};
  if (!source) return source.error();
  if (!(*source)->has_tables()) return {};
  const auto target = open_target(to / "consumers", map_bytes_for((*source)->measure().used_bytes));
  if (!target) return target.error();
  std::vector<table_copy> copies;
  copies.reserve(consumer_table_names.size());
  for (const char* const name : consumer_table_names) {
    const auto table = (*source)->table(name);
    if (!table) return table.error();
    copies.emplace_back(*table, **target, name);
  }
  const auto reading = (*source)->read();
  if (!reading) return reading.error();
  for (table_copy& copy : copies) {
    while (!copy.done()) {
      const auto bytes = copy.next(*reading);
      if (!bytes) return bytes.error();
      along.copied(*bytes);
    }
    summary.consumer_rows += copy.rows();
  }
  return (*target)->sync();
}

// Returns the size of the copy's map.
result<std::uint64_t> copy_journal(const std::filesystem::path& from,
                                   const std::filesystem::path& to, backup_summary& summary,
                                   course& along) {
  const auto source = open_source(from / "journal");
  if (!source) return source.error();
  store_tables tables;
  const auto meta = open_tables_to_read(**source, tables);
  if (!meta) return meta.error();
  const auto upto = last_log_key(**source, tables);
  if (!upto) return upto.error();
  const std::uint64_t map_bytes = map_bytes_for((*source)->measure().used_bytes);
  const auto target = open_target(to / "journal", map_bytes);
  if (!target) return target.error();
  store_tables copies;
  if (const auto made = open_tables(**target, *meta, copies); !made) return made.error();
  log_fold fold(meta->partitions, meta->hash_seed);
  auto copied = copy_log(**source, tables, **target, copies.log, *upto, fold, along);
  if (!copied) return std::move(copied).error();
  // After the log, so that no record is there without its schema.
  if (auto rows = copy_table(**source, **target, "schemas", along); !rows) {
    return std::move(rows).error();
  }
  if (auto synced = (*target)->sync(); !synced) return std::move(synced).error();
  summary.entries = *upto;
  summary.records = fold.records();
  return map_bytes;
}

// Opening a store saves heads and places, so that the first one who needs the copy need not wait.
result<void> save_heads(const std::filesystem::path& store, std::uint64_t map_bytes) {
  metrics measured;
  const base::system_clock time;
  const auto opened = lmdb_journal::open({.directory = store,
                                          .map_size_bytes = map_bytes,
                                          // Nobody else knows of the copy yet.
                                          .force_filesystem = true},
                                         measured, time);
  return opened ? result<void>{} : opened.error();
}

result<void> copy_store(const std::filesystem::path& from, const std::filesystem::path& partial,
                        backup_summary& summary, course& along) {
  // Before the log, so that no snapshot and no checkpoint is newer than it.
  if (auto done = copy_snapshots(from, partial, summary, along); !done) return done;
  if (auto done = copy_consumers(from, partial, summary, along); !done) return done;
  const auto map_bytes = copy_journal(from, partial, summary, along);
  if (!map_bytes) return map_bytes.error();
  // After the log, so that no event is there without its keys, unless they were destroyed.
  if (auto done = key_file::copy(from, partial); !done) return done;
  return save_heads(partial, *map_bytes);
}

}  // namespace

result<backup_summary> back_up(const std::filesystem::path& from, const std::filesystem::path& to,
                               const backup_options& how, const progress_listener& listener) {
  if (auto fine = check_is_store(from); !fine) return std::move(fine).error();
  auto pending = pending_store::begin(to, from);
  if (!pending) return std::move(pending).error();
  backup_summary summary;
  course along(how, listener);
  result<void> done = copy_store(from, pending->folder(), summary, along);
  if (done) done = pending->give_name();
  if (!done) return std::move(done).error();
  summary.copied_bytes = along.bytes();
  return summary;
}

}  // namespace reprise
