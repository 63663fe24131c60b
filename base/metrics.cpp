// SPDX-License-Identifier: Apache-2.0
#include <reprise/metrics.hpp>

#include <algorithm>

namespace reprise {

std::uint64_t histogram::count() const {
  std::uint64_t total = 0;
  for (const auto& bucket : buckets_) total += bucket.load(std::memory_order_relaxed);
  return total;
}

std::uint64_t histogram::quantile(double share) const {
  const std::uint64_t total = count();
  if (total == 0) return 0;
  const auto wanted = std::clamp<std::uint64_t>(
      static_cast<std::uint64_t>(share * static_cast<double>(total)) + 1, 1, total);
  std::uint64_t seen = 0;
  for (unsigned i = 0; i < bucket_count; ++i) {
    seen += buckets_[i].load(std::memory_order_relaxed);
    if (seen >= wanted) return upper_of(i);
  }
  return upper_of(bucket_count - 1);
}

counter& metrics::count(std::string_view name) {
  const std::lock_guard hold(mutex_);
  auto found = counters_.find(name);
  if (found == counters_.end()) {
    found = counters_.emplace(std::string(name), std::make_unique<counter>()).first;
  }
  return *found->second;
}

histogram& metrics::distribution(std::string_view name) {
  const std::lock_guard hold(mutex_);
  auto found = histograms_.find(name);
  if (found == histograms_.end()) {
    found = histograms_.emplace(std::string(name), std::make_unique<histogram>()).first;
  }
  return *found->second;
}

std::vector<metrics::reading> metrics::read() const {
  const std::lock_guard hold(mutex_);
  std::vector<reading> all;
  all.reserve(counters_.size() + histograms_.size());
  for (const auto& [name, one] : counters_) {
    all.push_back({.name = name, .value = one->value()});
  }
  for (const auto& [name, one] : histograms_) {
    all.push_back({.name = name,
                   .value = one->count(),
                   .is_histogram = true,
                   .p50 = one->quantile(0.5),
                   .p99 = one->quantile(0.99),
                   .p999 = one->quantile(0.999)});
  }
  std::ranges::sort(all, {}, &reading::name);
  return all;
}

}  // namespace reprise
