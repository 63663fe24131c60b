// SPDX-License-Identifier: Apache-2.0
//
// Who holds how many bytes of a store.
#include "persistence/aggregate_hash.hpp"
#include "persistence/inspect_totals.hpp"
#include "persistence/inspected_store.hpp"
#include "persistence/record_envelope.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

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

// Records wait until the heads of some new aggregates are asked for together: over a network that
// is what takes time.
class space_tally {
 public:
  explicit space_tally(const persistence::inspected_log& log) : log_(log) {}

  result<void> add(const stored_record& record) {
    aggregate_key key = persistence::aggregate_of(record);
    const auto [at, is_new] = aggregates_.try_emplace(std::move(key));
    found_aggregate& found = at->second;
    store_space::per_type& type = types_[record.type];
    if (is_new) {
      fresh_.push_back(at->first);
      ++type.aggregates;
    }
    ++found.records;
    found.bytes += record.stored_bytes;
    ++type.records;
    type.record_bytes += record.stored_bytes;
    if (record.kind == record_kind::event) {
      waiting_.push_back({&found, &type, record.sequence, record.stored_bytes});
    }
    return fresh_.size() < fresh_max && waiting_.size() < waiting_max ? result<void>() : settle();
  }

  /// All that waits are of one partition; to be called at its end.
  result<void> settle() {
    const auto heads = log_.heads(fresh_);
    if (!heads) return heads.error();
    for (std::size_t i = 0; i < fresh_.size(); ++i) {
      const aggregate_head& head = (*heads)[i];
      const bool live = head.is == aggregate_head::state::live;
      aggregates_.at(fresh_[i]).first_readable = live ? head.first_readable : head.last.next();
    }
    for (const waiting_event& event : waiting_) {
      if (event.at < event.of->first_readable) event.type->hidden_bytes += event.bytes;
    }
    fresh_.clear();
    waiting_.clear();
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
  static constexpr std::size_t fresh_max = 1'024;
  static constexpr std::size_t waiting_max = 65'536;

  struct waiting_event {
    const found_aggregate* of = nullptr;
    store_space::per_type* type = nullptr;
    sequence at{};
    std::uint64_t bytes = 0;
  };

  const persistence::inspected_log& log_;
  std::unordered_map<aggregate_key, found_aggregate, key_hash> aggregates_;
  std::map<aggregate_type_id, store_space::per_type> types_;
  std::vector<aggregate_key> fresh_;
  std::vector<waiting_event> waiting_;
};

}  // namespace

result<store_space> store_reader::space(std::size_t largest,
                                        const progress_listener& progress) const {
  return persistence::space_of(*store_->log, store_->schemas, largest, progress);
}

result<store_space> persistence::space_of(const inspected_log& log, schema_catalogue& schemas,
                                          std::size_t largest, const progress_listener& progress) {
  auto inventory = log.inventory();
  if (!inventory) return std::move(inventory).error();
  store_space found{.tables = std::move(inventory->tables),
                    .unknown = std::move(inventory->unknown)};

  read_progress at;
  for (std::uint32_t i = 0; i < log.partitions(); ++i) {
    const auto last = log.committed({i});
    if (!last) return last.error();
    at.total += last->value;
  }
  space_tally tally(log);
  result<void> counted;
  for (std::uint32_t i = 0; i < log.partitions(); ++i) {
    const auto page = log.scan_sealed({i}, {}, [&](const stored_record& record) {
      counted = tally.add(record);
      if (++at.done % progress_interval == 0 && progress) progress(at);
      return counted.has_value();
    });
    if (!page) return page.error();
    if (counted) counted = tally.settle();
    if (!counted) return counted.error();
  }
  tally.finish(schemas, largest, found);
  return found;
}

}  // namespace reprise
