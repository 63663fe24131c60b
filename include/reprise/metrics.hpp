// SPDX-License-Identifier: Apache-2.0
//
// Counters, gauges and histograms that parts of the library keep and a user may read.
//
// Threading: every method may be called from any thread. Instruments live as long as the registry.

#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace reprise {

/// Goes up, or is set: a count, or how much of something there is now.
class counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  void set(std::uint64_t n) { value_.store(n, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Distribution of non-negative integers in buckets of 1/8 of a power of two (12.5 % wide).
class histogram {
 public:
  void record(std::uint64_t value) {
    buckets_[bucket_of(value)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t count() const;
  [[nodiscard]] std::uint64_t sum() const { return sum_.load(std::memory_order_relaxed); }
  /// Upper bound of the bucket that holds the value at `share` (0..1) of all; 0 when empty.
  [[nodiscard]] std::uint64_t quantile(double share) const;

 private:
  static constexpr unsigned steps = 8;
  static constexpr unsigned bucket_count = 62 * steps;

  static constexpr unsigned bucket_of(std::uint64_t value) {
    if (value < steps) return static_cast<unsigned>(value);
    const auto power = static_cast<unsigned>(std::bit_width(value)) - 1;
    const auto step = static_cast<unsigned>(value >> (power - 3U)) & (steps - 1);
    return (power - 2) * steps + step;
  }
  static constexpr std::uint64_t upper_of(unsigned bucket) {
    if (bucket < steps) return bucket;
    const unsigned power = bucket / steps + 2;
    const std::uint64_t step = bucket % steps;
    return ((steps + step + 1) << (power - 3U)) - 1;
  }

  std::array<std::atomic<std::uint64_t>, bucket_count> buckets_{};
  std::atomic<std::uint64_t> sum_{0};
};

/// Finds or makes instruments by name. Names are dotted paths: `journal.commits`.
class metrics {
 public:
  counter& count(std::string_view name);
  histogram& distribution(std::string_view name);

  struct reading {
    std::string name{};
    /// Of a counter: its value. Of a histogram: how many values it has seen.
    std::uint64_t value = 0;
    bool is_histogram = false;
    std::uint64_t p50 = 0;
    std::uint64_t p99 = 0;
    std::uint64_t p999 = 0;
  };
  /// All instruments, by name.
  [[nodiscard]] std::vector<reading> read() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<counter>, std::less<>> counters_;
  std::map<std::string, std::unique_ptr<histogram>, std::less<>> histograms_;
};

}  // namespace reprise
