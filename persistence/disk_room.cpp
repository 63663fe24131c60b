// SPDX-License-Identifier: Apache-2.0
#include "persistence/disk_room.hpp"

#include <algorithm>
#include <sys/statvfs.h>

namespace reprise::persistence {

bool has_room(const lmdb_environment& environment, std::uint64_t bytes) {
  const lmdb_environment::sizes now = environment.measure();
  if (now.map_bytes - std::min(now.map_bytes, now.used_bytes) < bytes) return false;
  struct statvfs disk {};
  if (::statvfs(environment.directory().c_str(), &disk) != 0) return true;
  return std::uint64_t{disk.f_bavail} * disk.f_frsize + environment.reserved_bytes() >= bytes;
}

}  // namespace reprise::persistence
