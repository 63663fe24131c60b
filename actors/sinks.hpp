// SPDX-License-Identifier: Apache-2.0
//
// The sinks that a node feeds: starts them, and stops them with the node.
//
// Threading: every method may be called from any thread.

#pragma once

#include "actors/consumer_host.hpp"
#include "actors/sink_task.hpp"
#include "base/clock.hpp"
#include "base/guarded.hpp"
#include "persistence/journal.hpp"

#include <reprise/metrics.hpp>
#include <reprise/result.hpp>
#include <reprise/sink.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace reprise::actors {

class sinks {
 public:
  /// All of it must outlive it. `seed`: of the chance in waits before a repeat.
  sinks(const persistence::journal& log, const base::clock& time, reprise::metrics& measured,
        consumer_host& host, std::uint64_t seed)
      : log_(log), time_(time), measured_(measured), host_(host), seed_(seed) {}
  ~sinks() { stop(); }

  /// `locked` when this version of the name is fed, and what a feeder says.
  [[nodiscard]] result<std::shared_ptr<detail::live_feed>> start(sink_feed what);
  [[nodiscard]] std::vector<projection_status> all() const;
  /// Waits for steps under way. Idempotent.
  void stop();

 private:
  using key = std::pair<std::string, std::uint32_t>;
  struct state {
    std::map<key, std::shared_ptr<sink_task>> running{};
    bool stopped = false;
  };

  const persistence::journal& log_;
  const base::clock& time_;
  reprise::metrics& measured_;
  consumer_host& host_;
  const std::uint64_t seed_;
  base::guarded<state> state_;
};

}  // namespace reprise::actors
