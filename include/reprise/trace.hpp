// SPDX-License-Identifier: Apache-2.0
//
// Traces as W3C Trace Context has them (https://www.w3.org/TR/trace-context/): which steps belong
// together, and spans that say what each step did and how long it took.
//
// A caller gives a command the header `traceparent`; it travels with the command's events and with
// all that sagas do because of them, with a span of its own for each step.
// Threading: values; a sink from any thread.

#pragma once

#include <reprise/envelope.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reprise {

/// Names of the headers, of which the second is carried along unread.
inline constexpr std::string_view traceparent_header = "traceparent";
inline constexpr std::string_view tracestate_header = "tracestate";

/// A step of a trace.
struct trace_context {
  std::array<std::byte, 16> trace{};
  std::array<std::byte, 8> span{};
  /// Whoever began the trace keeps its spans.
  bool sampled = false;

  bool operator==(const trace_context&) const = default;
};

/// What a `traceparent` says; nothing when it is not one by the rules of version 00, or of a later
/// version as far as those rules foresee it.
[[nodiscard]] std::optional<trace_context> trace_in(std::string_view traceparent);
/// A `traceparent` of version 00.
[[nodiscard]] std::string to_traceparent(const trace_context& context);

/// A step that is over.
struct trace_span {
  /// By OTLP's numbers.
  enum class kind : std::uint8_t { internal = 1, server = 2, client = 3 };

  std::string name{};
  kind what = kind::internal;
  trace_context at{};
  /// The step that it was done for; all zero where the trace begins.
  std::array<std::byte, 8> parent{};
  timestamp began{};
  timestamp ended{};
  /// Why it failed; empty when it did not. A rejection is no failure.
  std::string trouble{};
  /// Ids of what it is about: aggregate, command, the event that was its cause, the last event that
  /// it led to.
  attributes about{};
};

/// Where spans go.
class span_sink {
 public:
  virtual ~span_sink() = default;
  /// Must neither block nor throw: commands wait for it. From any thread.
  virtual void record(trace_span one) noexcept = 0;
};

}  // namespace reprise
