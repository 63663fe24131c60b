// SPDX-License-Identifier: Apache-2.0
#include "persistence/memory_snapshot_store.hpp"

#include "persistence/options.hpp"

#include <iterator>

namespace reprise::persistence {
namespace {

bool within(const snapshot& taken, const snapshot_bounds& bounds) {
  return taken.at >= bounds.from && taken.at <= bounds.to &&
         (!bounds.not_after || taken.time <= *bounds.not_after);
}

}  // namespace

result<void> memory_snapshot_store::save(const aggregate_key& aggregate, const snapshot& taken,
                                         std::uint32_t keep) {
  if (auto fine = check(aggregate); !fine) return fine;
  all_.with([&](auto& all) {
    of_aggregate& mine = all[aggregate];
    mine.insert_or_assign(taken.at, taken);
    while (keep != 0 && mine.size() > keep) mine.erase(mine.begin());
  });
  return {};
}

result<std::optional<snapshot>> memory_snapshot_store::load(const aggregate_key& aggregate,
                                                            const snapshot_bounds& bounds) const {
  if (auto fine = check(aggregate); !fine) return std::move(fine).error();
  return all_.with([&](const auto& all) -> std::optional<snapshot> {
    const auto mine = all.find(aggregate);
    if (mine == all.end()) return {};
    for (auto it = mine->second.rbegin(); it != mine->second.rend(); ++it) {
      if (within(it->second, bounds)) return it->second;
    }
    return {};
  });
}

result<std::uint64_t> memory_snapshot_store::remove(const aggregate_key& aggregate,
                                                    const snapshot_bounds& bounds) {
  if (auto fine = check(aggregate); !fine) return std::move(fine).error();
  return all_.with([&](auto& all) -> std::uint64_t {
    const auto mine = all.find(aggregate);
    if (mine == all.end()) return 0;
    const auto removed =
        std::erase_if(mine->second, [&](const auto& one) { return within(one.second, bounds); });
    if (mine->second.empty()) all.erase(mine);
    return removed;
  });
}

}  // namespace reprise::persistence
