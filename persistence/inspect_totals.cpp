// SPDX-License-Identifier: Apache-2.0
//
// What store_reader finds out by reading everything.
#include "persistence/inspected_store.hpp"
#include "persistence/key_file.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <sys/stat.h>
#include <utility>

namespace reprise {
namespace {

using persistence::record_kind;
using persistence::stored_record;
namespace files = std::filesystem;

// Calls back so seldom that it costs nothing.
constexpr std::uint64_t progress_interval = 4096;

result<std::vector<store_statistics::file>> files_of(const files::path& directory) {
  std::vector<store_statistics::file> found;
  std::error_code failure;
  for (files::recursive_directory_iterator at(directory, failure), end; !failure && at != end;
       at.increment(failure)) {
    struct stat status {};
    if (::stat(at->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    found.push_back({.name = at->path().lexically_relative(directory).string(),
                     .size_bytes = static_cast<std::uint64_t>(status.st_size),
                     // POSIX leaves the unit open; on Linux it is 512 bytes.
                     .disk_bytes = static_cast<std::uint64_t>(status.st_blocks) * 512});
  }
  if (failure) {
    return error{errc::io_error, "cannot list " + directory.string() + ": " + failure.message()};
  }
  std::ranges::sort(found, {}, &store_statistics::file::name);
  return found;
}

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

// What is not as it was written in the file of keys, where there is one.
result<void> add_damaged_keys(const files::path& directory, verification& into) {
  const auto file = persistence::key_file::open_to_read(directory);
  if (!file) return file.error();
  if (!*file) return {};
  const auto stored = (*file)->read();
  if (!stored && stored.error().code != errc::corrupt) return stored.error();
  if (!stored) {
    into.damages.push_back({.what = stored.error().message});
    return {};
  }
  if (stored->header_damaged) {
    into.damages.push_back({.what = "the file of keys: one of its two headers", .derived = true});
  }
  for (const std::uint64_t number : stored->damaged) {
    into.damages.push_back({.what = "the file of keys: slot " + std::to_string(number) +
                                    "; what its key sealed cannot be read"});
  }
  return {};
}

}  // namespace

result<verification> store_reader::verify(const progress_listener& progress) const {
  const auto files = store_->own_files();
  if (!files) return files.error();
  const auto report = (*files)->log().verify([&](std::uint64_t done, std::uint64_t total) {
    if (progress) progress({.done = done, .total = total});
  });
  if (!report) return report.error();
  verification found{.partitions = (*files)->partitions(), .records = report->records};
  for (const persistence::damage_report& damage : report->damages) {
    found.damages.push_back({.partition = damage.partition,
                             .at = damage.at,
                             .what = damage.what,
                             .derived = damage.derived});
  }
  if (auto looked = add_damaged_keys((*files)->directory(), found); !looked) {
    return std::move(looked).error();
  }
  const auto snapshots = (*files)->snapshots();
  if (!snapshots) return snapshots.error();
  if (*snapshots == nullptr) return found;
  const auto totals = (*snapshots)->verify();
  if (!totals) return totals.error();
  found.snapshots = totals->snapshots;
  found.snapshots_damaged = totals->damaged;
  return found;
}

result<store_statistics> store_reader::stats(const progress_listener& progress) const {
  const auto files = store_->own_files();
  if (!files) return files.error();
  const persistence::read_only_store& log = (*files)->log();
  const auto facts = log.facts();
  if (!facts) return facts.error();
  store_statistics found{.store_id = to_hex(facts->uuid), .format_version = facts->format};

  std::uint64_t expected = 0;
  for (std::uint32_t i = 0; i < log.partitions(); ++i) {
    const auto last = log.committed({i});
    if (!last) return last.error();
    expected += last->value;
  }
  tally counted(expected, progress);
  for (std::uint32_t i = 0; i < log.partitions(); ++i) {
    counted.begin({i});
    const auto page = log.scan({i}, {}, [&](const stored_record& record) {
      counted.add(record);
      return true;
    });
    if (!page) return page.error();
  }
  counted.finish(store_->schemas, found);

  const auto snapshots = (*files)->snapshots();
  if (!snapshots) return snapshots.error();
  if (*snapshots != nullptr) {
    const auto totals = (*snapshots)->verify();
    if (!totals) return totals.error();
    found.snapshots = totals->snapshots;
    found.snapshot_bytes = totals->bytes;
  }
  auto listed = files_of((*files)->directory());
  if (!listed) return std::move(listed).error();
  found.files = std::move(*listed);
  return found;
}

}  // namespace reprise
