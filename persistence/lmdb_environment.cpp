// SPDX-License-Identifier: Apache-2.0
#include "persistence/lmdb_environment.hpp"

#include "base/guarded.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <set>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace reprise::persistence {
namespace {

constexpr unsigned readers_max = 512;
// Its header and that many readers of 64 bytes, rounded up.
constexpr off_t lock_file_bytes = off_t{64} << 10U;
constexpr std::uint64_t reserve_ahead_min = std::uint64_t{1} << 20U;
constexpr std::uint64_t reserve_ahead_max = std::uint64_t{64} << 20U;
constexpr mdb_mode_t file_mode = 0644;
constexpr std::uint64_t writes_per_reader_check = 128;
// A commit may end the file a few pages early, when it took and gave back pages at the very end.
constexpr std::uint64_t pages_missing_max = 64;

// Closing an environment loses the file locks of any other one that the process has on the file.
result<void> check_library() {
  int major = 0;
  int minor = 0;
  int patch = 0;
  const char* const version = mdb_version(&major, &minor, &patch);
  if (major == 0 && minor == 9 && patch >= 26 && patch <= 31) {
    return error{errc::incompatible, std::string(version) +
                                         " loses locks when a store is closed (ITS#9278); use "
                                         "0.9.24, 0.9.25, or 0.9.32 and later"};
  }
  return {};
}

// LMDB writes to this file through a map. A page of it that is not there yet when the disk is full
// would kill the process, so all of them are taken now. Before LMDB opens it: closing the file
// later would give up LMDB's locks on it.
result<void> reserve_lock_file(const std::filesystem::path& file) {
  const int opened = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, file_mode);
  if (opened < 0) return lmdb_error(errno, "open " + file.string());
  const int code = ::posix_fallocate(opened, 0, lock_file_bytes);
  ::close(opened);
  if (code != 0) return lmdb_error(code, "reserve " + file.string());
  return {};
}

}  // namespace

error lmdb_error(int code, std::string_view what) {
  errc mapped = errc::io_error;
  switch (code) {
    case MDB_MAP_FULL:
    case ENOSPC:
    case EDQUOT:
      mapped = errc::disk_full;
      break;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
      mapped = errc::corrupt;
      break;
    case MDB_PANIC:
      // After a commit that failed at its meta page. What is in the file is sound.
      return {errc::unavailable, std::string(what) + ": the store must be opened again"};
    case MDB_VERSION_MISMATCH:
    case MDB_INCOMPATIBLE:
      mapped = errc::incompatible;
      break;
    case MDB_MAP_RESIZED:
      return {errc::unavailable,
              std::string(what) + ": another process has made the store larger; open it again"};
    case MDB_READERS_FULL:
      mapped = errc::overloaded;
      break;
    case ENOENT:
      mapped = errc::not_found;
      break;
    default:
      break;
  }
  return {mapped, std::string(what) + ": " + mdb_strerror(code)};
}

// Which environments this process has open, by what their folder is on disk.
class lmdb_environment::registry {
 public:
  static bool enter(const identity& what) {
    return opened().with([&](auto& all) { return all.insert(what).second; });
  }
  static void leave(const identity& what) {
    opened().with([&](auto& all) { all.erase(what); });
  }

 private:
  static base::guarded<std::set<identity>>& opened() {
    static base::guarded<std::set<identity>> all;
    return all;
  }
};

result<std::unique_ptr<lmdb_environment>> lmdb_environment::open(const options& how) {
  if (auto fine = check_library(); !fine) return std::move(fine).error();
  struct stat found {};
  if (::stat(how.directory.c_str(), &found) != 0) {
    return lmdb_error(errno, how.directory.string());
  }
  const identity what{found.st_dev, found.st_ino};
  if (!registry::enter(what)) {
    return error{errc::locked, how.directory.string() + " is open in this process (" +
                                   std::to_string(::getpid()) + ") already"};
  }
  // From here on the destructor leaves the registry.
  std::unique_ptr<lmdb_environment> made(new lmdb_environment(how.directory, what, how.read_only));
  if (auto started = made->start(how); !started) return std::move(started).error();
  return made;
}

result<void> lmdb_environment::start(const options& how) {
  const std::filesystem::path file = directory_ / "data.mdb";
  struct stat found {};
  const bool there = ::stat(file.c_str(), &found) == 0;
  if (!there && read_only_) return error{errc::not_found, file.string() + " is not there"};
  if (there && found.st_size == 0) {
    // LMDB would take it for a new one, and everything in it for never written.
    return error{errc::corrupt,
                 file.string() + " is empty; if nothing was ever stored in it, remove the file"};
  }
  if (const int code = mdb_env_create(&env_); code != 0) return lmdb_error(code, "mdb_env_create");
  mdb_env_set_maxdbs(env_, how.tables_max);
  mdb_env_set_maxreaders(env_, readers_max);
  if (!read_only_) {
    if (auto reserved = reserve_lock_file(directory_ / "lock.mdb"); !reserved) return reserved;
    if (const int code = mdb_env_set_mapsize(env_, how.map_size_bytes); code != 0) {
      return lmdb_error(code, "map of " + std::to_string(how.map_size_bytes) + " bytes");
    }
  }
  unsigned flags = MDB_NOTLS;
  if (read_only_) flags |= MDB_RDONLY;
  if (how.may_lose_last_commits) flags |= MDB_NOMETASYNC;
  if (const int code = mdb_env_open(env_, directory_.c_str(), flags, file_mode); code != 0) {
    return lmdb_error(code, "open " + file.string());
  }
  if (read_only_) {
    // Nobody locks out readers while the folder is exchanged for a smaller one; one that has the
    // file of one and the table of readers of the other must not go on.
    if (::stat(directory_.c_str(), &found) != 0) return lmdb_error(errno, directory_.string());
    if (identity{found.st_dev, found.st_ino} != identity_) {
      return error{errc::unavailable, directory_.string() + " was exchanged; open it again"};
    }
  }
  forget_dead_readers();
  return check_length();
}

// LMDB maps the file without looking at its length; the first touch behind its end would kill the
// process.
result<void> lmdb_environment::check_length() const {
  const sizes now = measure();
  if (now.file_bytes >= now.used_bytes) return {};
  MDB_stat pages{};
  mdb_env_stat(env_, &pages);
  const std::uint64_t missing = (now.used_bytes - now.file_bytes) / pages.ms_psize;
  const std::filesystem::path file = directory_ / "data.mdb";
  if (missing > pages_missing_max) {
    return error{errc::corrupt, file.string() + " has " + std::to_string(now.file_bytes) +
                                    " bytes, of " + std::to_string(now.used_bytes) +
                                    " that were written: it has lost its end"};
  }
  // Zeros are no valid page, so if one of these is used after all, it is found when it is read.
  if (!read_only_ && ::truncate(file.c_str(), static_cast<off_t>(now.used_bytes)) != 0) {
    return lmdb_error(errno, "extend " + file.string());
  }
  return {};
}

lmdb_environment::~lmdb_environment() {
  for (MDB_txn* const transaction : idle_) mdb_txn_abort(transaction);
  if (env_ != nullptr) mdb_env_close(env_);
  registry::leave(identity_);
}

result<MDB_dbi> lmdb_environment::table(const char* name, unsigned flags) const {
  // A handle lives on only when the transaction that opened it is committed; those of the pool
  // never are.
  MDB_txn* transaction = nullptr;
  if (const int code = mdb_txn_begin(env_, nullptr, MDB_RDONLY, &transaction); code != 0) {
    return lmdb_error(code, "begin a read transaction");
  }
  MDB_dbi opened = 0;
  if (const int code = mdb_dbi_open(transaction, name, flags, &opened); code != 0) {
    mdb_txn_abort(transaction);
    if (code == MDB_NOTFOUND) {
      return error{errc::corrupt, "the store has no table " + std::string(name)};
    }
    return lmdb_error(code, "open table " + std::string(name));
  }
  if (const int code = mdb_txn_commit(transaction); code != 0) return lmdb_error(code, "commit");
  return opened;
}

result<lmdb_read> lmdb_environment::read() const {
  MDB_txn* transaction = nullptr;
  {
    const std::lock_guard hold(idle_mutex_);
    if (!idle_.empty()) {
      transaction = idle_.back();
      idle_.pop_back();
    }
  }
  const bool pooled = transaction != nullptr;
  const int code =
      pooled ? mdb_txn_renew(transaction) : mdb_txn_begin(env_, nullptr, MDB_RDONLY, &transaction);
  if (code != 0) {
    if (pooled) mdb_txn_abort(transaction);
    return lmdb_error(code, "begin a read transaction");
  }
  return lmdb_read(*this, transaction);
}

result<void> lmdb_environment::sync() {
  constexpr int even_if_not_asked_for = 1;
  if (sync_failed_.load(std::memory_order_relaxed)) {
    return error{errc::io_error, "an earlier sync failed"};
  }
  if (const int code = mdb_env_sync(env_, even_if_not_asked_for); code != 0) {
    sync_failed_.store(true, std::memory_order_relaxed);
    return error{errc::io_error, std::string("sync: ") + mdb_strerror(code)};
  }
  return {};
}

void lmdb_environment::forget_dead_readers() {
  int dead = 0;
  mdb_reader_check(env_, &dead);
}

bool lmdb_environment::has_tables() const {
  MDB_stat names{};
  return mdb_env_stat(env_, &names) != 0 || names.ms_entries > 0;
}

namespace {

struct map_usage {
  std::uint64_t used_bytes = 0;
  std::uint64_t map_bytes = 0;
};

// From memory; the disk is not asked.
map_usage usage_of_map(MDB_env* environment) {
  MDB_envinfo info{};
  MDB_stat pages{};
  mdb_env_info(environment, &info);
  mdb_env_stat(environment, &pages);
  return {.used_bytes = (std::uint64_t{info.me_last_pgno} + 1) * pages.ms_psize,
          .map_bytes = info.me_mapsize};
}

}  // namespace

lmdb_environment::sizes lmdb_environment::measure() const {
  const map_usage now = usage_of_map(env_);
  std::error_code failed;
  const auto file = std::filesystem::file_size(directory_ / "data.mdb", failed);
  return {
      .file_bytes = failed ? 0 : file, .used_bytes = now.used_bytes, .map_bytes = now.map_bytes};
}

result<lmdb_environment::table_usage> lmdb_environment::usage(MDB_dbi table) const {
  const auto transaction = read();
  if (!transaction) return transaction.error();
  MDB_stat found{};
  if (const int code = mdb_stat(transaction->handle(), table, &found); code != 0) {
    return lmdb_error(code, "measure a table");
  }
  const std::uint64_t pages = found.ms_branch_pages + found.ms_leaf_pages + found.ms_overflow_pages;
  return table_usage{.rows = found.ms_entries, .bytes = pages * found.ms_psize};
}

result<std::uint64_t> lmdb_environment::free_bytes() const {
  constexpr MDB_dbi free_table = 0;
  const auto transaction = read();
  if (!transaction) return transaction.error();
  MDB_stat found{};
  if (const int code = mdb_stat(transaction->handle(), free_table, &found); code != 0) {
    return lmdb_error(code, "measure free pages");
  }
  auto cursor = lmdb_cursor::open(transaction->handle(), free_table);
  if (!cursor) return std::move(cursor).error();
  // Each row is a list of page numbers that begins with how many there are.
  std::uint64_t pages = 0;
  auto row = cursor->move(MDB_FIRST);
  for (; row && *row; row = cursor->move(MDB_NEXT)) {
    std::size_t count = 0;
    if ((*row)->value.size() >= sizeof count) {
      std::memcpy(&count, (*row)->value.data(), sizeof count);
    }
    pages += count;
  }
  if (!row) return std::move(row).error();
  return pages * found.ms_psize;
}

result<void> lmdb_environment::reserve(std::uint64_t bytes) {
  const std::uint64_t used = usage_of_map(env_).used_bytes;
  const std::uint64_t reserved = std::max(used, reserved_upto_.load(std::memory_order_relaxed));
  if (used + bytes <= reserved) return {};
  // More than is needed, so that this is seldom; if the disk does not have that, what is needed.
  const std::uint64_t ahead = std::clamp(used / 8, reserve_ahead_min, reserve_ahead_max);
  mdb_filehandle_t file = -1;
  mdb_env_get_fd(env_, &file);
  int code = 0;
  for (const std::uint64_t more : {bytes + ahead, bytes}) {
    const std::uint64_t upto = used + more;
    code = ::fallocate(file, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(reserved),
                       static_cast<off_t>(upto - reserved)) == 0
               ? 0
               : errno;
    if (code == 0) reserved_upto_.store(upto, std::memory_order_relaxed);
    if (code != ENOSPC && code != EDQUOT) return {};
  }
  return lmdb_error(code, "reserve " + std::to_string(bytes) + " bytes");
}

std::uint64_t lmdb_environment::reserved_bytes() const {
  const sizes now = measure();
  const std::uint64_t reserved =
      std::max(now.file_bytes, reserved_upto_.load(std::memory_order_relaxed));
  return reserved - std::min(reserved, now.used_bytes);
}

lmdb_read::~lmdb_read() {
  if (transaction_ == nullptr) return;
  mdb_txn_reset(transaction_);
  const std::lock_guard hold(environment_.idle_mutex_);
  environment_.idle_.push_back(transaction_);
}

result<void> lmdb_read::renew() {
  mdb_txn_reset(transaction_);
  if (const int code = mdb_txn_renew(transaction_); code != 0) {
    return lmdb_error(code, "renew a read transaction");
  }
  return {};
}

namespace {

MDB_val to_lmdb(bytes_view view) {
  // LMDB's values are mutable only for those that it hands out.
  return {view.size(), const_cast<std::byte*>(view.data())};  // NOLINT(*-const-cast)
}

bytes_view from_lmdb(const MDB_val& value) {
  return {static_cast<const std::byte*>(value.mv_data), value.mv_size};
}

}  // namespace

result<std::optional<bytes_view>> lmdb_read::get(MDB_dbi table, bytes_view key) const {
  MDB_val name = to_lmdb(key);
  MDB_val value{};
  const int code = mdb_get(transaction_, table, &name, &value);
  if (code == MDB_NOTFOUND) return std::optional<bytes_view>{};
  if (code != 0) return lmdb_error(code, "read");
  return std::optional(from_lmdb(value));
}

namespace {

bool is_unusable(MDB_env* environment) {
  MDB_txn* probe = nullptr;
  const int code = mdb_txn_begin(environment, nullptr, 0, &probe);
  if (code == 0) mdb_txn_abort(probe);
  return code == MDB_PANIC;
}

}  // namespace

result<lmdb_write> lmdb_write::begin(lmdb_environment& environment) {
  if (++environment.writes_ % writes_per_reader_check == 0) environment.forget_dead_readers();
  MDB_txn* transaction = nullptr;
  if (const int code = mdb_txn_begin(environment.handle(), nullptr, 0, &transaction); code != 0) {
    return lmdb_error(code, "begin a write transaction");
  }
  return lmdb_write(transaction);
}

lmdb_write::~lmdb_write() {
  if (transaction_ != nullptr) mdb_txn_abort(transaction_);
}

result<MDB_dbi> lmdb_write::open_table(const char* name, unsigned flags) {
  MDB_dbi table = 0;
  if (const int code = mdb_dbi_open(transaction_, name, flags, &table); code != 0) {
    return lmdb_error(code, "open table " + std::string(name));
  }
  return table;
}

result<void> lmdb_write::put(MDB_dbi table, bytes_view key, bytes_view value) {
  MDB_val name = to_lmdb(key);
  MDB_val content = to_lmdb(value);
  if (const int code = mdb_put(transaction_, table, &name, &content, 0); code != 0) {
    return lmdb_error(code, "write");
  }
  return {};
}

result<std::span<std::byte>> lmdb_write::append(MDB_dbi table, std::uint64_t key,
                                                std::size_t size) {
  MDB_val name{sizeof key, &key};
  MDB_val room{size, nullptr};
  const int code = mdb_put(transaction_, table, &name, &room, MDB_APPEND | MDB_RESERVE);
  if (code != 0) return lmdb_error(code, "append");
  return std::span(static_cast<std::byte*>(room.mv_data), size);
}

result<void> lmdb_write::commit() {
  MDB_env* const environment = mdb_txn_env(transaction_);
  const int code = mdb_txn_commit(std::exchange(transaction_, nullptr));
  if (code == 0) return {};
  error why = lmdb_error(code, "commit");
  // A commit that failed at its meta page, the last one, leaves the environment unusable, and open
  // what stands in the file. It takes no room, but a file system that copies on write may lack it.
  if (why.code == errc::disk_full && is_unusable(environment)) why.code = errc::io_error;
  return why;
}

result<lmdb_cursor> lmdb_cursor::open(MDB_txn* transaction, MDB_dbi table) {
  MDB_cursor* cursor = nullptr;
  if (const int code = mdb_cursor_open(transaction, table, &cursor); code != 0) {
    return lmdb_error(code, "open a cursor");
  }
  return lmdb_cursor(cursor);
}

lmdb_cursor::~lmdb_cursor() {
  if (cursor_ != nullptr) mdb_cursor_close(cursor_);
}

result<std::optional<lmdb_cursor::row>> lmdb_cursor::move(MDB_cursor_op where) {
  MDB_val key{};
  MDB_val value{};
  const int code = mdb_cursor_get(cursor_, &key, &value, where);
  if (code == MDB_NOTFOUND) return std::optional<row>{};
  if (code != 0) return lmdb_error(code, "read a table");
  return std::optional(row{from_lmdb(key), from_lmdb(value)});
}

result<std::optional<lmdb_cursor::row>> lmdb_cursor::seek(bytes_view key) {
  MDB_val name = to_lmdb(key);
  MDB_val value{};
  const int code = mdb_cursor_get(cursor_, &name, &value, MDB_SET_RANGE);
  if (code == MDB_NOTFOUND) return std::optional<row>{};
  if (code != 0) return lmdb_error(code, "search a table");
  return std::optional(row{from_lmdb(name), from_lmdb(value)});
}

result<void> lmdb_cursor::remove_here() {
  if (const int code = mdb_cursor_del(cursor_, 0); code != 0) return lmdb_error(code, "remove");
  return {};
}

}  // namespace reprise::persistence
