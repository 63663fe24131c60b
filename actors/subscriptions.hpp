// SPDX-License-Identifier: Apache-2.0
//
// The subscriptions of a node: starts them, and stops them with the node.
//
// Threading: every method may be called from any thread.

#pragma once

#include "actors/consumer_host.hpp"
#include "actors/live_subscription.hpp"
#include "base/clock.hpp"
#include "base/guarded.hpp"
#include "persistence/journal.hpp"

#include <reprise/result.hpp>
#include <reprise/subscription.hpp>

#include <memory>
#include <vector>

namespace reprise::actors {

class subscriptions {
 public:
  /// All of it must outlive it.
  subscriptions(const persistence::journal& log, const base::clock& time, consumer_host& host);
  ~subscriptions() { stop(); }

  /// `locked` when one of that name runs, `stopped` after stop(), and what a delivery says.
  [[nodiscard]] result<std::shared_ptr<detail::running_subscription>> start(
      subscription_options options, subscriber whom);
  /// Stops all, and waits for the subscribers that are being called. Idempotent.
  void stop();

 private:
  struct state {
    std::vector<std::weak_ptr<live_subscription>> all{};
    bool stopped = false;
  };

  [[nodiscard]] result<std::shared_ptr<live_subscription>> make(subscription_options options,
                                                                subscriber whom);

  const persistence::journal& log_;
  const base::clock& time_;
  consumer_host& host_;
  const std::shared_ptr<running_names> names_;
  base::guarded<state> state_;
};

}  // namespace reprise::actors
