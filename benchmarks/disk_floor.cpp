// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/disk_floor.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <string>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace reprise::benchmarks {

double fdatasync_p50_us(const std::filesystem::path& folder, int rounds) {
  const std::string path = (folder / "disk_floor").string();
  const int file = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (file < 0) throw std::system_error(errno, std::generic_category(), path);
  const std::array<char, 4096> page{};
  std::vector<double> took;
  for (int i = 0; i < rounds; ++i) {
    const auto began = std::chrono::steady_clock::now();
    if (::write(file, page.data(), page.size()) != static_cast<ssize_t>(page.size()) ||
        ::fdatasync(file) != 0) {
      const int why = errno;
      ::close(file);
      throw std::system_error(why, std::generic_category(), path);
    }
    took.push_back(
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - began)
            .count());
  }
  ::close(file);
  std::filesystem::remove(path);
  std::ranges::nth_element(took, took.begin() + rounds / 2);
  return took[static_cast<std::size_t>(rounds) / 2];
}

}  // namespace reprise::benchmarks
