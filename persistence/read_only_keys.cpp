// SPDX-License-Identifier: Apache-2.0
#include "persistence/read_only_keys.hpp"

#include <sys/stat.h>

namespace reprise::persistence {

result<std::optional<secret_key>> read_only_keys::find(const key_id& key) const {
  return known_.with([&](content& known) -> result<std::optional<secret_key>> {
    if (auto fresh = refresh(known); !fresh) return std::move(fresh).error();
    if (!known.table) return std::optional<secret_key>();
    return known.table->find(key);
  });
}

result<void> read_only_keys::refresh(content& known) const {
  struct stat found {};
  if (::stat(key_file::name_in(store_).c_str(), &found) != 0) {
    known = {};
    return {};
  }
  const appearance now{.size = static_cast<std::uint64_t>(found.st_size),
                       .seconds = found.st_mtim.tv_sec,
                       .nanoseconds = found.st_mtim.tv_nsec};
  if (known.table && known.looked == now) return {};
  const auto file = key_file::open_to_read(store_);
  if (!file) return file.error();
  if (!*file) {
    known = {};
    return {};
  }
  auto stored = (*file)->read();
  if (!stored) return std::move(stored).error();
  known.table.emplace(std::move(*stored));
  // As it looked before it was read: what came meanwhile is read next time.
  known.looked = now;
  return {};
}

}  // namespace reprise::persistence
