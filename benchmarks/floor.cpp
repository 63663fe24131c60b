// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/floor.hpp"

#include "benchmarks/stopwatch.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <fstream>
#include <malloc.h>
#include <numeric>
#include <string>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace reprise::benchmarks {
namespace {

[[noreturn]] void fail(const std::string& path) {
  throw std::system_error(errno, std::generic_category(), path);
}

/// A file that grows, and goes when this does.
class growing_file {
 public:
  explicit growing_file(const std::filesystem::path& folder)
      : path_((folder / "floor").string()),
        file_(::open(path_.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600)) {
    if (file_ < 0) fail(path_);
  }
  ~growing_file() {
    ::close(file_);
    ::unlink(path_.c_str());
  }
  growing_file(const growing_file&) = delete;
  growing_file& operator=(const growing_file&) = delete;

  void append_durably(const std::vector<char>& what) const {
    if (::write(file_, what.data(), what.size()) != static_cast<ssize_t>(what.size()) ||
        ::fdatasync(file_) != 0) {
      fail(path_);
    }
  }

 private:
  std::string path_;
  int file_;
};

}  // namespace

double fdatasync_p50_us(const std::filesystem::path& folder, int rounds) {
  const growing_file file(folder);
  const std::vector<char> page(4096);
  std::vector<double> took;
  for (int i = 0; i < rounds; ++i) {
    const stopwatch since;
    file.append_durably(page);
    took.push_back(since.seconds() * 1e6);
  }
  std::ranges::nth_element(took, took.begin() + rounds / 2);
  return took[static_cast<std::size_t>(rounds) / 2];
}

double durable_appends_per_second(const std::filesystem::path& folder, std::size_t bytes,
                                  double seconds) {
  const growing_file file(folder);
  const std::vector<char> batch(bytes, 'b');
  std::uint64_t appends = 0;
  const stopwatch since;
  double took = 0;
  for (; took < seconds; took = since.seconds(), ++appends) file.append_durably(batch);
  return static_cast<double>(appends) / took;
}

std::optional<double> device_bytes_written(const std::filesystem::path& folder) {
  constexpr int sectors_written = 7;
  constexpr double sector_bytes = 512;
  struct stat found {};
  if (::stat(folder.c_str(), &found) != 0) return {};
  std::ifstream counts("/sys/dev/block/" + std::to_string(major(found.st_dev)) + ":" +
                       std::to_string(minor(found.st_dev)) + "/stat");
  double count = 0;
  for (int i = 0; i < sectors_written; ++i) counts >> count;
  if (!counts) return {};
  return count * sector_bytes;
}

std::uint64_t bytes_allocated() {
  const struct mallinfo2 now = mallinfo2();
  return now.uordblks + now.hblkhd;
}

double memory_read_bytes_per_second() {
  constexpr int rounds = 5;
  std::vector<std::uint64_t> words(std::size_t{32} << 20U, 1);
  double best = 0;
  std::uint64_t sum = 0;
  for (int i = 0; i < rounds; ++i) {
    const stopwatch since;
    sum += std::accumulate(words.begin(), words.end(), std::uint64_t{0});
    const double bytes = static_cast<double>(words.size() * sizeof(std::uint64_t));
    best = std::max(best, bytes / since.seconds());
  }
  // The sum is used, so that it is really made.
  return sum == 0 ? 0 : best;
}

}  // namespace reprise::benchmarks
