// SPDX-License-Identifier: Apache-2.0
//
// How a trace goes from one step to the next: what is done gets a span of its own, made of the
// command's id, so that a repeat of the command is the same span and not another one.
//
// Threading: pure functions.

#pragma once

#include <reprise/envelope.hpp>
#include <reprise/ids.hpp>
#include <reprise/trace.hpp>

#include <array>
#include <cstddef>
#include <optional>

namespace reprise::base {

/// A step, and the one that it is done for.
struct trace_step {
  trace_context at{};
  std::array<std::byte, 8> parent{};
};

/// The step of `context` that the command with this id is.
[[nodiscard]] trace_context step_of(const trace_context& context, const command_id& command);

/// The one `traceparent` among the headers; nothing when there is none, more than one, or none that
/// is valid.
[[nodiscard]] std::optional<trace_context> trace_among(const attributes& headers);

/// The headers that a trace travels in.
[[nodiscard]] attributes carried_headers(const attributes& headers);

/// The same with `context` in them; none without a context.
[[nodiscard]] attributes with_trace(const attributes& headers, const trace_context& context);

/// Makes the headers that a command came with those of its own step. What is not valid goes, and
/// what came with it, as the standard has it.
[[nodiscard]] std::optional<trace_step> take_step(attributes& headers, const command_id& command);
/// The same where no trace was given: the conversation is the trace, and it begins here.
[[nodiscard]] trace_step begin_trace(attributes& headers, const command_id& command,
                                     const correlation_id& conversation);

}  // namespace reprise::base
