// SPDX-License-Identifier: Apache-2.0
#include "persistence/read_only_store.hpp"

#include "base/guarded.hpp"
#include "persistence/lmdb_entries.hpp"
#include "persistence/lmdb_schema_store.hpp"
#include "persistence/log_reader.hpp"
#include "persistence/options.hpp"
#include "persistence/recovery.hpp"
#include "persistence/store_listing.hpp"
#include "persistence/verify.hpp"

#include <string>
#include <utility>

namespace reprise::persistence {

struct read_only_store::opened {
  std::unique_ptr<lmdb_environment> environment;
  store_tables tables;
  store_meta meta;
  std::vector<std::unique_ptr<lmdb_entries>> entries;
  // What was folded up to the last refresh().
  base::guarded<std::optional<log_fold>> followed;

  // Folds what was committed meanwhile.
  result<void> refresh(log_fold& fold);
  // Calls `use(partition)` with the newest state of it.
  template <class F>
  auto fresh(partition_id id, const F& use)
      -> result<std::invoke_result_t<F, const folded_partition&>>;
};

result<void> read_only_store::opened::refresh(log_fold& fold) {
  auto followed_up = for_each_entry(*environment, tables, fold.last_key() + 1,
                                    [&](std::uint64_t key, bytes_view stored) -> result<bool> {
                                      auto added = fold.add(key, stored);
                                      if (!added) return std::move(added).error();
                                      return true;
                                    });
  for (std::uint32_t i = 0; i < meta.partitions; ++i) {
    for (const place& p : std::exchange(fold.partitions()[i].places, {})) {
      entries[i]->tail().add(p);
    }
  }
  return followed_up;
}

template <class F>
auto read_only_store::opened::fresh(partition_id id, const F& use)
    -> result<std::invoke_result_t<F, const folded_partition&>> {
  using value = std::invoke_result_t<F, const folded_partition&>;
  if (id.value >= meta.partitions) {
    return error{errc::invalid_argument, "there is no partition " + std::to_string(id.value) +
                                             ", only " + std::to_string(meta.partitions)};
  }
  return followed.with([&](std::optional<log_fold>& fold) -> result<value> {
    if (auto done = refresh(*fold); !done) return std::move(done).error();
    return use(fold->partitions()[id.value]);
  });
}

read_only_store::read_only_store(std::unique_ptr<opened> state) : state_(std::move(state)) {}
read_only_store::~read_only_store() = default;

result<std::unique_ptr<read_only_store>> read_only_store::open(
    const std::filesystem::path& directory) {
  auto environment =
      lmdb_environment::open({.directory = directory / "journal", .read_only = true});
  if (!environment) return std::move(environment).error();
  auto state = std::make_unique<opened>();
  state->environment = std::move(*environment);
  const auto meta = open_tables_to_read(*state->environment, state->tables);
  if (!meta) return meta.error();
  state->meta = *meta;
  auto found = recover(*state->environment, state->tables, *meta);
  if (!found) return std::move(found).error();
  for (std::uint32_t i = 0; i < meta->partitions; ++i) {
    folded_partition& p = found->fold.partitions()[i];
    state->entries.push_back(
        std::make_unique<lmdb_entries>(*state->environment, state->tables, partition_id{i}));
    state->entries.back()->tail().restore(std::exchange(p.places, {}), p.places_saved);
    p.changed = {};
  }
  state->followed.with([&](auto& fold) { fold.emplace(std::move(found->fold)); });
  return std::unique_ptr<read_only_store>(new read_only_store(std::move(state)));
}

std::uint32_t read_only_store::partitions() const {
  return state_->meta.partitions;
}

partition_id read_only_store::partition_of(const aggregate_key& aggregate) const {
  return persistence::partition_of(aggregate, state_->meta.partitions);
}

result<store_facts> read_only_store::facts() const {
  const lmdb_environment::sizes sizes = state_->environment->measure();
  store_facts facts{.format = state_->meta.format,
                    .partitions = state_->meta.partitions,
                    .uuid = state_->meta.uuid,
                    .created = state_->meta.created,
                    .file_bytes = sizes.file_bytes,
                    .used_bytes = sizes.used_bytes};
  return state_->followed.with([&](std::optional<log_fold>& fold) -> result<store_facts> {
    if (auto done = state_->refresh(*fold); !done) return std::move(done).error();
    for (const folded_partition& p : fold->partitions()) {
      facts.aggregates += p.heads.size();
      facts.entries += p.tail.index;
    }
    return facts;
  });
}

result<std::vector<stored_schema>> read_only_store::schemas() const {
  return lmdb_schema_store(*state_->environment, state_->tables).all();
}

result<void> read_only_store::list_tables(store_inventory& into) const {
  return persistence::list_tables(*state_->environment, state_->tables, into);
}

result<aggregate_head> read_only_store::head(const aggregate_key& aggregate) const {
  if (auto fine = check(aggregate); !fine) return std::move(fine).error();
  const aggregate_hash hash = hash_of(aggregate, state_->meta.hash_seed);
  return state_->fresh(partition_of(aggregate),
                       [&](const folded_partition& p) { return p.heads.find(hash); });
}

result<position> read_only_store::committed(partition_id partition) const {
  return state_->fresh(partition, [](const folded_partition& p) { return p.tail.last; });
}

result<aggregate_page> read_only_store::read(const aggregate_key& aggregate,
                                             const aggregate_range& range,
                                             const record_visitor& visit) const {
  if (auto fine = check(aggregate); !fine) return std::move(fine).error();
  const partition_id id = partition_of(aggregate);
  const aggregate_hash hash = hash_of(aggregate, state_->meta.hash_seed);
  const auto now = state_->fresh(
      id, [&](const folded_partition& p) { return std::pair(p.heads.find(hash), p.tail.last); });
  if (!now) return now.error();
  return log_reader(*state_->entries[id.value], id, now->second)
      .read(aggregate, now->first, range, visit);
}

result<partition_page> read_only_store::scan(partition_id partition, const partition_range& range,
                                             const record_visitor& visit) const {
  const auto last = committed(partition);
  if (!last) return last.error();
  return log_reader(*state_->entries[partition.value], partition, *last).scan(range, visit);
}

result<position> read_only_store::first_at_or_after(partition_id partition, timestamp time) const {
  const auto last = committed(partition);
  if (!last) return last.error();
  return log_reader(*state_->entries[partition.value], partition, *last).first_at_or_after(time);
}

result<verify_report> read_only_store::verify(const verify_progress& progress) const {
  return verify_log(*state_->environment, state_->tables, state_->meta, progress);
}

}  // namespace reprise::persistence
