// SPDX-License-Identifier: Apache-2.0
#include "persistence/store_check.hpp"

#include "persistence/key_file.hpp"

#include <string>
#include <utility>

namespace reprise::persistence {
namespace {

// What is not as it was written in the file of keys, where there is one.
result<void> add_damaged_keys(const std::filesystem::path& directory, verification& into) {
  const auto file = key_file::open_to_read(directory);
  if (!file) return file.error();
  if (!*file) return {};
  const auto stored = (*file)->read();
  if (!stored && stored.error().code != errc::corrupt) return stored.error();
  if (!stored) {
    into.damages.push_back({.what = stored.error().message});
    return {};
  }
  if (stored->header_damaged) {
    into.damages.push_back({.what = "the file of keys: one of its two headers", .derived = true});
  }
  for (const std::uint64_t number : stored->damaged) {
    into.damages.push_back({.what = "the file of keys: slot " + std::to_string(number) +
                                    "; what its key sealed cannot be read"});
  }
  return {};
}

}  // namespace

result<verification> check_store(const checked_store& store, const check_progress& go_on) {
  read_progress at;
  const auto report = store.log([&](std::uint64_t done, std::uint64_t total) {
    at = {.done = done, .total = total};
    return !go_on || go_on(at);
  });
  if (!report) return report.error();
  verification found{.partitions = store.partitions, .records = report->records};
  for (const damage_report& damage : report->damages) {
    found.damages.push_back({.partition = damage.partition,
                             .at = damage.at,
                             .what = damage.what,
                             .derived = damage.derived});
  }
  if (auto looked = add_damaged_keys(store.directory, found); !looked) {
    return std::move(looked).error();
  }
  if (store.snapshots == nullptr) return found;
  const auto totals = store.snapshots->verify([&] { return !go_on || go_on(at); });
  if (!totals) return totals.error();
  found.snapshots = totals->snapshots;
  found.snapshots_damaged = totals->damaged;
  return found;
}

}  // namespace reprise::persistence
