// SPDX-License-Identifier: Apache-2.0
//
// Opens a node: checks its options, opens or makes its store, starts its parts. The only place that
// takes the system's clock and randomness.
#include "actors/node.hpp"
#include "actors/storage.hpp"
#include "actors/thread_drive.hpp"
#include "base/log.hpp"
#include "tracing/span_file.hpp"

#include <reprise/node.hpp>

#include <array>
#include <cstring>
#include <random>
#include <string>
#include <thread>
#include <utility>

namespace reprise {
namespace {

base::log_level to_level(log_lines lines) {
  switch (lines) {
    case log_lines::debug:
      return base::log_level::debug;
    case log_lines::infos:
      return base::log_level::info;
    case log_lines::warnings:
      return base::log_level::warning;
    case log_lines::errors:
      return base::log_level::error;
    case log_lines::off:
      break;
  }
  return base::log_level::off;
}

result<void> within(const char* name, std::uint64_t value, std::uint64_t least,
                    std::uint64_t most) {
  if (value >= least && value <= most) return {};
  return error{errc::invalid_argument, "node_options." + std::string(name) + " is " +
                                           std::to_string(value) + ", it must be " +
                                           std::to_string(least) + " to " + std::to_string(most)};
}

constexpr std::uint64_t any = ~std::uint64_t{0};

// What the store checks for itself is not checked twice.
result<void> check(const node_options& o) {
  const std::array checks{
      within("partitions", o.partitions, 0, 1024),
      within("workers", o.workers, 0, 256),
      within("recoveries_max", o.recoveries_max, 1, 64),
      within("consumers_max", o.consumers_max, 1, 64),
      within("active_max", o.active_max, 1, any),
      within("rows_bytes_max", o.rows_bytes_max, 1U << 20U, any),
      within("spans_bytes_max", o.spans_bytes_max, 1U << 16U, any),
      within("waiting_bytes_max", o.waiting_bytes_max, 1U << 16U, any),
      within("recovery_limit", static_cast<std::uint64_t>(o.recovery_limit.count()), 1, any >> 1U),
  };
  for (const result<void>& one : checks) {
    if (!one) return one;
  }
  return {};
}

std::array<std::byte, 16> seed_from_system() {
  std::random_device device;
  std::array<std::byte, 16> seed{};
  for (std::size_t i = 0; i < seed.size(); i += sizeof(std::uint32_t)) {
    const std::uint32_t word = device();
    std::memcpy(seed.data() + i, &word, sizeof word);
  }
  return seed;
}

}  // namespace

namespace detail {

result<std::unique_ptr<node_core>> open_node(const node_options& given) {
  if (const result<void> fine = check(given); !fine) return fine.error();
  node_options options = given;
  if (options.workers == 0) options.workers = std::max(1U, std::thread::hardware_concurrency());
  if (options.log != log_lines::off) base::set_log_level(to_level(options.log));

  auto time = std::make_unique<base::system_clock>();
  auto measured = std::make_unique<reprise::metrics>();
  const std::array<std::byte, 16> seed = seed_from_system();
  std::uint64_t hash_seed = 0;
  std::memcpy(&hash_seed, seed.data(), sizeof hash_seed);
  const bool clustered = !options.cluster.self.empty();
  if (clustered) {
    if (const auto fine = actors::cluster_member::check(options.cluster); !fine) {
      return fine.error();
    }
    if (options.data.empty()) {
      return error{errc::invalid_argument, "a node of a cluster needs a folder for its store"};
    }
  }
  auto storage = options.data.empty() ? actors::storage_in_memory(options, hash_seed, *time)
                 : clustered          ? actors::storage_of_replicas(options, *measured, *time)
                                      : actors::storage_on_disk(options, *measured, *time);
  if (!storage) return std::move(storage).error();
  if (!options.spans.empty() && !options.spans_to) {
    auto file = tracing::span_file::open(options.spans, options.spans_bytes_max, *measured);
    if (!file) return std::move(file).error();
    options.spans_to = std::move(*file);
  }
  auto opened = std::make_unique<actors::local_node>(std::move(options), std::move(time),
                                                     std::move(measured), std::move(*storage), seed,
                                                     std::make_unique<actors::thread_drive>());
  if (clustered) {
    if (auto joined = opened->join_cluster(); !joined) return std::move(joined).error();
  }
  return std::unique_ptr<node_core>(std::move(opened));
}

}  // namespace detail
}  // namespace reprise
