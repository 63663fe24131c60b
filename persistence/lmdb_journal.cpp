// SPDX-License-Identifier: Apache-2.0
#include "persistence/lmdb_journal.hpp"

#include "persistence/commit_writer.hpp"
#include "persistence/lmdb_schema_store.hpp"
#include "persistence/opened_store.hpp"

#include <utility>

namespace reprise::persistence {

// Members in the order in which they come to be; they go in the opposite one.
struct lmdb_journal::store {
  std::unique_ptr<opened_store> files;
  commit_writer::options writing;
  std::function<result<void>()> founded;
  // Points into the partitions of the journal.
  std::vector<stored_partition> partitions;
  std::unique_ptr<commit_writer> writer;
};

result<std::unique_ptr<lmdb_journal>> lmdb_journal::open(const store_options& options,
                                                         metrics& measured, const base::clock& time,
                                                         std::function<result<void>()> founded) {
  auto files = open_store(options, store_kind::alone, time);
  if (!files) return std::move(files).error();
  auto found = recover_to_write(**files);
  if (!found) return std::move(found).error();
  auto opened = std::make_unique<store>();
  opened->files = std::move(*files);
  opened->writing = {.checkpoint_records = options.checkpoint_records,
                     .acknowledged = options.acknowledged};
  opened->founded = std::move(founded);
  std::unique_ptr<lmdb_journal> journal(new lmdb_journal(options, std::move(opened)));
  journal->connect(*found, measured, time);
  return journal;
}

lmdb_journal::lmdb_journal(const store_options& options, std::unique_ptr<store> opened)
    : partitioned_journal(options.limits, opened->files->meta.hash_seed),
      store_(std::move(opened)) {}

void lmdb_journal::connect(recovered_store& recovered, metrics& measured, const base::clock& time) {
  store& s = *store_;
  take_partitions(make_partitions(*s.files, recovered, limits(), s.partitions));

  const commit_writer::callbacks here{
      .settled = [this](std::uint64_t bytes) { settled(bytes); },
      .moved = [this](partition_id partition) { committed_moved(partition); },
      .lost = [this](const error& taken, const error& rest) { abandon_staged(taken, rest); },
      .founded = std::move(s.founded)};
  s.writer = std::make_unique<commit_writer>(*s.files->environment, s.files->tables, s.partitions,
                                             s.writing, here, measured, time);
  note_recovered(recovered, s.writer->checkpoint());
  s.writer->start(recovered.fold.last_key());
}

lmdb_journal::~lmdb_journal() {
  lmdb_journal::close();
}

std::unique_ptr<schema_store> lmdb_journal::schemas() {
  return std::make_unique<lmdb_schema_store>(*store_->files->environment, store_->files->tables);
}

std::array<std::byte, 16> lmdb_journal::uuid() const {
  return store_->files->meta.uuid;
}

std::optional<error> lmdb_journal::refusal(partition_id /*partition*/) {
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
