// SPDX-License-Identifier: Apache-2.0
//
// The folder of a store: whether it may lie where it does, and the right to write to it, which one
// process has at a time.
//
// Threading: confined to its owner.

#pragma once

#include <reprise/result.hpp>

#include <cstdint>
#include <filesystem>
#include <utility>

namespace reprise::persistence {

/// Holds DIRECTORY/lock while it lives. The file names the process; the lock itself is the
/// kernel's, so that it is gone when the process is.
class store_lock {
 public:
  /// `errc::locked`, naming the process that has it.
  [[nodiscard]] static result<store_lock> take(const std::filesystem::path& directory);
  /// Holds the folder itself instead, so that nothing is left in it. `errc::locked`.
  [[nodiscard]] static result<store_lock> take_folder(const std::filesystem::path& directory);
  store_lock(store_lock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  store_lock& operator=(store_lock&&) = delete;
  ~store_lock();

 private:
  explicit store_lock(int file) : file_(file) {}
  int file_;
};

/// `errc::not_found` when there is no store in the folder.
[[nodiscard]] result<void> check_is_store(const std::filesystem::path& directory);

/// The address space for an environment that a tool writes and that holds so much: room for what is
/// added, too.
[[nodiscard]] std::uint64_t map_bytes_for(std::uint64_t used_bytes);

/// Makes the folder, and those above it that are not there yet; durable when it returns.
[[nodiscard]] result<void> make_directory(const std::filesystem::path& directory);

/// Makes durable which names the folder holds.
[[nodiscard]] result<void> sync_directory(const std::filesystem::path& directory);

/// What is to take the place of an environment's folder is made under this name beside it.
[[nodiscard]] std::filesystem::path replacement_of(const std::filesystem::path& folder);

/// Each of two folders gets the other's name, both at once; durable when it returns.
/// `errc::incompatible` where the file system cannot do that.
[[nodiscard]] result<void> exchange_folders(const std::filesystem::path& one,
                                            const std::filesystem::path& other);

/// Removes what replacements a process that was killed left in a store's folder: some that were not
/// made to the end, or what they took the place of. The store's lock must be held.
[[nodiscard]] result<void> discard_replacements(const std::filesystem::path& store);

/// `errc::incompatible` when the folder lies on a network file system, where locks and shared maps
/// do not keep other hosts out.
[[nodiscard]] result<void> check_filesystem(const std::filesystem::path& directory);

}  // namespace reprise::persistence
