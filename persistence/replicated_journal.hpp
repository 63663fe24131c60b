// SPDX-License-Identifier: Apache-2.0
//
// The journal of a node in a cluster: the logs of its replicas, on disk. It decides nothing of what
// is committed. Whoever drives it (cluster/replication.hpp) takes what is staged, has it proposed,
// says what is to be written and cut, and what is committed.
//
// Invariants
//  * A partition takes appends only between open_for_appends() and close_for_appends(), and while
//    it does everything in its log is folded, or was staged here.
//  * Nobody reads beyond what is committed and durable here.
// Threading: the port's methods may be called from any thread; those of the driver are called by
// one thread, which is not the writer's.

#pragma once

#include "base/clock.hpp"
#include "persistence/partitioned_journal.hpp"
#include "persistence/replica_writer.hpp"
#include "persistence/schema_store.hpp"

#include <array>
#include <atomic>
#include <memory>
#include <span>

namespace reprise::persistence {

class replicated_journal final : public partitioned_journal {
 public:
  /// Opens the store in a folder, or makes it; errors as open_store(), and for one that a node
  /// alone wrote also as check_can_be_shared(). All must outlive it. What makes its writer work is
  /// a thread, unless `drive` does.
  [[nodiscard]] static result<std::unique_ptr<replicated_journal>> open(
      const store_options& options, metrics& measured, const base::clock& time,
      std::unique_ptr<writer_drive> drive = nullptr);
  ~replicated_journal() override;

  [[nodiscard]] std::unique_ptr<schema_store> schemas();
  [[nodiscard]] std::array<std::byte, 16> uuid() const;
  /// Where it is, for those who look at it as a whole; must not outlive the journal.
  [[nodiscard]] const opened_store& opened() const { return *store_; }
  /// What the cluster's layer keeps beside the logs; see replica_note.hpp. Before start().
  [[nodiscard]] result<bytes> cluster_note() const;
  [[nodiscard]] result<void> save_cluster_note(bytes_view note);
  /// A node alone wrote it, and consensus has said nothing in it yet: all of it is committed.
  [[nodiscard]] bool stands_alone() const { return !store_->meta.of_replica; }
  /// Writes what the cluster's layer keeps, and into some logs the entry that says who takes part,
  /// in that entry's term, all in one commit: from then on the store is a replica's. Each entry
  /// must be the next one of its log, which is folded to its end. Before start(). `disk_full`.
  [[nodiscard]] result<void> begin(bytes_view note, std::span<const replica_entry> members);

  [[nodiscard]] position stored(partition_id partition) const override;
  /// Answers all that is staged with `stopped`, writes what waits, and ends the writer.
  void close() override;

  // The driver's side.

  /// Begins to write and to tell. Once.
  void start(replica_listener& driver);
  /// Why that partition takes no part, if it was found damaged.
  [[nodiscard]] std::optional<error> damage(partition_id partition) const;
  [[nodiscard]] replica_note note(partition_id partition) const {
    return places_[partition.value]->note();
  }
  /// Index of the last entry that is durable here; of the last one that heads know of.
  [[nodiscard]] std::uint64_t last_index(partition_id partition) const {
    return places_[partition.value]->tail.last();
  }
  [[nodiscard]] std::uint64_t folded_index(partition_id partition) const {
    return places_[partition.value]->tail.folded();
  }
  /// The entry with that index, from 1 to last_index(), as it stands there.
  [[nodiscard]] result<bytes> read_entry(partition_id partition, std::uint64_t index) const;

  void write(replica_write order) { writer_->push(std::move(order)); }
  void fold(partition_id partition, std::uint64_t up_to) { writer_->fold(partition, up_to); }

  /// From now on appends are taken. Everything in the log must be folded.
  void open_for_appends(partition_id partition);
  /// No longer; what is staged is lost: what was taken as `taken` says, the rest as `rest`.
  void close_for_appends(partition_id partition, const error& taken, const error& rest);
  /// The next staged entry to be proposed, or null. Stays as it is until its fate is told.
  [[nodiscard]] const staged_entry* take_staged(partition_id partition);
  /// Everything up to this entry is committed, and durable here; staged entries are answered.
  void commit_staged(partition_id partition, std::uint64_t up_to);

 private:
  replicated_journal(const store_options& options, std::unique_ptr<opened_store> store);
  [[nodiscard]] result<void> connect(recovered_store& found, const store_options& options,
                                     metrics& measured, const base::clock& time,
                                     std::unique_ptr<writer_drive> drive);
  [[nodiscard]] result<void> commit_durably(lmdb_write& transaction);
  [[nodiscard]] std::optional<error> refusal(partition_id partition) override;
  void staged(partition_id partition) override { driver_->staged(partition); }

  const durability durability_;
  const std::unique_ptr<opened_store> store_;
  // Points into the partitions.
  std::vector<stored_partition> stored_;
  std::vector<std::unique_ptr<replica_place>> places_;
  // Each guarded by its partition's lock.
  std::vector<char> takes_appends_;
  std::unique_ptr<replica_writer> writer_;
  std::uint64_t last_key_ = 0;
  replica_listener* driver_ = nullptr;
  std::atomic<bool> closed_{false};
};

}  // namespace reprise::persistence
