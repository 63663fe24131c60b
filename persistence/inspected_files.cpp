// SPDX-License-Identifier: Apache-2.0
#include "persistence/inspected_files.hpp"

#include "persistence/store_check.hpp"
#include "persistence/store_listing.hpp"

#include <string>
#include <system_error>
#include <utility>

namespace reprise::persistence {

inspected_files::inspected_files(std::filesystem::path at, std::unique_ptr<read_only_store> log)
    : directory_(std::move(at)), log_(std::move(log)), keys_(directory_) {}

result<std::unique_ptr<inspected_files>> inspected_files::open(
    const std::filesystem::path& directory) {
  std::error_code failure;
  if (!std::filesystem::is_directory(directory, failure)) {
    return error{errc::not_found, "there is no directory " + directory.string() +
                                      "; give the one that the program opens its node with"};
  }
  auto log = read_only_store::open(directory);
  if (!log && log.error().code == errc::not_found) {
    return error{errc::not_found, "there is no store in " + directory.string() +
                                      "; give the directory that the program opens its node with"};
  }
  if (!log) return std::move(log).error();
  return std::unique_ptr<inspected_files>(new inspected_files(directory, std::move(*log)));
}

result<const lmdb_snapshot_store*> inspected_files::snapshots() const {
  if (!snapshots_) {
    auto found = lmdb_snapshot_store::open_to_read(directory_);
    if (!found && found.error().code == errc::not_found) {
      return static_cast<const lmdb_snapshot_store*>(nullptr);
    }
    if (!found) return std::move(found).error();
    snapshots_ = std::move(*found);
  }
  return snapshots_.get();
}

result<std::optional<snapshot>> inspected_files::saved(const aggregate_key& aggregate,
                                                       const snapshot_bounds& bounds) const {
  const auto all = snapshots();
  if (!all) return all.error();
  if (*all == nullptr) return std::optional<snapshot>();
  return load_unsealed([all](const aggregate_key& key,
                             const snapshot_bounds& within) { return (*all)->load(key, within); },
                       keys_, aggregate, bounds);
}

result<std::vector<aggregate_head>> inspected_files::heads(
    std::span<const aggregate_key> all) const {
  std::vector<aggregate_head> found;
  found.reserve(all.size());
  for (const aggregate_key& aggregate : all) {
    const auto head = log_->head(aggregate);
    if (!head) return head.error();
    found.push_back(*head);
  }
  return found;
}

result<store_identity> inspected_files::identity() const {
  const auto facts = log_->facts();
  if (!facts) return facts.error();
  return store_identity{.uuid = facts->uuid, .format = facts->format};
}

result<store_inventory> inspected_files::inventory() const {
  store_inventory found;
  if (auto listed = list_files(directory_, found); !listed) return std::move(listed).error();
  if (auto listed = log_->list_tables(found); !listed) return std::move(listed).error();
  const auto saved = snapshots();
  if (!saved) return saved.error();
  if (*saved != nullptr) {
    if (auto listed = list_tables(**saved, found); !listed) return std::move(listed).error();
  }
  const auto kept = lmdb_checkpoint_store::open_to_read(directory_);
  if (!kept && kept.error().code != errc::not_found) return kept.error();
  if (kept) {
    if (auto listed = list_tables(**kept, found); !listed) return std::move(listed).error();
  }
  if (auto listed = list_keys(directory_, found); !listed) return std::move(listed).error();
  return found;
}

result<verification> inspected_files::verify(const check_progress& go_on) const {
  const auto saved = snapshots();
  if (!saved) return saved.error();
  return check_store(
      {.directory = directory_,
       .partitions = partitions(),
       .log = [this](const verify_progress& progress) { return log_->verify(progress); },
       .snapshots = *saved},
      go_on);
}

result<snapshot_tally> inspected_files::count_snapshots(bytes_view behind) const {
  const auto saved = snapshots();
  if (!saved) return saved.error();
  if (*saved == nullptr) return snapshot_tally{.end = true};
  return (*saved)->count(behind);
}

}  // namespace reprise::persistence
