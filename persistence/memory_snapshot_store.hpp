// SPDX-License-Identifier: Apache-2.0
//
// Snapshots in memory; nothing is left when it is gone.
//
// Threading: every method may be called from any thread.

#pragma once

#include "base/guarded.hpp"
#include "persistence/snapshot_store.hpp"

#include <map>

namespace reprise::persistence {

class memory_snapshot_store final : public snapshot_store {
 public:
  [[nodiscard]] result<void> save(const aggregate_key& aggregate, const snapshot& taken,
                                  std::uint32_t keep) override;
  [[nodiscard]] result<std::optional<snapshot>> load(const aggregate_key& aggregate,
                                                     const snapshot_bounds& bounds) const override;
  [[nodiscard]] result<std::uint64_t> remove(const aggregate_key& aggregate,
                                             const snapshot_bounds& bounds) override;
  [[nodiscard]] result<void> sync() override { return {}; }
  [[nodiscard]] std::uint64_t damaged() const override { return 0; }

 private:
  using of_aggregate = std::map<sequence, snapshot>;
  base::guarded<std::map<aggregate_key, of_aggregate>> all_;
};

}  // namespace reprise::persistence
