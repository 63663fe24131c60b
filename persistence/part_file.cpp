// SPDX-License-Identifier: Apache-2.0
#include "persistence/part_file.hpp"

#include "persistence/store_directory.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace reprise::persistence {
namespace {

constexpr std::size_t waiting_bytes_max = std::size_t{1} << 18U;

std::string reason(int number) {
  return std::generic_category().message(number);
}

error is_there(const std::filesystem::path& to) {
  return {errc::invalid_argument, to.string() + " is there already"};
}

bool in_the_way(const std::filesystem::path& to, bool replace) {
  std::error_code ignored;
  return !replace && std::filesystem::exists(std::filesystem::symlink_status(to, ignored));
}

// Whoever held the lock before may have given the file its final name.
bool still_named(int descriptor, const std::string& name) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(descriptor, &opened) == 0 && ::stat(name.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

}  // namespace

part_file::part_file(std::filesystem::path to, int descriptor)
    : to_(std::move(to)), descriptor_(descriptor) {}

part_file::~part_file() {
  // Before the lock is given up with the descriptor: after it, the file may be somebody else's.
  if (!named_) ::unlink(part().c_str());
  ::close(descriptor_);
}

result<std::unique_ptr<part_file>> part_file::open(const std::filesystem::path& to, bool replace) {
  if (!to.has_filename()) {
    return error{errc::invalid_argument, "'" + to.string() + "' is not the name of a file"};
  }
  if (in_the_way(to, replace)) return is_there(to);
  const std::string part = to.string() + ".part";
  const int descriptor = ::open(part.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor < 0) return error{errc::io_error, part + ": " + reason(errno)};
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0 || !still_named(descriptor, part)) {
    ::close(descriptor);
    return error{errc::locked, "another process writes " + part};
  }
  std::unique_ptr<part_file> file(new part_file(to, descriptor));
  if (::ftruncate(descriptor, 0) != 0) return file->failed(errno);
  return file;
}

result<void> part_file::keep_to_owner() {
  if (::fchmod(descriptor_, S_IRUSR | S_IWUSR) != 0) return failed(errno);
  return {};
}

result<void> part_file::write(std::string_view piece) {
  waiting_ += piece;
  return waiting_.size() < waiting_bytes_max ? result<void>{} : flush();
}

result<void> part_file::flush() {
  for (std::string_view left = waiting_; !left.empty();) {
    const ssize_t written = ::write(descriptor_, left.data(), left.size());
    if (written >= 0) {
      left.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      return failed(errno);
    }
  }
  waiting_.clear();
  return {};
}

result<void> part_file::give_name(bool replace) {
  if (auto flushed = flush(); !flushed) return flushed;
  if (::fsync(descriptor_) != 0) return failed(errno);
  if (in_the_way(to_, replace)) return is_there(to_);
  if (::rename(part().c_str(), to_.c_str()) != 0) return failed(errno);
  named_ = true;
  const std::filesystem::path folder = to_.parent_path();
  return sync_directory(folder.empty() ? "." : folder);
}

error part_file::failed(int number) const {
  return {number == ENOSPC || number == EDQUOT ? errc::disk_full : errc::io_error,
          part().string() + ": " + reason(number)};
}

}  // namespace reprise::persistence
