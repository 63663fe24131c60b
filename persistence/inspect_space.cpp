// SPDX-License-Identifier: Apache-2.0
//
// Who holds how many bytes of a store.
#include "persistence/aggregate_hash.hpp"
#include "persistence/inspected_store.hpp"
#include "persistence/key_file.hpp"
#include "persistence/lmdb_checkpoint_store.hpp"
#include "persistence/record_envelope.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <unordered_map>
#include <utility>

namespace reprise {
namespace {

using persistence::aggregate_head;
using persistence::record_kind;
using persistence::stored_record;

// Calls back so seldom that it costs nothing.
constexpr std::uint64_t progress_interval = 4096;

struct key_hash {
  std::size_t operator()(const aggregate_key& key) const {
    return persistence::hash_of(key, 0).low;
  }
};

/// What is found of one aggregate, and from which sequence on it can be read.
struct found_aggregate {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  sequence first_readable{};
};

class space_tally {
 public:
  explicit space_tally(const persistence::read_only_store& log) : log_(log) {}

  result<void> add(const stored_record& record) {
    aggregate_key key = persistence::aggregate_of(record);
    const auto [at, is_new] = aggregates_.try_emplace(std::move(key));
    found_aggregate& found = at->second;
    store_space::per_type& type = types_[record.type];
    if (is_new) {
      const auto head = log_.head(at->first);
      if (!head) return head.error();
      const bool live = head->is == aggregate_head::state::live;
      found.first_readable = live ? head->first_readable : head->last.next();
      ++type.aggregates;
    }
    ++found.records;
    found.bytes += record.stored_bytes;
    ++type.records;
    type.record_bytes += record.stored_bytes;
    const bool hidden = record.kind == record_kind::event && record.sequence < found.first_readable;
    if (hidden) type.hidden_bytes += record.stored_bytes;
    return {};
  }

  void finish(persistence::schema_catalogue& schemas, std::size_t largest, store_space& into) {
    for (auto& [id, type] : types_) {
      type.id = id;
      type.name = schemas.name_of(id);
      into.types.push_back(std::move(type));
    }
    std::ranges::sort(into.types, std::greater<>(), &store_space::per_type::record_bytes);
    std::vector<std::pair<std::uint64_t, const aggregate_key*>> by_size;
    for (const auto& [key, found] : aggregates_) by_size.emplace_back(found.bytes, &key);
    const std::size_t wanted = std::min(largest, by_size.size());
    std::ranges::partial_sort(by_size, by_size.begin() + static_cast<std::ptrdiff_t>(wanted),
                              [](const auto& a, const auto& b) {
                                return a.first != b.first ? a.first > b.first
                                                          : a.second->id < b.second->id;
                              });
    for (std::size_t i = 0; i < wanted; ++i) {
      const found_aggregate& found = aggregates_.at(*by_size[i].second);
      into.largest.push_back({.key = *by_size[i].second,
                              .type = schemas.name_of(by_size[i].second->type),
                              .records = found.records,
                              .record_bytes = found.bytes});
    }
  }

 private:
  const persistence::read_only_store& log_;
  std::unordered_map<aggregate_key, found_aggregate, key_hash> aggregates_;
  std::map<aggregate_type_id, store_space::per_type> types_;
};

// Of the checkpoints and rows that consumers keep; nothing where there are none.
result<void> add_consumers(const std::filesystem::path& directory, store_space& into) {
  const auto kept = persistence::lmdb_checkpoint_store::open_to_read(directory);
  if (!kept && kept.error().code == errc::not_found) return {};
  if (!kept) return kept.error();
  const auto space = (*kept)->measure();
  if (!space) return space.error();
  into.tables.push_back({"consumers/checkpoints", space->checkpoints, space->checkpoints_bytes});
  into.tables.push_back({"consumers/rows", space->rows, space->rows_bytes});
  into.tables.push_back({"consumers/free", 0, space->free_bytes});
  return {};
}

// The file of keys; nothing where there is none.
result<void> add_keys(const std::filesystem::path& directory, store_space& into) {
  const auto file = persistence::key_file::open_to_read(directory);
  if (!file) return file.error();
  if (!*file) return {};
  const auto stored = (*file)->read();
  if (!stored) return stored.error();
  std::error_code ignored;
  into.tables.push_back(
      {"keys", stored->slots.size(),
       std::filesystem::file_size(persistence::key_file::name_in(directory), ignored)});
  return {};
}

}  // namespace

result<store_space> store_reader::space(std::size_t largest,
                                        const progress_listener& progress) const {
  const auto files = store_->own_files();
  if (!files) return files.error();
  const persistence::read_only_store& log = (*files)->log();
  store_space found;
  const auto tables = log.space();
  if (!tables) return tables.error();
  for (const persistence::table_space& t : *tables) {
    found.tables.push_back({"journal/" + t.name, t.rows, t.bytes});
  }
  const auto snapshots = (*files)->snapshots();
  if (!snapshots) return snapshots.error();
  if (*snapshots != nullptr) {
    const auto space = (*snapshots)->measure();
    if (!space) return space.error();
    found.tables.push_back({"snapshots/snapshots", space->rows, space->bytes});
    found.tables.push_back({"snapshots/free", 0, space->free_bytes});
  }
  if (auto added = add_consumers((*files)->directory(), found); !added) {
    return std::move(added).error();
  }

  if (auto added = add_keys((*files)->directory(), found); !added) {
    return std::move(added).error();
  }

  read_progress at;
  for (std::uint32_t i = 0; i < log.partitions(); ++i) {
    const auto last = log.committed({i});
    if (!last) return last.error();
    at.total += last->value;
  }
  space_tally tally(log);
  result<void> counted;
  for (std::uint32_t i = 0; i < log.partitions(); ++i) {
    const auto page = log.scan({i}, {}, [&](const stored_record& record) {
      counted = tally.add(record);
      if (++at.done % progress_interval == 0 && progress) progress(at);
      return counted.has_value();
    });
    if (!page) return page.error();
    if (!counted) return counted.error();
  }
  tally.finish(store_->schemas, largest, found);
  return found;
}

}  // namespace reprise
