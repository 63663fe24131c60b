// SPDX-License-Identifier: Apache-2.0
#include "consumers/group_rows.hpp"
#include "consumers/parked_orders.hpp"
#include "consumers/stored_groups.hpp"
#include "persistence/inspected_files.hpp"
#include "persistence/lmdb_checkpoint_store.hpp"
#include "persistence/record_envelope.hpp"
#include "persistence/store_directory.hpp"

#include <reprise/group_store.hpp>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <tuple>
#include <utility>

namespace reprise {
namespace {

// With whose event it is, where the log has that still and undamaged: what nobody can read must be
// seen, and skipped, too.
result<parked_event> in_the_log(const persistence::inspected_log& log,
                                const group_parked_event& parked) {
  parked_event out{.partition = parked.partition,
                   .at = parked.at,
                   .cause = parked.cause,
                   .attempts = parked.assignments,
                   .first_tried = parked.parked_at,
                   .last_tried = parked.parked_at};
  const auto page = log.scan(parked.partition, {.from = parked.at, .limit = 1, .window = 1},
                             [&](const persistence::stored_record& record) {
                               out.aggregate = persistence::aggregate_of(record);
                               out.sequence = record.sequence;
                               return false;
                             });
  if (!page && page.error().code != errc::corrupt) return page.error();
  return out;
}

// By aggregate and in the order of its events.
result<std::vector<parked_event>> listed(const persistence::inspected_log& log,
                                         const persistence::row_snapshot& rows) {
  const auto parked = consumers::parked_in(rows);
  if (!parked) return parked.error();
  std::vector<parked_event> out;
  out.reserve(parked->size());
  for (const group_parked_event& one : *parked) {
    auto found = in_the_log(log, one);
    if (!found) return std::move(found).error();
    out.push_back(std::move(*found));
  }
  std::ranges::stable_sort(out, {},
                           [](const parked_event& e) { return std::tie(e.aggregate, e.sequence); });
  return out;
}

}  // namespace

result<std::unique_ptr<persistence::row_snapshot>> group_store::opened::read(
    const std::string& name) const {
  const error unknown{errc::not_found, "nothing is stored of a group " + name};
  if (!rows) return unknown;
  auto found = rows->read(consumers::group_rows(name));
  if (!found) return std::move(found).error();
  const auto taken = (*found)->taken_at();
  if (!taken) return taken.error();
  if (!*taken) return unknown;
  return found;
}

result<stored_group> group_store::opened::look_at(const std::string& name) const {
  const auto stored = read(name);
  if (!stored) return stored.error();
  const auto taken = (*stored)->taken_at();
  if (!taken) return taken.error();
  const auto parked = consumers::parked_in(**stored);
  if (!parked) return parked.error();
  const auto ordered = consumers::ordered_in(**stored);
  if (!ordered) return ordered.error();
  stored_group out{.name = name,
                   .parked = parked->size(),
                   .ordered = ordered->size(),
                   .cursors = (*taken)->cursors};
  for (std::uint32_t i = 0; i < log->partitions(); ++i) {
    const auto last = log->committed({i});
    if (!last) return last.error();
    const auto known =
        std::ranges::find(out.cursors, partition_id{i}, &partition_cursor::partition);
    const std::uint64_t through = known == out.cursors.end() ? 0 : known->through.value;
    if (last->value > through) out.lag_events += last->value - through;
  }
  return out;
}

group_store::group_store(std::unique_ptr<opened> store) : store_(std::move(store)) {}
group_store::group_store(group_store&&) noexcept = default;
group_store& group_store::operator=(group_store&&) noexcept = default;
group_store::~group_store() = default;

result<group_store> group_store::open(const std::string& directory) {
  auto log = persistence::inspected_files::open(directory);
  if (!log) return std::move(log).error();
  auto store = std::make_unique<opened>();
  store->log = std::move(*log);
  auto kept = persistence::lmdb_checkpoint_store::open_to_read(directory);
  if (kept) {
    store->rows = (*kept)->rows();
    store->rows_live_in = std::move(*kept);
  } else if (kept.error().code != errc::not_found) {
    return std::move(kept).error();
  }
  return group_store(std::move(store));
}

result<std::vector<stored_group>> group_store::list() const {
  std::vector<stored_group> out;
  if (!store_->rows) return out;
  const auto names = store_->rows->names();
  if (!names) return names.error();
  for (const std::string& stored : *names) {
    const auto name = consumers::group_of_rows(stored);
    if (!name) continue;
    auto found = store_->look_at(*name);
    if (!found) return std::move(found).error();
    out.push_back(std::move(*found));
  }
  return out;
}

result<std::vector<parked_event>> group_store::parked(const std::string& name) const {
  const auto stored = store_->read(name);
  if (!stored) return stored.error();
  return listed(*store_->log, **stored);
}

// ---- what is changed

struct group_orders::opened {
  std::string directory;
  std::string name;
  persistence::store_lock lock;
  std::unique_ptr<persistence::lmdb_checkpoint_store> kept;
  std::unique_ptr<persistence::row_store> rows;

  // Through the rows that are open here: a process must not open them twice.
  result<std::vector<parked_event>> parked() const {
    const auto log = persistence::inspected_files::open(directory);
    if (!log) return log.error();
    const auto stored = rows->read(consumers::group_rows(name));
    if (!stored) return stored.error();
    return listed(**log, **stored);
  }
  // The checkpoint stays.
  result<void> commit(const persistence::row_changes& changes) const {
    const auto stored = rows->read(consumers::group_rows(name));
    if (!stored) return stored.error();
    const auto taken = (*stored)->taken_at();
    if (!taken) return taken.error();
    return rows->commit(consumers::group_rows(name), changes,
                        taken->value_or(persistence::checkpoint{}));
  }
};

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
    if (auto there = store->parked(name); !there) return std::move(there).error();
  }
  std::error_code failure;
  const auto size =
      std::filesystem::file_size(std::filesystem::path(directory) / "consumers/data.mdb", failure);
  if (failure) return error{errc::io_error, directory + "/consumers: " + failure.message()};
  auto kept = persistence::lmdb_checkpoint_store::open(directory, persistence::map_bytes_for(size));
  if (!kept) return std::move(kept).error();
  auto rows = (*kept)->rows();
  return group_orders(std::make_unique<opened>(opened{.directory = directory,
                                                      .name = name,
                                                      .lock = std::move(*lock),
                                                      .kept = std::move(*kept),
                                                      .rows = std::move(rows)}));
}

result<std::vector<aggregate_key>> group_orders::retry(const parked_choice& choice) {
  const auto parked = store_->parked();
  if (!parked) return parked.error();
  auto chosen = consumers::chosen_queues(*parked, choice);
  persistence::row_changes changes;
  for (const parked_event& e : *parked) {
    if (std::ranges::find(chosen, e.aggregate) == chosen.end()) continue;
    consumers::note_ordered({e.partition, e.at}, changes);
  }
  if (auto done = store_->commit(changes); !done) return std::move(done).error();
  return chosen;
}

result<parked_event> group_orders::skip(const aggregate_key& aggregate) {
  const auto parked = store_->parked();
  if (!parked) return parked.error();
  const auto first = std::ranges::find(*parked, aggregate, &parked_event::aggregate);
  if (first == parked->end()) {
    return error{errc::not_found,
                 "nothing of " + aggregate.id + " is parked in the group " + store_->name};
  }
  persistence::row_changes changes;
  consumers::forget_parked({first->partition, first->at}, changes);
  if (auto done = store_->commit(changes); !done) return std::move(done).error();
  return *first;
}

result<std::uint64_t> group_orders::skip_all() {
  const auto parked = store_->parked();
  if (!parked) return parked.error();
  persistence::row_changes changes;
  for (const parked_event& e : *parked) {
    consumers::forget_parked({e.partition, e.at}, changes);
  }
  if (auto done = store_->commit(changes); !done) return std::move(done).error();
  return std::uint64_t{parked->size()};
}

}  // namespace reprise
