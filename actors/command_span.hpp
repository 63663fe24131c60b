// SPDX-License-Identifier: Apache-2.0
//
// What a node tells of its commands to whoever keeps spans.
//
// Threading: a tracer from any thread; a span by one thread at a time.

#pragma once

#include "base/clock.hpp"
#include "base/trace_step.hpp"

#include <reprise/ids.hpp>
#include <reprise/reply.hpp>
#include <reprise/result.hpp>
#include <reprise/trace.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace reprise::actors {

/// A step that is under way.
class command_span {
 public:
  /// Both must outlive it. `what` has begun.
  command_span(span_sink& to, const base::clock& time, trace_span what)
      : to_(to), time_(time), what_(std::move(what)) {}

  /// It is over; tells of it.
  void end(const result<detail::raw_answer>& outcome);

 private:
  span_sink& to_;
  const base::clock& time_;
  trace_span what_;
};

class tracer {
 public:
  /// `Trip.request`, for an aggregate type and the number of its command.
  using command_names = std::function<std::string(aggregate_type_id, std::uint32_t)>;
  /// What is known of a command when it begins. Views are valid during the call.
  struct beginning {
    const base::trace_step& step;
    const aggregate_key& to;
    std::uint32_t command = 0;
    const command_id& id;
    const correlation_id& correlation;
    const event_id& cause;
  };

  /// All of it must outlive this and every span that it begins.
  tracer(span_sink& to, const base::clock& time, command_names names)
      : to_(to), time_(time), names_(std::move(names)) {}

  [[nodiscard]] std::unique_ptr<command_span> begin(const beginning& what) const;
  /// A call of a function outside.
  [[nodiscard]] std::unique_ptr<command_span> begin_call(const base::trace_step& step,
                                                         const std::string& name,
                                                         const command_id& key) const;

 private:
  span_sink& to_;
  const base::clock& time_;
  const command_names names_;
};

}  // namespace reprise::actors
