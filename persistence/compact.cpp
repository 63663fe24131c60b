// SPDX-License-Identifier: Apache-2.0
#include "persistence/lmdb_checkpoint_store.hpp"
#include "persistence/lmdb_environment.hpp"
#include "persistence/lmdb_snapshot_store.hpp"
#include "persistence/store_directory.hpp"
#include "persistence/store_tables.hpp"

#include <reprise/compact.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <future>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace reprise {
namespace {

using namespace persistence;

constexpr auto told_every = std::chrono::milliseconds(100);
// The new environment's table of readers, and what the file system keeps of it all.
constexpr std::uint64_t room_beside = std::uint64_t{1} << 20U;
constexpr std::uint64_t told_after_bytes = std::uint64_t{16} << 20U;

using environment_result = result<std::unique_ptr<lmdb_environment>>;

environment_result open_to_read(const std::filesystem::path& folder) {
  return lmdb_environment::open({.directory = folder, .read_only = true});
}

/// A file that is being made; closed with its scope.
class new_file {
 public:
  [[nodiscard]] static result<new_file> make(const std::filesystem::path& path) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (file < 0) return lmdb_error(errno, path.string());
    return new_file(file);
  }
  new_file(new_file&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  new_file& operator=(new_file&&) = delete;
  ~new_file() {
    if (file_ >= 0) ::close(file_);
  }
  [[nodiscard]] int handle() const { return file_; }

 private:
  explicit new_file(int file) : file_(file) {}
  int file_;
};

/// One of the environments of a store, and the one that is to take its place.
class compaction {
 public:
  compaction(const std::filesystem::path& folder, std::span<const char* const> tables,
             const progress_listener& listener)
      : folder_(folder),
        replacement_(replacement_of(folder)),
        tables_(tables),
        listener_(listener) {}

  [[nodiscard]] result<void> run();
  [[nodiscard]] std::uint64_t bytes_before() const { return before_; }
  [[nodiscard]] std::uint64_t bytes_after() const { return after_; }

 private:
  [[nodiscard]] std::filesystem::path file() const { return replacement_ / "data.mdb"; }
  [[nodiscard]] result<void> make();
  [[nodiscard]] result<void> check_room() const;
  [[nodiscard]] result<void> copy(const lmdb_environment& old) const;
  [[nodiscard]] result<void> compare(const lmdb_environment& old, const lmdb_environment& fresh);
  [[nodiscard]] result<void> compare_table(const lmdb_read& old, MDB_dbi old_table,
                                           const lmdb_read& fresh, MDB_dbi fresh_table,
                                           const char* name);
  // Half of the way is copying, half comparing.
  void show_copied(std::uint64_t bytes) const {
    if (listener_) listener_({std::min(bytes, needed_), 2 * needed_});
  }
  void show_compared() const {
    if (listener_) listener_({needed_ + std::min(compared_, needed_), 2 * needed_});
  }

  const std::filesystem::path folder_;
  const std::filesystem::path replacement_;
  const std::span<const char* const> tables_;
  const progress_listener& listener_;
  std::uint64_t before_ = 0;
  std::uint64_t after_ = 0;
  // What the new file will take.
  std::uint64_t needed_ = 0;
  std::uint64_t compared_ = 0;
  std::uint64_t told_at_ = 0;
};

result<void> compaction::run() {
  result<void> done = make();
  if (done) done = exchange_folders(replacement_, folder_);
  // Whichever of the two is there now is not the store.
  std::error_code ignored;
  std::filesystem::remove_all(replacement_, ignored);
  return done;
}

// The new environment, durable and compared, under its own name.
result<void> compaction::make() {
  const auto old = open_to_read(folder_);
  if (!old) return old.error();
  const lmdb_environment::sizes size = (*old)->measure();
  const auto free = (*old)->free_bytes();
  if (!free) return free.error();
  before_ = size.file_bytes;
  needed_ = size.used_bytes - std::min(*free, size.used_bytes);
  if (auto enough = check_room(); !enough) return enough;
  if (auto made = make_directory(replacement_); !made) return made;
  if (auto copied = copy(**old); !copied) return copied;
  {
    const auto fresh = open_to_read(replacement_);
    if (!fresh) return fresh.error();
    after_ = (*fresh)->measure().file_bytes;
    if (auto equal = compare(**old, **fresh); !equal) return equal;
    if (listener_) listener_({2 * needed_, 2 * needed_});
  }
  return sync_directory(replacement_);
}

result<void> compaction::check_room() const {
  std::error_code failed;
  const auto there = std::filesystem::space(folder_, failed);
  if (failed) return error{errc::io_error, folder_.string() + ": " + failed.message()};
  if (there.available >= needed_ + room_beside) return {};
  return error{errc::disk_full,
               folder_.string() + " needs " + std::to_string(needed_ + room_beside) +
                   " bytes of room beside it, there are " + std::to_string(there.available)};
}

result<void> compaction::copy(const lmdb_environment& old) const {
  const auto made = new_file::make(file());
  if (!made) return made.error();
  auto copying = std::async(std::launch::async, [&] {
    return mdb_env_copyfd2(old.handle(), made->handle(), MDB_CP_COMPACT);
  });
  while (copying.wait_for(told_every) != std::future_status::ready) {
    std::error_code ignored;
    const auto size = std::filesystem::file_size(file(), ignored);
    if (!ignored) show_copied(size);
  }
  const int code = copying.get();
  if (code == MDB_INCOMPATIBLE) {
    return error{errc::corrupt, folder_.string() +
                                    " has pages that belong to nothing; `reprise verify` tells "
                                    "whether records are damaged, `reprise backup` makes a copy "
                                    "without such pages"};
  }
  if (code != 0) return lmdb_error(code, "copy to " + file().string());
  if (::fsync(made->handle()) != 0) return lmdb_error(errno, file().string());
  return {};
}

result<void> compaction::compare(const lmdb_environment& old, const lmdb_environment& fresh) {
  if (!old.has_tables() && !fresh.has_tables()) return {};
  for (const char* name : tables_) {
    const auto old_table = old.table(name);
    if (!old_table) return old_table.error();
    const auto fresh_table = fresh.table(name);
    if (!fresh_table) return fresh_table.error();
    const auto old_rows = old.read();
    if (!old_rows) return old_rows.error();
    const auto fresh_rows = fresh.read();
    if (!fresh_rows) return fresh_rows.error();
    auto equal = compare_table(*old_rows, *old_table, *fresh_rows, *fresh_table, name);
    if (!equal) return equal;
  }
  return {};
}

result<void> compaction::compare_table(const lmdb_read& old, MDB_dbi old_table,
                                       const lmdb_read& fresh, MDB_dbi fresh_table,
                                       const char* name) {
  auto here = lmdb_cursor::open(old.handle(), old_table);
  if (!here) return std::move(here).error();
  auto there = lmdb_cursor::open(fresh.handle(), fresh_table);
  if (!there) return std::move(there).error();
  while (true) {
    const auto row = here->move(MDB_NEXT);
    if (!row) return row.error();
    const auto copied = there->move(MDB_NEXT);
    if (!copied) return copied.error();
    if (!*row && !*copied) return {};
    if (!*row || !*copied || !std::ranges::equal((*row)->key, (*copied)->key) ||
        !std::ranges::equal((*row)->value, (*copied)->value)) {
      return error{errc::corrupt, "the copy of table " + std::string(name) + " in " +
                                      file().string() + " is not what was copied"};
    }
    compared_ += (*row)->key.size() + (*row)->value.size();
    if (compared_ - told_at_ < told_after_bytes) continue;
    told_at_ = compared_;
    show_compared();
  }
}

}  // namespace

result<compact_summary> compact(const std::filesystem::path& data,
                                const progress_listener& listener) {
  if (auto fine = check_is_store(data); !fine) return std::move(fine).error();
  const auto held = store_lock::take(data);
  if (!held) return held.error();
  if (auto cleared = discard_replacements(data); !cleared) return std::move(cleared).error();
  compact_summary summary;
  const auto shrink = [&](const char* name, std::span<const char* const> tables,
                          std::uint64_t& before, std::uint64_t& after) -> result<void> {
    compaction one(data / name, tables, listener);
    auto done = one.run();
    before = one.bytes_before();
    after = one.bytes_after();
    return done;
  };
  // Not there before the first snapshot, or the first consumer that keeps something.
  const auto is_there = [&](const char* name) {
    std::error_code ignored;
    return std::filesystem::exists(data / name / "data.mdb", ignored);
  };
  result<void> done = shrink("journal", store_table_names, summary.journal_bytes_before,
                             summary.journal_bytes_after);
  if (done && is_there("snapshots")) {
    done = shrink("snapshots", snapshot_table_names, summary.snapshots_bytes_before,
                  summary.snapshots_bytes_after);
  }
  if (done && is_there("consumers")) {
    done = shrink("consumers", consumer_table_names, summary.consumers_bytes_before,
                  summary.consumers_bytes_after);
  }
  if (!done) return std::move(done).error();
  return summary;
}

}  // namespace reprise
