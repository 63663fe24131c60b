// SPDX-License-Identifier: Apache-2.0
#include "persistence/pending_store.hpp"

#include <string>
#include <system_error>

namespace reprise::persistence {
namespace {

// What lies in the way is refused before anything is made, or cleared away.
result<void> clear_way(const std::filesystem::path& from, const std::filesystem::path& to,
                       const std::filesystem::path& partial) {
  std::error_code failed;
  const auto inside = std::filesystem::weakly_canonical(from, failed).lexically_relative(partial);
  if (!inside.empty() && *inside.begin() != "..") {
    return error{errc::invalid_argument, from.string() + " is what an unfinished store at " +
                                             to.string() + " left behind; move it elsewhere first"};
  }
  if (std::filesystem::exists(std::filesystem::symlink_status(to, failed)) &&
      !std::filesystem::is_directory(std::filesystem::symlink_status(to, failed))) {
    return error{errc::invalid_argument, to.string() + " is there already, and no folder"};
  }
  if (std::filesystem::exists(to, failed) && !std::filesystem::is_empty(to, failed)) {
    return error{errc::invalid_argument,
                 to.string() + " is there already; a new store needs a folder of its own"};
  }
  // An empty one goes now: if it cannot (something is mounted there), it could not at the end.
  std::filesystem::remove(to, failed);
  if (failed) return error{errc::io_error, to.string() + ": " + failed.message()};
  return make_directory(partial);
}

// Empties the folder that the store is made in; its lock is held.
result<void> clear(const std::filesystem::path& partial) {
  std::error_code failed;
  for (const auto& left : std::filesystem::directory_iterator(partial, failed)) {
    std::filesystem::remove_all(left.path(), failed);
    if (failed) break;
  }
  if (failed) return error{errc::io_error, partial.string() + ": " + failed.message()};
  return {};
}

}  // namespace

result<pending_store> pending_store::begin(const std::filesystem::path& to,
                                           const std::filesystem::path& from) {
  std::error_code ignored;
  const std::filesystem::path target =
      (std::filesystem::weakly_canonical(std::filesystem::absolute(to, ignored), ignored) / "")
          .parent_path();
  if (to.empty() || !target.has_filename()) {
    return error{errc::invalid_argument, "a new store needs the name of a folder to make"};
  }
  const std::filesystem::path partial = target.string() + ".partial";
  if (auto cleared = clear_way(from, target, partial); !cleared) return std::move(cleared).error();
  // Until the store has its name: two that are made in one place would mix.
  auto held = store_lock::take_folder(partial);
  if (!held) return std::move(held).error();
  pending_store made(target, std::move(*held));
  if (auto cleared = clear(partial); !cleared) return std::move(cleared).error();
  return made;
}

pending_store::~pending_store() {
  std::error_code ignored;
  if (!named_) std::filesystem::remove_all(folder(), ignored);
}

result<void> pending_store::give_name() {
  std::error_code failed;
  std::filesystem::remove(folder() / "lock", failed);
  std::filesystem::rename(folder(), to_, failed);
  if (failed) return error{errc::io_error, to_.string() + ": " + failed.message()};
  named_ = true;
  return sync_directory(to_.parent_path());
}

}  // namespace reprise::persistence
