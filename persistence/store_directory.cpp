// SPDX-License-Identifier: Apache-2.0
#include "persistence/store_directory.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <system_error>
#include <unistd.h>

namespace reprise::persistence {
namespace {

error system_error(const std::filesystem::path& what) {
  return {errc::io_error, what.string() + ": " + std::strerror(errno)};
}

std::string holder_of(int file) {
  std::array<char, 32> text{};
  const ssize_t size = ::pread(file, text.data(), text.size() - 1, 0);
  std::string holder(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  while (!holder.empty() && holder.back() == '\n') holder.pop_back();
  return holder.empty() ? "unknown" : holder;
}

}  // namespace

result<store_lock> store_lock::take(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / "lock";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return system_error(path);
  store_lock lock(file);
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return system_error(path);
    return error{errc::locked, directory.string() + " is open in process " + holder_of(file)};
  }
  const std::string holder = std::to_string(::getpid()) + "\n";
  if (::ftruncate(file, 0) != 0 ||
      ::pwrite(file, holder.data(), holder.size(), 0) != static_cast<ssize_t>(holder.size())) {
    return system_error(path);
  }
  return lock;
}

result<store_lock> store_lock::take_folder(const std::filesystem::path& directory) {
  const int file = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return system_error(directory);
  store_lock lock(file);
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return system_error(directory);
    return error{errc::locked, "another process works on " + directory.string()};
  }
  return lock;
}

store_lock::~store_lock() {
  if (file_ >= 0) ::close(file_);
}

std::uint64_t map_bytes_for(std::uint64_t used_bytes) {
  constexpr std::uint64_t least = std::uint64_t{64} << 20U;
  return std::max(least, 2 * used_bytes);
}

result<void> make_directory(const std::filesystem::path& directory) {
  std::error_code failed;
  if (std::filesystem::is_directory(directory, failed)) return {};
  const std::filesystem::path absolute = std::filesystem::absolute(directory, failed);
  const std::filesystem::path above = absolute.parent_path();
  if (above != absolute) {
    if (auto made = make_directory(above); !made) return made;
  }
  if (::mkdir(absolute.c_str(), 0755) != 0 && errno != EEXIST) return system_error(directory);
  // A folder is there after a power cut only when the one above it was synced.
  return sync_directory(above);
}

result<void> check_is_store(const std::filesystem::path& directory) {
  std::error_code ignored;
  if (std::filesystem::exists(directory / "journal" / "data.mdb", ignored)) return {};
  return error{errc::not_found, directory.string() + " holds no store"};
}

result<void> sync_directory(const std::filesystem::path& directory) {
  const int file = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return system_error(directory);
  const int synced = ::fsync(file);
  ::close(file);
  if (synced != 0) return system_error(directory);
  return {};
}

std::filesystem::path replacement_of(const std::filesystem::path& folder) {
  return folder.string() + ".compact";
}

result<void> exchange_folders(const std::filesystem::path& one,
                              const std::filesystem::path& other) {
  if (::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) != 0) {
    if (errno != EINVAL && errno != ENOSYS) return system_error(other);
    return error{errc::incompatible,
                 "the file system of " + other.string() + " cannot exchange two folders"};
  }
  return sync_directory(other.parent_path());
}

result<void> discard_replacements(const std::filesystem::path& store) {
  for (const char* const name : {"journal", "snapshots", "consumers"}) {
    const std::filesystem::path left = replacement_of(store / name);
    std::error_code failed;
    const std::uintmax_t removed = std::filesystem::remove_all(left, failed);
    if (failed) return error{errc::io_error, left.string() + ": " + failed.message()};
    if (removed == 0) continue;
    base::log(base::log_level::warning,
              left.string() + " was left by a compaction that did not end; it is removed");
  }
  return {};
}

result<void> check_filesystem(const std::filesystem::path& directory) {
  struct kind {
    std::uint32_t magic;
    std::string_view name;
  };
  static constexpr std::array<kind, 9> remote{{{0x6969, "NFS"},
                                               {0x517b, "SMB"},
                                               {0xfe534d42, "SMB"},
                                               {0xff534d42, "CIFS"},
                                               {0x65735546, "FUSE"},
                                               {0x01021997, "9p"},
                                               {0x5346414f, "AFS"},
                                               {0x00c36400, "Ceph"},
                                               {0x0bd00bd0, "Lustre"}}};
  struct statfs found {};
  if (::statfs(directory.c_str(), &found) != 0) return system_error(directory);
  for (const kind& k : remote) {
    if (static_cast<std::uint32_t>(found.f_type) != k.magic) continue;
    return error{errc::incompatible,
                 directory.string() + " lies on " + std::string(k.name) +
                     ", where a store can be damaged by another host; set force_filesystem if "
                     "nobody else has it mounted"};
  }
  return {};
}

}  // namespace reprise::persistence
