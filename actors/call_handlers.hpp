// SPDX-License-Identifier: Apache-2.0
//
// The functions that sagas may call: registered by name, run on threads that may block, spared as
// their limits say.
//
// Threading: every method may be called from any thread.

#pragma once

#include "actors/command_span.hpp"
#include "actors/node_drive.hpp"
#include "base/clock.hpp"
#include "base/guarded.hpp"
#include "sagas/call_gate.hpp"
#include "sagas/courier.hpp"

#include <reprise/metrics.hpp>
#include <reprise/node.hpp>
#include <reprise/reply.hpp>
#include <reprise/result.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace reprise::actors {

class call_handlers {
 public:
  /// All of it must outlive it. `traces`: null where nobody wants spans.
  call_handlers(const base::clock& time, reprise::metrics& measured, const tracer* traces,
                node_drive& drive)
      : time_(time), measured_(measured), traces_(traces), drive_(drive) {}

  void set(const std::string& name, call_handler handler, const call_limits& limits);
  /// See sagas::command_sender::hold_call(). One that is not registered may be called.
  [[nodiscard]] std::optional<sagas::call_wait> hold(const std::string& name);
  /// Answers later, on another thread; at once where there is no such function.
  void call(const sagas::outgoing_call& what, std::function<void(result<detail::raw_answer>)> then);
  /// Waits for those that run. Idempotent.
  void stop();

 private:
  struct registered {
    registered(call_handler function, const call_limits& limits, const std::string& name,
               reprise::metrics& measured);

    const call_handler handler;
    base::guarded<sagas::call_gate> gate;
    counter& made;
    counter& failed;
    counter& held;
    // 0: closed, 1: half open, 2: open.
    counter& circuit;
  };
  struct state {
    std::map<std::string, std::shared_ptr<registered>> handlers{};
    // Made with the first function; a node without any has no threads for them.
    std::shared_ptr<job_runner> threads{};
  };
  [[nodiscard]] std::shared_ptr<registered> find(const std::string& name) const;
  void run(registered& what, const sagas::outgoing_call& call, result<detail::raw_answer>& outcome);

  const base::clock& time_;
  reprise::metrics& measured_;
  const tracer* const traces_;
  node_drive& drive_;
  base::guarded<state> state_;
};

}  // namespace reprise::actors
