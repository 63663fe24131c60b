// SPDX-License-Identifier: Apache-2.0
//
// What store_reader finds out by reading everything.
#include "persistence/inspect_totals.hpp"

#include "persistence/inspected_store.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace reprise {
namespace {

using persistence::record_kind;
using persistence::stored_record;

// Calls back so seldom that it costs nothing.
constexpr std::uint64_t progress_interval = 4096;

// Adds up one record after the other.
class tally {
 public:
  tally(std::uint64_t expected, const progress_listener& progress)
      : progress_(progress), at_{.done = 0, .total = expected} {}

  void begin(partition_id partition) { partitions_.push_back({.id = partition}); }
  void add(const stored_record& record) {
    auto& partition = partitions_.back();
    partition.last = record.at;
    partition.latest = record.time;
    partition.payload_bytes += record.payload.size();
    auto& type = types_[record.type];
    // The first record of an aggregate is the one that nothing precedes.
    if (record.previous.value == 0) ++type.aggregates;
    if (record.kind == record_kind::event) ++type.events;
    type.payload_bytes += record.payload.size();
    if (++at_.done % progress_interval == 0 && progress_) progress_(at_);
  }
  void finish(persistence::schema_catalogue& schemas, store_statistics& into) {
    into.records = at_.done;
    into.partitions = std::move(partitions_);
    for (auto& [id, type] : types_) {
      type.id = id;
      type.name = schemas.name_of(id);
      into.types.push_back(std::move(type));
    }
    std::ranges::sort(into.types, {}, &store_statistics::per_type::name);
  }

 private:
  const progress_listener& progress_;
  read_progress at_;
  std::map<aggregate_type_id, store_statistics::per_type> types_;
  std::vector<store_statistics::per_partition> partitions_;
};

}  // namespace

result<verification> store_reader::verify(const progress_listener& progress) const {
  return store_->log->verify([&](const read_progress& at) {
    if (progress) progress(at);
    return true;
  });
}

result<store_statistics> store_reader::stats(const progress_listener& progress) const {
  return persistence::statistics_of(*store_->log, store_->schemas, progress);
}

result<store_statistics> persistence::statistics_of(const inspected_log& log,
                                                    schema_catalogue& schemas,
                                                    const progress_listener& progress) {
  const auto identity = log.identity();
  if (!identity) return identity.error();
  store_statistics found{.store_id = to_hex(identity->uuid), .format_version = identity->format};

  std::uint64_t expected = 0;
  for (std::uint32_t i = 0; i < log.partitions(); ++i) {
    const auto last = log.committed({i});
    if (!last) return last.error();
    expected += last->value;
  }
  tally counted(expected, progress);
  for (std::uint32_t i = 0; i < log.partitions(); ++i) {
    counted.begin({i});
    const auto page = log.scan_sealed({i}, {}, [&](const stored_record& record) {
      counted.add(record);
      return true;
    });
    if (!page) return page.error();
  }
  counted.finish(schemas, found);

  for (snapshot_tally some; !some.end;) {
    auto next = log.count_snapshots(some.last);
    if (!next) return std::move(next).error();
    some = std::move(*next);
    found.snapshots += some.snapshots;
    found.snapshot_bytes += some.bytes;
  }
  auto inventory = log.inventory();
  if (!inventory) return std::move(inventory).error();
  found.files = std::move(inventory->files);
  return found;
}

}  // namespace reprise
