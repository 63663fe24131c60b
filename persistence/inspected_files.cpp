// SPDX-License-Identifier: Apache-2.0
#include "persistence/inspected_files.hpp"

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

}  // namespace reprise::persistence
