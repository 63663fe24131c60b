// SPDX-License-Identifier: Apache-2.0
#include "persistence/store_listing.hpp"

#include "persistence/key_file.hpp"

#include <algorithm>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <utility>

namespace reprise::persistence {

namespace files = std::filesystem;

result<void> list_files(const files::path& directory, store_inventory& into) {
  std::error_code failure;
  for (files::recursive_directory_iterator at(directory, failure), end; !failure && at != end;
       at.increment(failure)) {
    struct stat status {};
    if (::stat(at->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    into.files.push_back({.name = at->path().lexically_relative(directory).string(),
                          .size_bytes = static_cast<std::uint64_t>(status.st_size),
                          // POSIX leaves the unit open; on Linux it is 512 bytes.
                          .disk_bytes = static_cast<std::uint64_t>(status.st_blocks) * 512});
  }
  if (failure) {
    return error{errc::io_error, "cannot list " + directory.string() + ": " + failure.message()};
  }
  std::ranges::sort(into.files, {}, &store_statistics::file::name);
  return {};
}

result<void> list_tables(const lmdb_environment& journal, const store_tables& tables,
                         store_inventory& into) {
  for (const auto& [name, table] :
       {std::pair("journal/log", tables.log), std::pair("journal/heads", tables.heads),
        std::pair("journal/places", tables.places), std::pair("journal/schemas", tables.schemas),
        std::pair("journal/meta", tables.meta)}) {
    const auto usage = journal.usage(table);
    if (!usage) return usage.error();
    into.tables.push_back({name, usage->rows, usage->bytes});
  }
  const auto free = journal.free_bytes();
  if (!free) return free.error();
  into.tables.push_back({"journal/free", 0, *free});
  return {};
}

result<void> list_tables(const lmdb_snapshot_store& snapshots, store_inventory& into) {
  const auto space = snapshots.measure();
  if (!space) return space.error();
  into.tables.push_back({"snapshots/snapshots", space->rows, space->bytes});
  into.tables.push_back({"snapshots/free", 0, space->free_bytes});
  return {};
}

result<void> list_tables(const lmdb_checkpoint_store& consumers, store_inventory& into) {
  const auto space = consumers.measure();
  if (!space) return space.error();
  into.tables.push_back({"consumers/checkpoints", space->checkpoints, space->checkpoints_bytes});
  into.tables.push_back({"consumers/rows", space->rows, space->rows_bytes});
  into.tables.push_back({"consumers/free", 0, space->free_bytes});
  return {};
}

result<void> list_keys(const files::path& directory, store_inventory& into) {
  const auto file = key_file::open_to_read(directory);
  if (!file) return file.error();
  if (!*file) return {};
  const auto stored = (*file)->read();
  if (!stored) return stored.error();
  std::error_code ignored;
  into.tables.push_back(
      {"keys", stored->slots.size(), files::file_size(key_file::name_in(directory), ignored)});
  return {};
}

}  // namespace reprise::persistence
