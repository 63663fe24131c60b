// SPDX-License-Identifier: Apache-2.0
#include "persistence/lmdb_journal.hpp"

#include "base/log.hpp"
#include "persistence/commit_writer.hpp"
#include "persistence/lmdb_entries.hpp"
#include "persistence/lmdb_schema_store.hpp"
#include "persistence/recovery.hpp"
#include "persistence/store_directory.hpp"
#include "persistence/store_identity.hpp"
#include "persistence/store_tables.hpp"

#include <string>
#include <utility>

namespace reprise::persistence {
namespace {

// Recovery did without what was saved; a part of it left there would contradict what is saved next.
result<void> forget_saved(lmdb_environment& environment, const store_tables& tables) {
  auto transaction = lmdb_write::begin(environment);
  if (!transaction) return std::move(transaction).error();
  for (const MDB_dbi table : {tables.heads, tables.places}) {
    if (const int code = mdb_drop(transaction->handle(), table, 0); code != 0) {
      return lmdb_error(code, "empty a table");
    }
  }
  if (auto put = write_indexed_upto(*transaction, tables, 0); !put) return put;
  return transaction->commit();
}

}  // namespace

// Members in the order in which they come to be; they go in the opposite one.
struct lmdb_journal::store {
  explicit store(store_lock held) : lock(std::move(held)) {}

  store_lock lock;
  std::unique_ptr<lmdb_environment> environment;
  store_tables tables;
  store_meta meta;
  commit_writer::options writing;
  // Points into the partitions of the journal.
  std::vector<stored_partition> partitions;
  std::unique_ptr<commit_writer> writer;
};

result<std::unique_ptr<lmdb_journal>> lmdb_journal::open(const store_options& options,
                                                         metrics& measured,
                                                         const base::clock& time) {
  if (auto fine = persistence::check(options); !fine) return std::move(fine).error();
  const std::filesystem::path folder = options.directory / "journal";
  if (auto made = make_directory(folder); !made) return std::move(made).error();
  if (!options.force_filesystem) {
    if (auto fine = check_filesystem(folder); !fine) return std::move(fine).error();
  }
  auto lock = store_lock::take(options.directory);
  if (!lock) return std::move(lock).error();
  if (auto cleared = discard_replacements(options.directory); !cleared) {
    return std::move(cleared).error();
  }
  auto opened = std::make_unique<store>(std::move(*lock));

  auto environment =
      lmdb_environment::open({.directory = folder,
                              .map_size_bytes = options.map_size_bytes,
                              .may_lose_last_commits = options.acknowledged == durability::lagged});
  if (!environment) return std::move(environment).error();
  opened->environment = std::move(*environment);
  const std::uint32_t partitions =
      options.partitions == 0 ? partitions_default : options.partitions;
  const store_meta fresh{.partitions = partitions,
                         .uuid = draw_uuid(),
                         .hash_seed = draw_hash_seed(),
                         .created = time.now()};
  const auto meta = open_tables(*opened->environment, fresh, opened->tables);
  if (!meta) return meta.error();
  opened->meta = *meta;
  opened->writing = {.checkpoint_records = options.checkpoint_records,
                     .acknowledged = options.acknowledged};
  if (options.partitions != 0 && options.partitions != meta->partitions) {
    return error{errc::incompatible,
                 options.directory.string() + " has " + std::to_string(meta->partitions) +
                     " partitions and is to be opened with " + std::to_string(options.partitions)};
  }
  // A process that acknowledged late may have been killed with commits that are in the file, and
  // not yet on the disk. They are shown and repeated from here on, so they must be.
  if (auto synced = opened->environment->sync(); !synced) return std::move(synced).error();
  auto found = recover(*opened->environment, opened->tables, opened->meta);
  if (!found) return std::move(found).error();
  if (found->rebuilt) {
    auto forgotten = forget_saved(*opened->environment, opened->tables);
    if (!forgotten) return std::move(forgotten).error();
  }
  std::unique_ptr<lmdb_journal> journal(new lmdb_journal(options, std::move(opened)));
  journal->connect(*found, measured, time);
  return journal;
}

lmdb_journal::lmdb_journal(const store_options& options, std::unique_ptr<store> opened)
    : partitioned_journal(options.limits, opened->meta.hash_seed), store_(std::move(opened)) {}

// Builds the partitions from what was recovered and starts the writer.
void lmdb_journal::connect(recovered_store& recovered, metrics& measured, const base::clock& time) {
  store& s = *store_;
  std::vector<folded_partition>& found = recovered.fold.partitions();
  std::vector<std::unique_ptr<journal_partition>> made;
  for (std::uint32_t i = 0; i < found.size(); ++i) {
    auto entries = std::make_unique<lmdb_entries>(*s.environment, s.tables, partition_id{i});
    entries->tail().restore(std::move(found[i].places), found[i].places_saved);
    s.partitions.push_back({.state = nullptr, .entries = entries.get()});
    made.push_back(
        std::make_unique<journal_partition>(partition_id{i}, limits(), std::move(entries)));
    s.partitions.back().state = made.back().get();
    made.back()->with([&](partition_state& p) {
      p.damage = found[i].damage;
      p.log.restore(std::move(found[i].heads), found[i].tail);
    });
    if (found[i].damage) {
      base::log(base::log_level::error,
                "partition " + std::to_string(i) + " is stopped: " + found[i].damage->message);
    }
  }
  take_partitions(std::move(made));

  const commit_writer::callbacks here{
      .settled = [this](std::uint64_t bytes) { settled(bytes); },
      .moved = [this](partition_id partition) { committed_moved(partition); },
      .lost = [this](const error& taken, const error& rest) { abandon_staged(taken, rest); }};
  s.writer = std::make_unique<commit_writer>(*s.environment, s.tables, s.partitions, s.writing,
                                             here, measured, time);
  for (std::uint32_t i = 0; i < found.size(); ++i) {
    s.writer->checkpoint().recovered({i}, found[i].changed);
  }
  if (recovered.rebuilt) s.writer->checkpoint().recovered_all();
  s.writer->checkpoint().recovered(recovered.fold.records());
  s.writer->start(recovered.fold.last_key());
}

lmdb_journal::~lmdb_journal() {
  lmdb_journal::close();
}

std::unique_ptr<schema_store> lmdb_journal::schemas() {
  return std::make_unique<lmdb_schema_store>(*store_->environment, store_->tables);
}

std::array<std::byte, 16> lmdb_journal::uuid() const {
  return store_->meta.uuid;
}

std::optional<error> lmdb_journal::refusal() {
  if (closed_.load(std::memory_order_acquire)) {
    return error{errc::stopped, "the journal is closed"};
  }
  return store_->writer->refusal();
}

void lmdb_journal::staged(partition_id partition) {
  store_->writer->ready(partition);
}

void lmdb_journal::close() {
  std::call_once(closing_, [this] {
    closed_.store(true, std::memory_order_release);
    store_->writer->stop();
    // Staged between the writer's last look and now; never written.
    const error stopped{errc::stopped, "the journal was closed before the commit"};
    abandon_staged(stopped, stopped);
  });
}

}  // namespace reprise::persistence
