// SPDX-License-Identifier: Apache-2.0
//
// A small file system in memory, where this process may mount one.
//
// Threading: confined to the test.

#pragma once

#include <filesystem>
#include <sys/mount.h>
#include <utility>

namespace reprise::persistence {

class small_disk {
 public:
  explicit small_disk(std::filesystem::path where) : where_(std::move(where)) {
    std::filesystem::create_directories(where_);
    mounted_ = ::mount("tmpfs", where_.c_str(), "tmpfs", 0, "size=12m") == 0;
  }
  ~small_disk() {
    if (mounted_) ::umount2(where_.c_str(), MNT_DETACH);
  }
  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;
  [[nodiscard]] bool mounted() const { return mounted_; }

 private:
  std::filesystem::path where_;
  bool mounted_ = false;
};

}  // namespace reprise::persistence
