// SPDX-License-Identifier: Apache-2.0
//
// What people decide about parked events of a group, and how that is kept in files that no process
// has open. What is only read is in group_store.cpp.
#include "consumers/group_rows.hpp"
#include "consumers/parked_orders.hpp"
#include "consumers/stored_groups.hpp"
#include "persistence/inspected_files.hpp"
#include "persistence/lmdb_checkpoint_store.hpp"
#include "persistence/store_directory.hpp"

#include <reprise/group_store.hpp>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace reprise {
namespace {

// For whoever holds the store for itself.
class held_files final : public consumers::group_decisions {
 public:
  static result<std::unique_ptr<held_files>> open(const std::string& directory,
                                                  const std::string& name,
                                                  persistence::store_lock lock) {
    std::error_code failure;
    const auto size = std::filesystem::file_size(
        std::filesystem::path(directory) / "consumers/data.mdb", failure);
    if (failure) return error{errc::io_error, directory + "/consumers: " + failure.message()};
    auto kept =
        persistence::lmdb_checkpoint_store::open(directory, persistence::map_bytes_for(size));
    if (!kept) return std::move(kept).error();
    return std::unique_ptr<held_files>(
        new held_files(directory, name, std::move(lock), std::move(*kept)));
  }

  // Through the rows that are open here: a process must not open them twice.
  [[nodiscard]] result<std::vector<parked_event>> parked() const override {
    const auto log = persistence::inspected_files::open(directory_);
    if (!log) return log.error();
    const auto stored = rows_->read(name_);
    if (!stored) return stored.error();
    const auto parked = consumers::parked_in(**stored);
    if (!parked) return parked.error();
    return consumers::listed(**log, *parked);
  }
  [[nodiscard]] result<void> order(const std::vector<partition_cursor>& again) override {
    persistence::row_changes changes;
    for (const partition_cursor& where : again) consumers::note_ordered(where, changes);
    return commit(changes);
  }
  [[nodiscard]] result<void> skip(const std::vector<partition_cursor>& which) override {
    persistence::row_changes changes;
    for (const partition_cursor& where : which) consumers::forget_parked(where, changes);
    return commit(changes);
  }

 private:
  held_files(std::string directory, const std::string& name, persistence::store_lock lock,
             std::unique_ptr<persistence::lmdb_checkpoint_store> kept)
      : directory_(std::move(directory)),
        name_(consumers::group_rows(name)),
        lock_(std::move(lock)),
        kept_(std::move(kept)),
        rows_(kept_->rows()) {}

  // The checkpoint stays.
  [[nodiscard]] result<void> commit(const persistence::row_changes& changes) {
    const auto stored = rows_->read(name_);
    if (!stored) return stored.error();
    const auto taken = (*stored)->taken_at();
    if (!taken) return taken.error();
    return rows_->commit(name_, changes, taken->value_or(persistence::checkpoint{}));
  }

  const std::string directory_;
  const std::string name_;
  const persistence::store_lock lock_;
  const std::unique_ptr<persistence::lmdb_checkpoint_store> kept_;
  const std::unique_ptr<persistence::row_store> rows_;
};

partition_cursor place_of(const parked_event& e) {
  return {e.partition, e.at};
}

}  // namespace

group_orders::group_orders(std::unique_ptr<opened> store) : store_(std::move(store)) {}
group_orders::group_orders(group_orders&&) noexcept = default;
group_orders& group_orders::operator=(group_orders&&) noexcept = default;
group_orders::~group_orders() = default;

result<group_orders> group_orders::open(const std::string& directory, const std::string& name) {
  if (auto fine = persistence::check_is_store(directory); !fine) return std::move(fine).error();
  auto lock = persistence::store_lock::take(directory);
  if (!lock) return std::move(lock).error();
  {
    const auto store = group_store::open(directory);
    if (!store) return store.error();
    if (auto there = store->store_->read(name); !there) return std::move(there).error();
    const auto in_rows = store->store_->in_rows(name);
    if (!in_rows) return in_rows.error();
    if (!*in_rows) {
      return error{errc::invalid_argument,
                   "the group " + name +
                       " is one of a cluster: what becomes of its parked events is ordered through "
                       "any of the cluster's nodes, while those run"};
    }
  }
  auto held = held_files::open(directory, name, std::move(*lock));
  if (!held) return std::move(held).error();
  return group_orders(
      std::make_unique<opened>(opened{.name = name, .decisions = std::move(*held)}));
}

result<std::vector<aggregate_key>> group_orders::retry(const parked_choice& choice) {
  const auto parked = store_->decisions->parked();
  if (!parked) return parked.error();
  auto chosen = consumers::chosen_queues(*parked, choice);
  std::vector<partition_cursor> again;
  for (const parked_event& e : *parked) {
    if (std::ranges::find(chosen, e.aggregate) != chosen.end()) again.push_back(place_of(e));
  }
  if (auto done = store_->decisions->order(again); !done) return std::move(done).error();
  return chosen;
}

result<parked_event> group_orders::skip(const aggregate_key& aggregate) {
  const auto parked = store_->decisions->parked();
  if (!parked) return parked.error();
  const auto first = std::ranges::find(*parked, aggregate, &parked_event::aggregate);
  if (first == parked->end()) {
    return error{errc::not_found,
                 "nothing of " + aggregate.id + " is parked in the group " + store_->name};
  }
  if (auto done = store_->decisions->skip({place_of(*first)}); !done) {
    return std::move(done).error();
  }
  return *first;
}

result<std::uint64_t> group_orders::skip_all() {
  const auto parked = store_->decisions->parked();
  if (!parked) return parked.error();
  std::vector<partition_cursor> all;
  all.reserve(parked->size());
  for (const parked_event& e : *parked) all.push_back(place_of(e));
  if (auto done = store_->decisions->skip(all); !done) return std::move(done).error();
  return std::uint64_t{parked->size()};
}

}  // namespace reprise
