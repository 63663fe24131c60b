// SPDX-License-Identifier: Apache-2.0
//
// Snapshots whose states are opened when they are loaded. They come here sealed: which keys a state
// is sealed with is settled when it is taken, not when it is at last saved, or a state that is
// older than a forgetting could get a key that is newer.
//
// Invariants
//  * No snapshot is saved before the keys in it are durable.
// Threading: every method may be called from any thread; each blocks until it is done.

#pragma once

#include "persistence/sealing.hpp"
#include "persistence/snapshot_store.hpp"
#include "persistence/unsealed_read.hpp"

#include <memory>
#include <utility>

namespace reprise::persistence {

class sealing_snapshot_store final : public snapshot_store {
 public:
  /// `seals` must outlive it.
  sealing_snapshot_store(std::unique_ptr<snapshot_store> stored, const sealing& seals)
      : stored_(std::move(stored)), seals_(seals) {}

  [[nodiscard]] result<void> save(const aggregate_key& aggregate, const snapshot& taken,
                                  std::uint32_t keep) override {
    if (auto durable = seals_.keys().make_durable(); !durable) return durable;
    return stored_->save(aggregate, taken, keep);
  }
  [[nodiscard]] result<std::optional<snapshot>> load(const aggregate_key& aggregate,
                                                     const snapshot_bounds& bounds) const override {
    return load_unsealed(
        [this](const aggregate_key& key, const snapshot_bounds& within) {
          return stored_->load(key, within);
        },
        seals_.keys(), aggregate, bounds);
  }
  [[nodiscard]] result<std::uint64_t> remove(const aggregate_key& aggregate,
                                             const snapshot_bounds& bounds) override {
    return stored_->remove(aggregate, bounds);
  }
  [[nodiscard]] result<void> sync() override { return stored_->sync(); }
  [[nodiscard]] std::uint64_t damaged() const override { return stored_->damaged(); }

 private:
  const std::unique_ptr<snapshot_store> stored_;
  const sealing& seals_;
};

}  // namespace reprise::persistence
