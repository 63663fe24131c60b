// SPDX-License-Identifier: Apache-2.0
#include "persistence/opened_store.hpp"

#include "base/log.hpp"
#include "persistence/lmdb_entries.hpp"
#include "persistence/store_identity.hpp"

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

result<void> check_fits(const store_options& options, store_kind kind, const store_meta& meta) {
  const std::string name = options.directory.string();
  if (options.partitions != 0 && options.partitions != meta.partitions) {
    return error{errc::incompatible, name + " has " + std::to_string(meta.partitions) +
                                         " partitions and is to be opened with " +
                                         std::to_string(options.partitions)};
  }
  if (meta.of_replica && kind == store_kind::alone) {
    return error{errc::incompatible,
                 name + " belongs to a node of a cluster and cannot be opened without it"};
  }
  return {};
}

}  // namespace

result<std::unique_ptr<opened_store>> open_store(const store_options& options, store_kind kind,
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
  auto opened = std::make_unique<opened_store>(opened_store{.lock = std::move(*lock)});

  auto environment =
      lmdb_environment::open({.directory = folder,
                              .map_size_bytes = options.map_size_bytes,
                              .may_lose_last_commits = options.acknowledged == durability::lagged});
  if (!environment) return std::move(environment).error();
  opened->environment = std::move(*environment);
  const store_meta fresh{
      .partitions = options.partitions == 0 ? partitions_default : options.partitions,
      .uuid = draw_uuid(),
      .hash_seed = draw_hash_seed(),
      .created = time.now(),
      .of_replica = kind == store_kind::replica};
  const auto meta = open_tables(*opened->environment, fresh, opened->tables);
  if (!meta) return meta.error();
  opened->meta = *meta;
  if (auto fits = check_fits(options, kind, *meta); !fits) return std::move(fits).error();
  // A process that acknowledged late may have been killed with commits that are in the file, and
  // not yet on the disk. They are shown and repeated from here on, so they must be.
  if (auto synced = opened->environment->sync(); !synced) return std::move(synced).error();
  return opened;
}

result<recovered_store> recover_to_write(opened_store& store) {
  auto found = recover(*store.environment, store.tables, store.meta);
  if (!found || !found->rebuilt) return found;
  if (auto forgotten = forget_saved(*store.environment, store.tables); !forgotten) {
    return std::move(forgotten).error();
  }
  return found;
}

std::vector<std::unique_ptr<journal_partition>> make_partitions(
    const opened_store& store, recovered_store& found, const append_limits& limits,
    std::vector<stored_partition>& stored) {
  std::vector<std::unique_ptr<journal_partition>> made;
  std::vector<folded_partition>& folded = found.fold.partitions();
  for (std::uint32_t i = 0; i < folded.size(); ++i) {
    folded_partition& from = folded[i];
    auto entries =
        std::make_unique<lmdb_entries>(*store.environment, store.tables, partition_id{i});
    entries->tail().restore(std::move(from.places), from.places_saved);
    lmdb_entries* const kept = entries.get();
    made.push_back(
        std::make_unique<journal_partition>(partition_id{i}, limits, std::move(entries)));
    stored.push_back({.state = made.back().get(), .entries = kept});
    made.back()->with([&](partition_state& p) {
      p.damage = from.damage;
      p.log.restore(std::move(from.heads), from.tail);
    });
    if (from.damage) {
      base::log(base::log_level::error,
                "partition " + std::to_string(i) + " is stopped: " + from.damage->message);
    }
  }
  return made;
}

void note_recovered(const recovered_store& found, index_checkpoint& checkpoint) {
  const auto& folded = found.fold.partitions();
  for (std::uint32_t i = 0; i < folded.size(); ++i) checkpoint.recovered({i}, folded[i].changed);
  if (found.rebuilt) checkpoint.recovered_all();
  checkpoint.recovered(found.fold.records());
}

}  // namespace reprise::persistence
