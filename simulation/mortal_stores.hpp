// SPDX-License-Identifier: Apache-2.0
//
// Snapshots, checkpoints and rows of a computer, as one life of its node sees them: what it commits
// is there in the next life, and what it tries once it is dead is not.
//
// Threading: one thread.

#pragma once

#include "actors/storage.hpp"
#include "persistence/memory_checkpoint_store.hpp"
#include "persistence/memory_row_store.hpp"
#include "persistence/memory_snapshot_store.hpp"
#include "persistence/store_survey.hpp"
#include "simulation/computer.hpp"

#include <memory>
#include <utility>

namespace reprise::simulated {

/// What is on the disk beside the log.
struct side_stores {
  persistence::memory_snapshot_store snapshots;
  persistence::memory_checkpoint_store checkpoints;
  persistence::memory_row_store rows;
};

inline error dead() {
  return {errc::io_error, "the node is dead"};
}

class mortal_snapshots final : public persistence::snapshot_store {
 public:
  mortal_snapshots(persistence::snapshot_store& on, std::shared_ptr<life> of)
      : on_(on), life_(std::move(of)) {}
  result<void> save(const aggregate_key& key, const persistence::snapshot& taken,
                    std::uint32_t keep) override {
    return life_->ended() ? dead() : on_.save(key, taken, keep);
  }
  result<std::optional<persistence::snapshot>> load(
      const aggregate_key& key, const persistence::snapshot_bounds& bounds) const override {
    return on_.load(key, bounds);
  }
  result<std::uint64_t> remove(const aggregate_key& key,
                               const persistence::snapshot_bounds& bounds) override {
    if (life_->ended()) return dead();
    return on_.remove(key, bounds);
  }
  result<void> sync() override { return life_->ended() ? dead() : on_.sync(); }
  std::uint64_t damaged() const override { return on_.damaged(); }

 private:
  persistence::snapshot_store& on_;
  const std::shared_ptr<life> life_;
};

class mortal_checkpoints final : public persistence::checkpoint_store {
 public:
  mortal_checkpoints(persistence::checkpoint_store& on, std::shared_ptr<life> of)
      : on_(on), life_(std::move(of)) {}
  result<void> save(std::string_view name, const persistence::checkpoint& taken) override {
    return life_->ended() ? dead() : on_.save(name, taken);
  }
  result<std::optional<persistence::checkpoint>> load(std::string_view name) const override {
    return on_.load(name);
  }
  result<void> remove(std::string_view name) override {
    return life_->ended() ? dead() : on_.remove(name);
  }
  result<std::vector<std::string>> names() const override { return on_.names(); }

 private:
  persistence::checkpoint_store& on_;
  const std::shared_ptr<life> life_;
};

class mortal_rows final : public persistence::row_store {
 public:
  mortal_rows(persistence::row_store& on, std::shared_ptr<life> of)
      : on_(on), life_(std::move(of)) {}
  result<void> commit(std::string_view projection, const persistence::row_changes& changes,
                      const persistence::checkpoint& taken) override {
    return life_->ended() ? dead() : on_.commit(projection, changes, taken);
  }
  result<void> remove(std::string_view projection) override {
    return life_->ended() ? dead() : on_.remove(projection);
  }
  result<std::vector<std::string>> names() const override { return on_.names(); }
  result<std::unique_ptr<persistence::row_snapshot>> read(
      std::string_view projection) const override {
    return on_.read(projection);
  }

 private:
  persistence::row_store& on_;
  const std::shared_ptr<life> life_;
};

/// Nobody asks a simulated node for its files.
class no_survey final : public persistence::store_survey {
 public:
  result<persistence::store_identity> identity() const override { return dead(); }
  result<persistence::store_inventory> inventory() const override { return dead(); }
  result<persistence::snapshot_tally> count_snapshots(bytes_view /*behind*/) const override {
    return dead();
  }
  result<verification> verify(const persistence::check_progress& /*go_on*/) const override {
    return dead();
  }
};

}  // namespace reprise::simulated
