// SPDX-License-Identifier: Apache-2.0
//
// What is changed of a projection that nobody runs: versions that are forgotten, and decisions
// about parked events. What is only read is in projection_store.cpp.
#include "consumers/parked_events.hpp"
#include "consumers/parked_orders.hpp"
#include "consumers/projector.hpp"
#include "consumers/row_overlay.hpp"
#include "consumers/start_position.hpp"
#include "messages/schema_bundle.hpp"
#include "persistence/lmdb_checkpoint_store.hpp"
#include "persistence/read_only_store.hpp"
#include "persistence/store_directory.hpp"

#include <reprise/projection_store.hpp>

#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace reprise {
namespace {

using consumers::stored_name;

// Room for what is in it, and for the pages that changing takes.
result<std::unique_ptr<persistence::lmdb_checkpoint_store>> open_to_write(
    const std::string& directory) {
  std::error_code failure;
  const auto size =
      std::filesystem::file_size(std::filesystem::path(directory) / "consumers/data.mdb", failure);
  if (failure) return error{errc::io_error, directory + "/consumers: " + failure.message()};
  return persistence::lmdb_checkpoint_store::open(directory, persistence::map_bytes_for(size));
}

result<void> check_stored(const std::string& directory, const std::string& name,
                          std::uint32_t version) {
  const auto store = projection_store::open(directory);
  if (!store) return store.error();
  if (auto there = store->parked(name, version); !there) return std::move(there).error();
  return {};
}

// Where to begin in each partition.
result<std::vector<partition_cursor>> starts_in(const std::string& directory,
                                                const start_point& from) {
  const auto log = persistence::read_only_store::open(directory);
  if (!log) return log.error();
  for (const partition_cursor& named : from.after) {
    if (named.partition.value < (*log)->partitions()) continue;
    return error{errc::invalid_argument, "there is no partition " +
                                             std::to_string(named.partition.value) + ", but " +
                                             std::to_string((*log)->partitions()) + " from 0"};
  }
  std::vector<partition_cursor> out;
  for (std::uint32_t i = 0; i < (*log)->partitions(); ++i) {
    const auto last = (*log)->committed({i});
    const auto start = consumers::start_in(**log, {i}, from);
    if (!last || !start) return last ? start.error() : last.error();
    if (*start > *last) {
      return error{errc::beyond_head,
                   "partition " + std::to_string(i) + " ends at position " +
                       std::to_string(last->value) + ", before " + std::to_string(start->value),
                   last->value};
    }
    out.push_back({{i}, *start});
  }
  return out;
}

}  // namespace

result<void> drop_projection(const std::string& directory, const std::string& name,
                             std::uint32_t version) {
  return rebuild_projection(directory, name, version, start_point::beginning());
}

result<void> rebuild_projection(const std::string& directory, const std::string& name,
                                std::uint32_t version, const start_point& from) {
  if (auto fine = persistence::check_is_store(directory); !fine) return fine;
  const auto lock = persistence::store_lock::take(directory);
  if (!lock) return lock.error();
  if (auto there = check_stored(directory, name, version); !there) return there;
  auto starts = starts_in(directory, from);
  if (!starts) return std::move(starts).error();
  auto kept = open_to_write(directory);
  if (!kept) return std::move(kept).error();
  const auto rows = (*kept)->rows();
  const std::string stored = stored_name(name, version);
  auto done = rows->remove(stored);
  if (!done || from.what == start_point::kind::beginning) return done;
  return rows->commit(stored, {}, {.cursors = std::move(*starts)});
}

struct parked_orders::opened {
  std::string directory;
  std::string name;
  persistence::store_lock lock;
  std::unique_ptr<persistence::lmdb_checkpoint_store> kept;
  std::unique_ptr<persistence::row_store> rows;

  // The rows as they are, to be changed.
  result<persistence::checkpoint> begin(consumers::row_overlay& overlay) const {
    auto stored = rows->read(name);
    if (!stored) return std::move(stored).error();
    const auto taken = (*stored)->taken_at();
    if (!taken) return taken.error();
    overlay.begin(std::move(*stored));
    return taken->value_or(persistence::checkpoint{});
  }
  result<void> commit(consumers::row_overlay& overlay, const persistence::checkpoint& taken) const {
    overlay.keep_event();
    return rows->commit(name, overlay.take_batch(), taken);
  }

  // As a projector has it, with the first parked event of the aggregate.
  result<parked_event> first(consumers::parked_events& parked,
                             const consumers::row_overlay& overlay,
                             const aggregate_key& aggregate) const {
    if (auto loaded = parked.load(overlay); !loaded) return std::move(loaded).error();
    auto found = parked.first(overlay, aggregate);
    if (!found) return std::move(found).error();
    if (!*found) {
      return error{errc::not_found, "nothing of " + aggregate.id + " is parked in " + name};
    }
    return std::move(**found);
  }

  // What the stored schema makes of the text.
  result<bytes> encoded(const parked_event& what, std::string_view json) const {
    const auto log = persistence::read_only_store::open(directory);
    if (!log) return log.error();
    std::optional<std::uint32_t> event_type;
    const auto page = (*log)->scan(what.partition, {.from = what.at, .limit = 1, .window = 1},
                                   [&](const persistence::stored_record& record) {
                                     event_type = record.event_type;
                                     return false;
                                   });
    if (!page) return page.error();
    const auto schemas = (*log)->schemas();
    if (!schemas) return schemas.error();
    for (const persistence::stored_schema& schema : *schemas) {
      if (schema.type != what.aggregate.type || !event_type) continue;
      const auto bundle = messages::schema_bundle::open(schema.bundle);
      if (!bundle) return bundle.error();
      return bundle->event_payload(*event_type, json);
    }
    return error{errc::corrupt, "the log holds no event at position " +
                                    std::to_string(what.at.value) + ", or no schema of it"};
  }
};

parked_orders::parked_orders(std::unique_ptr<opened> store) : store_(std::move(store)) {}
parked_orders::parked_orders(parked_orders&&) noexcept = default;
parked_orders& parked_orders::operator=(parked_orders&&) noexcept = default;
parked_orders::~parked_orders() = default;

result<parked_orders> parked_orders::open(const std::string& directory, const std::string& name,
                                          std::uint32_t version) {
  if (auto fine = persistence::check_is_store(directory); !fine) return std::move(fine).error();
  auto lock = persistence::store_lock::take(directory);
  if (!lock) return std::move(lock).error();
  if (auto there = check_stored(directory, name, version); !there) return std::move(there).error();
  auto kept = open_to_write(directory);
  if (!kept) return std::move(kept).error();
  auto rows = (*kept)->rows();
  return parked_orders(std::make_unique<opened>(opened{.directory = directory,
                                                       .name = stored_name(name, version),
                                                       .lock = std::move(*lock),
                                                       .kept = std::move(*kept),
                                                       .rows = std::move(rows)}));
}

result<std::vector<aggregate_key>> parked_orders::retry(const parked_choice& choice) {
  consumers::row_overlay overlay;
  const auto taken = store_->begin(overlay);
  if (!taken) return taken.error();
  const auto parked = consumers::parked_events::list(overlay);
  if (!parked) return parked.error();
  auto chosen = consumers::chosen_queues(*parked, choice);
  for (const aggregate_key& one : chosen) {
    if (auto put = consumers::order_retry(overlay, one); !put) return std::move(put).error();
  }
  if (auto done = store_->commit(overlay, *taken); !done) return std::move(done).error();
  return chosen;
}

result<parked_event> parked_orders::skip(const aggregate_key& aggregate, const std::string& why,
                                         timestamp now) {
  consumers::row_overlay overlay;
  const auto taken = store_->begin(overlay);
  if (!taken) return taken.error();
  consumers::parked_events parked({});
  auto first = store_->first(parked, overlay, aggregate);
  if (!first) return first;
  if (auto gone = parked.remove(overlay, *first); !gone) return std::move(gone).error();
  const auto noted = consumers::note_skipped(overlay, {first->partition, first->at},
                                             "skipped by hand: " + why, now);
  if (!noted) return noted.error();
  if (auto put = consumers::order_retry(overlay, aggregate); !put) return std::move(put).error();
  if (auto done = store_->commit(overlay, *taken); !done) return std::move(done).error();
  return first;
}

result<parked_event> parked_orders::edit(const aggregate_key& aggregate, std::string_view json,
                                         const std::string& why) {
  consumers::row_overlay overlay;
  const auto taken = store_->begin(overlay);
  if (!taken) return taken.error();
  consumers::parked_events parked({});
  auto first = store_->first(parked, overlay, aggregate);
  if (!first) return first;
  const auto payload = store_->encoded(*first, json);
  if (!payload) return payload.error();
  if (auto put = consumers::replace_payload(overlay, *first, *payload, why); !put) {
    return std::move(put).error();
  }
  if (auto done = store_->commit(overlay, *taken); !done) return std::move(done).error();
  first->edited = true;
  return first;
}

}  // namespace reprise
