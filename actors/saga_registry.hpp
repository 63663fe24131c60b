// SPDX-License-Identifier: Apache-2.0
//
// The sagas of a node: starts for each type what routes events to it and what carries out its
// effects, and stops them with the node.
//
// Threading: every method may be called from any thread.

#pragma once

#include "actors/consumer_host.hpp"
#include "actors/saga_task.hpp"
#include "base/clock.hpp"
#include "base/guarded.hpp"
#include "persistence/journal.hpp"
#include "sagas/hosted_saga.hpp"

#include <reprise/detail/saga_type.hpp>
#include <reprise/metrics.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace reprise::actors {

class saga_registry {
 public:
  /// All of it must outlive it. `seed`: of the chance in waits before a repeat.
  saga_registry(const persistence::journal& log, const base::clock& time,
                reprise::metrics& measured, consumer_host& host, saga_outlets outlets,
                std::uint64_t seed)
      : log_(log),
        time_(time),
        measured_(measured),
        host_(host),
        outlets_(std::move(outlets)),
        seed_(seed) {}
  ~saga_registry() { stop(); }

  /// Its instances must be hosted already. Events are brought to them only from where all logs can
  /// be read. `locked` when it runs.
  [[nodiscard]] result<void> start(const std::shared_ptr<const sagas::saga_code>& code,
                                   bool brings_events);
  [[nodiscard]] std::vector<saga_progress> all() const;
  /// Waits for steps under way. Idempotent.
  void stop();

 private:
  struct running {
    std::shared_ptr<const sagas::saga_code> code;
    std::shared_ptr<saga_task> router;
    std::shared_ptr<saga_task> outbox;
    // Orders that were left while nobody ran it.
    std::shared_ptr<saga_task> orders;
    // The router runs.
    bool brings_events = false;
  };
  struct state {
    std::map<std::string, running> all{};
    bool stopped = false;
  };
  [[nodiscard]] result<running> make(const std::shared_ptr<const sagas::saga_code>& code);

  const persistence::journal& log_;
  const base::clock& time_;
  reprise::metrics& measured_;
  consumer_host& host_;
  const saga_outlets outlets_;
  const std::uint64_t seed_;
  base::guarded<state> state_;
};

}  // namespace reprise::actors
