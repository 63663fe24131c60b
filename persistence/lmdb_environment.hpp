// SPDX-License-Identifier: Apache-2.0
//
// One LMDB environment: opened with care, its pool of read transactions, its errors in our words.
//
// Invariants
//  * A process has an environment open once at most: a second one would take the file locks of the
//    first away.
//  * The map is reserved once and never changed.
//  * Commits are synchronous unless the environment is opened for derived data.
// Threading: every method may be called from any thread. Not across fork().

#pragma once

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <lmdb.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

namespace reprise::persistence {

/// `what` says what was tried. A full map, disk or quota is `disk_full`, a damaged file `corrupt`.
[[nodiscard]] error lmdb_error(int code, std::string_view what);

class lmdb_read;

class lmdb_environment {
 public:
  struct options {
    std::filesystem::path directory{};
    std::uint64_t map_size_bytes = 0;
    std::uint32_t tables_max = 8;
    /// Changes nothing; the folder must be there.
    bool read_only = false;
    /// After a power cut the last commits may be gone, never half of one, unless sync() followed,
    /// or another commit. For derived data, and for those who acknowledge that late.
    bool may_lose_last_commits = false;
  };
  struct sizes {
    std::uint64_t file_bytes = 0;
    std::uint64_t used_bytes = 0;
    std::uint64_t map_bytes = 0;
  };

  /// `locked`, `corrupt` (also when the file has lost its end), `incompatible`, `io_error`.
  [[nodiscard]] static result<std::unique_ptr<lmdb_environment>> open(const options& how);
  ~lmdb_environment();
  lmdb_environment(const lmdb_environment&) = delete;
  lmdb_environment& operator=(const lmdb_environment&) = delete;

  [[nodiscard]] MDB_env* handle() const { return env_; }
  [[nodiscard]] bool read_only() const { return read_only_; }
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  /// A table that is there, for reading. Once, before other threads use it.
  [[nodiscard]] result<MDB_dbi> table(const char* name, unsigned flags = 0) const;
  /// Begins a read transaction. It must be gone before the environment is.
  [[nodiscard]] result<lmdb_read> read() const;
  /// What a table of the environment takes; whole pages.
  struct table_usage {
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;
  };
  [[nodiscard]] result<table_usage> usage(MDB_dbi table) const;
  /// Pages that belonged to something once and will be used again.
  [[nodiscard]] result<std::uint64_t> free_bytes() const;
  /// Makes durable what was committed with may_lose_last_commits. Once it has failed it is
  /// not believed again: the kernel reports a page that it could not write only once.
  [[nodiscard]] result<void> sync();
  /// Forgets readers of processes that died: they would keep pages from being used again. Also done
  /// when it is opened, and with every 128th write transaction.
  void forget_dead_readers();
  /// False where it was made, and nothing was ever committed to it.
  [[nodiscard]] bool has_tables() const;
  [[nodiscard]] sizes measure() const;
  /// Takes that many bytes of the disk behind what is used, so that a commit that stays within them
  /// cannot fail half-way for want of room: LMDB tells a short write from no other failure. Does
  /// nothing where the file system cannot do it. Confined to the writing thread.
  [[nodiscard]] result<void> reserve(std::uint64_t bytes);
  /// How much of the file's disk space lies behind what is used.
  [[nodiscard]] std::uint64_t reserved_bytes() const;

 private:
  friend class lmdb_read;
  friend class lmdb_write;
  struct identity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    auto operator<=>(const identity&) const = default;
  };
  class registry;

  lmdb_environment(std::filesystem::path directory, identity what, bool read_only)
      : directory_(std::move(directory)), identity_(what), read_only_(read_only) {}
  [[nodiscard]] result<void> start(const options& how);
  [[nodiscard]] result<void> check_length() const;

  const std::filesystem::path directory_;
  const identity identity_;
  const bool read_only_;
  MDB_env* env_ = nullptr;
  // The file has disk space up to there.
  std::atomic<std::uint64_t> reserved_upto_{0};
  std::atomic<bool> sync_failed_{false};
  std::atomic<std::uint64_t> writes_{0};
  mutable std::mutex idle_mutex_;
  // Reset transactions, guarded by idle_mutex_.
  mutable std::vector<MDB_txn*> idle_;
};

/// A read transaction. Short: it keeps pages from being used again.
class lmdb_read {
 public:
  lmdb_read(lmdb_read&& other) noexcept
      : environment_(other.environment_),
        transaction_(std::exchange(other.transaction_, nullptr)) {}
  lmdb_read& operator=(lmdb_read&&) = delete;
  ~lmdb_read();

  [[nodiscard]] MDB_txn* handle() const { return transaction_; }
  /// Sees what has been committed meanwhile. What was read before is no longer valid.
  [[nodiscard]] result<void> renew();
  /// Nothing when there is no such key.
  [[nodiscard]] result<std::optional<bytes_view>> get(MDB_dbi table, bytes_view key) const;

 private:
  friend class lmdb_environment;
  lmdb_read(const lmdb_environment& environment, MDB_txn* transaction)
      : environment_(environment), transaction_(transaction) {}

  const lmdb_environment& environment_;
  MDB_txn* transaction_;
};

/// The write transaction; there is one at a time, a second one waits. Undone unless committed.
class lmdb_write {
 public:
  [[nodiscard]] static result<lmdb_write> begin(lmdb_environment& environment);
  lmdb_write(lmdb_write&& other) noexcept
      : transaction_(std::exchange(other.transaction_, nullptr)) {}
  lmdb_write& operator=(lmdb_write&&) = delete;
  ~lmdb_write();

  [[nodiscard]] MDB_txn* handle() const { return transaction_; }
  [[nodiscard]] result<MDB_dbi> open_table(const char* name, unsigned flags);
  [[nodiscard]] result<void> put(MDB_dbi table, bytes_view key, bytes_view value);
  /// Room for a value behind the table's last key; it must be filled before the next call.
  [[nodiscard]] result<std::span<std::byte>> append(MDB_dbi table, std::uint64_t key,
                                                    std::size_t size);
  /// Of its errors only `disk_full` says for sure that nothing was written.
  [[nodiscard]] result<void> commit();

 private:
  explicit lmdb_write(MDB_txn* transaction) : transaction_(transaction) {}
  MDB_txn* transaction_;
};

/// A place in a table.
class lmdb_cursor {
 public:
  [[nodiscard]] static result<lmdb_cursor> open(MDB_txn* transaction, MDB_dbi table);
  lmdb_cursor(lmdb_cursor&& other) noexcept : cursor_(std::exchange(other.cursor_, nullptr)) {}
  lmdb_cursor& operator=(lmdb_cursor&&) = delete;
  ~lmdb_cursor();

  struct row {
    bytes_view key{};
    bytes_view value{};
  };
  /// MDB_FIRST, MDB_NEXT, MDB_PREV or MDB_LAST. Nothing when there is none.
  [[nodiscard]] result<std::optional<row>> move(MDB_cursor_op where);
  /// The first row at or behind `key`.
  [[nodiscard]] result<std::optional<row>> seek(bytes_view key);
  [[nodiscard]] result<void> remove_here();

 private:
  explicit lmdb_cursor(MDB_cursor* cursor) : cursor_(cursor) {}
  MDB_cursor* cursor_;
};

}  // namespace reprise::persistence
