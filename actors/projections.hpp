// SPDX-License-Identifier: Apache-2.0
//
// The projections of a node: starts them, finds them, stops them with the node.
//
// Threading: every method may be called from any thread.

#pragma once

#include "actors/consumer_host.hpp"
#include "actors/projection_task.hpp"
#include "base/clock.hpp"
#include "base/guarded.hpp"
#include "consumers/projection_change.hpp"
#include "persistence/journal.hpp"
#include "persistence/schema_store.hpp"

#include <reprise/detail/projection_type.hpp>
#include <reprise/metrics.hpp>
#include <reprise/projection.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace reprise::actors {

class projections {
 public:
  /// All of it must outlive it. `seed`: of the chance in waits before a repeat.
  projections(const persistence::journal& log, const persistence::schema_store& schemas,
              const base::clock& time, reprise::metrics& measured, consumer_host& host,
              std::uint64_t seed)
      : log_(log), schemas_(schemas), time_(time), measured_(measured), host_(host), seed_(seed) {}
  ~projections() { stop(); }

  /// `locked` when that version runs already, and what a projector says.
  [[nodiscard]] result<std::shared_ptr<detail::live_projection>> start(
      const detail::projection_type& type);
  /// `not_found` when it was not started here.
  [[nodiscard]] result<std::shared_ptr<projection_task>> find(const std::string& name,
                                                              std::uint32_t version) const;
  [[nodiscard]] std::vector<projection_status> all() const;
  /// Stops it if it runs, and forgets its rows.
  [[nodiscard]] result<void> drop(const std::string& name, std::uint32_t version);
  /// Changes the rows of a version, whether it runs here or not; what runs goes on with what is
  /// stored then. `not_found` also while no consumer was started here: then nothing of a projection
  /// is known. And what projection_change says.
  [[nodiscard]] result<consumers::order_outcome> carry_out(const consumers::projection_order& what);
  /// Waits for those that are folding an event. Idempotent.
  void stop();

 private:
  using key = std::pair<std::string, std::uint32_t>;
  struct state {
    std::map<key, std::shared_ptr<projection_task>> running{};
    bool stopped = false;
  };

  [[nodiscard]] consumers::change_lookups lookups() const;

  const persistence::journal& log_;
  const persistence::schema_store& schemas_;
  const base::clock& time_;
  reprise::metrics& measured_;
  consumer_host& host_;
  const std::uint64_t seed_;
  base::guarded<state> state_;
  /// Held by whoever starts a version or changes its rows, so that nobody folds what another
  /// changes.
  std::mutex changing_;
};

}  // namespace reprise::actors
