// SPDX-License-Identifier: Apache-2.0
#include "actors/storage.hpp"

#include "cluster/log_entry.hpp"
#include "consumers/group_rows.hpp"
#include "persistence/live_survey.hpp"
#include "persistence/lmdb_checkpoint_store.hpp"
#include "persistence/lmdb_journal.hpp"
#include "persistence/lmdb_snapshot_store.hpp"
#include "persistence/memory_checkpoint_store.hpp"
#include "persistence/memory_journal.hpp"
#include "persistence/memory_row_store.hpp"
#include "persistence/memory_schema_store.hpp"
#include "persistence/memory_snapshot_store.hpp"
#include "persistence/options.hpp"
#include "persistence/sealing_journal.hpp"
#include "persistence/sealing_snapshot_store.hpp"

#include <atomic>
#include <type_traits>
#include <utility>

namespace reprise::actors {
namespace {

void seal_behind(std::unique_ptr<persistence::sealing> seals, node_storage& of) {
  of.seals = std::move(seals);
  of.events = std::make_unique<persistence::sealing_journal>(std::move(of.events), *of.seals);
  of.snapshots =
      std::make_unique<persistence::sealing_snapshot_store>(std::move(of.snapshots), *of.seals);
}

}  // namespace

result<node_storage> storage_in_memory(const node_options& options, std::uint64_t hash_seed,
                                       const base::clock& time) {
  auto events = persistence::memory_journal::open(
      {.partitions = options.partitions == 0 ? persistence::partitions_default : options.partitions,
       .limits = {.payload_bytes_max = options.payload_bytes_max},
       .hash_seed = hash_seed});
  if (!events) return std::move(events).error();
  node_storage storage{.seals = nullptr,
                       .events = std::move(*events),
                       .snapshots = std::make_unique<persistence::memory_snapshot_store>(),
                       .schemas = std::make_unique<persistence::memory_schema_store>(),
                       .survey = nullptr,
                       .open_consumers = []() -> result<consumer_stores> {
                         return consumer_stores{
                             std::make_unique<persistence::memory_checkpoint_store>(),
                             std::make_unique<persistence::memory_row_store>()};
                       }};
  seal_behind(std::make_unique<persistence::sealing>(persistence::subject_keys::in_memory(time)),
              storage);
  return storage;
}

namespace {

persistence::store_options store_of(const node_options& options) {
  return {.directory = options.data,
          .partitions = options.partitions,
          .limits = {.payload_bytes_max = options.payload_bytes_max},
          .map_size_bytes = options.log_bytes_max,
          .acknowledged = options.durability};
}

template <class Journal>
result<node_storage> beside(std::unique_ptr<Journal> events, const node_options& options,
                            const persistence::store_options& store) {
  auto snapshots = persistence::lmdb_snapshot_store::open(store);
  if (!snapshots) return std::move(snapshots).error();
  std::unique_ptr<persistence::schema_store> schemas = events->schemas();
  // Opened with the first consumer, and there until the node is gone.
  const auto consumers =
      std::make_shared<std::atomic<const persistence::lmdb_checkpoint_store*>>(nullptr);
  std::unique_ptr<persistence::store_survey> survey;
  if constexpr (std::is_same_v<Journal, persistence::replicated_journal>) {
    survey = std::make_unique<persistence::live_survey>(
        store.directory, *events, **snapshots,
        [consumers] { return consumers->load(std::memory_order_acquire); });
  }
  return node_storage{.seals = nullptr,
                      .events = std::move(events),
                      .snapshots = std::move(*snapshots),
                      .schemas = std::move(schemas),
                      .survey = std::move(survey),
                      .open_consumers = [directory = store.directory, room = options.rows_bytes_max,
                                         consumers]() -> result<consumer_stores> {
                        auto opened = persistence::lmdb_checkpoint_store::open(directory, room);
                        if (!opened) return std::move(opened).error();
                        consumers->store(opened->get(), std::memory_order_release);
                        auto rows = (*opened)->rows();
                        return consumer_stores{std::move(*opened), std::move(rows)};
                      }};
}

}  // namespace

result<node_storage> storage_on_disk(const node_options& options, metrics& measured,
                                     const base::clock& time) {
  const persistence::store_options store = store_of(options);
  // Who commits needs the keys, and they may be read once the store is locked, which the journal
  // does; so they come in between.
  const auto keys = std::make_shared<std::atomic<persistence::subject_keys*>>(nullptr);
  auto events = persistence::lmdb_journal::open(store, measured, time, [keys]() -> result<void> {
    persistence::subject_keys* const known = keys->load(std::memory_order_acquire);
    return known == nullptr ? result<void>{} : known->make_durable();
  });
  if (!events) return std::move(events).error();
  auto opened = persistence::subject_keys::open(store.directory, time);
  if (!opened) return std::move(opened).error();
  keys->store(opened->get(), std::memory_order_release);
  auto seals = std::make_unique<persistence::sealing>(std::move(*opened));
  auto storage = beside(std::move(*events), options, store);
  if (storage) seal_behind(std::move(seals), *storage);
  return storage;
}

namespace {

// A node alone keeps in rows how far its groups have come; in a cluster they look for it in the
// log.
result<void> check_keeps_no_groups(const std::filesystem::path& directory) {
  const auto consumers = persistence::lmdb_checkpoint_store::open_to_read(directory);
  if (!consumers) {
    if (consumers.error().code == errc::not_found) return {};
    return consumers.error();
  }
  const auto names = (*consumers)->rows()->names();
  if (!names) return names.error();
  for (const std::string& name : *names) {
    const auto group = consumers::group_of_rows(name);
    if (!group) continue;
    return error{errc::incompatible,
                 directory.string() + " was written by a node that stood alone, whose group " +
                     *group +
                     " would begin anew in a cluster; end its work and drop it first "
                     "(node::drop_group)"};
  }
  return {};
}

}  // namespace

result<node_storage> storage_of_replicas(const node_options& options, metrics& measured,
                                         const base::clock& time) {
  persistence::store_options store = store_of(options);
  store.limits.entry_bytes_usual = cluster::entry_bytes_usual;
  auto events = persistence::replicated_journal::open(store, measured, time);
  if (!events) return std::move(events).error();
  persistence::replicated_journal* const replicas = events->get();
  if (replicas->stands_alone()) {
    if (auto fine = check_keeps_no_groups(store.directory); !fine) return std::move(fine).error();
  }
  auto storage = beside(std::move(*events), options, store);
  if (storage) storage->replicas = replicas;
  return storage;
}

}  // namespace reprise::actors
