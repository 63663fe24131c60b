// SPDX-License-Identifier: Apache-2.0
//
// A store that is being made. It is under its name only when it is whole; until then it lies
// beside, with `.partial` at its end, and is locked against others who would make the same.
//
// Threading: confined to one thread.

#pragma once

#include "persistence/store_directory.hpp"

#include <reprise/result.hpp>

#include <filesystem>
#include <utility>

namespace reprise::persistence {

class pending_store {
 public:
  /// `invalid_argument` when `to` names nothing, is there and is not empty, or when `from`, what it
  /// is made of, lies in the folder that would be emptied; `locked` when somebody else makes it;
  /// `io_error`. What one that was killed left behind is cleared away.
  [[nodiscard]] static result<pending_store> begin(const std::filesystem::path& to,
                                                   const std::filesystem::path& from);
  pending_store(pending_store&& other) noexcept
      : to_(std::move(other.to_)),
        lock_(std::move(other.lock_)),
        named_(std::exchange(other.named_, true)) {}
  pending_store& operator=(pending_store&&) = delete;
  /// Removes what did not get its name.
  ~pending_store();

  [[nodiscard]] std::filesystem::path folder() const { return to_.string() + ".partial"; }
  /// The last step; nobody may have the store open.
  [[nodiscard]] result<void> give_name();

 private:
  pending_store(std::filesystem::path to, store_lock lock)
      : to_(std::move(to)), lock_(std::move(lock)) {}

  std::filesystem::path to_;
  store_lock lock_;
  bool named_ = false;
};

}  // namespace reprise::persistence
