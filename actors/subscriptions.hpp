// SPDX-License-Identifier: Apache-2.0
//
// The subscriptions of a node: starts them, wakes them when something is committed, stops them with
// the node. The store of checkpoints is opened with the first one that has a name.
//
// Threading: every method may be called from any thread.

#pragma once

#include "actors/consumer_pool.hpp"
#include "actors/live_subscription.hpp"
#include "base/clock.hpp"
#include "base/guarded.hpp"
#include "persistence/checkpoint_store.hpp"
#include "persistence/journal.hpp"

#include <reprise/result.hpp>
#include <reprise/subscription.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace reprise::actors {

class subscriptions final : public persistence::commit_listener {
 public:
  using open_checkpoints = std::function<result<std::unique_ptr<persistence::checkpoint_store>>()>;

  /// `log` and `time` must outlive it.
  subscriptions(persistence::journal& log, const base::clock& time, open_checkpoints open,
                std::uint32_t threads);
  ~subscriptions() override { stop(); }

  /// `locked` when one of that name runs, `stopped` after stop(), and what a delivery says.
  [[nodiscard]] result<std::shared_ptr<detail::running_subscription>> start(
      subscription_options options, subscriber whom);
  /// Stops all, and waits for the subscribers that are being called. Idempotent.
  void stop();

  void committed_moved(partition_id partition) override;

 private:
  struct state {
    std::unique_ptr<persistence::checkpoint_store> saved{};
    std::vector<std::weak_ptr<live_subscription>> all{};
    bool watching = false;
    bool stopped = false;
  };

  [[nodiscard]] result<persistence::checkpoint_store*> checkpoints();
  [[nodiscard]] result<std::shared_ptr<live_subscription>> make(subscription_options options,
                                                                subscriber whom);

  persistence::journal& log_;
  const base::clock& time_;
  const open_checkpoints open_;
  const std::shared_ptr<consumer_pool> pool_;
  const std::shared_ptr<running_names> names_;
  base::guarded<state> state_;
};

}  // namespace reprise::actors
