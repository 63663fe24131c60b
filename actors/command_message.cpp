// SPDX-License-Identifier: Apache-2.0
#include "actors/command_message.hpp"

#include "base/checksum.hpp"
#include "base/trace_step.hpp"

#include <optional>

namespace reprise::actors {

command_message message_of(detail::outgoing_command out, const command_id& fresh,
                           base::clock::instant now, const tracer* traces) {
  command_message made{.to = std::move(out.to),
                       .id = out.how.id.empty() ? fresh : out.how.id,
                       .command = out.command,
                       .payload = {},
                       .hash = base::checksum64(out.payload, out.command),
                       .correlation = out.how.correlation,
                       .headers = std::move(out.how.headers),
                       .from = out.from,
                       .linearizable = out.how.linearizable,
                       .deadline = now + out.how.timeout};
  made.payload = std::move(out.payload);
  if (made.from) {
    made.id = detail::command_of(*made.from, made.to);
    made.headers.emplace_back(detail::delivery_header, detail::to_text(*made.from));
  }
  if (!out.cause.empty()) {
    made.headers.emplace_back(detail::cause_header, to_hex(out.cause.value));
  }
  // The command is its own conversation unless the sender says otherwise.
  if (made.correlation.empty()) made.correlation.value = made.id.value;
  std::optional<base::trace_step> step = base::take_step(made.headers, made.id);
  if (traces != nullptr) {
    if (!step) step = base::begin_trace(made.headers, made.id, made.correlation);
    if (step->at.sampled) {
      made.span = traces->begin({.step = *step,
                                 .to = made.to,
                                 .command = made.command,
                                 .id = made.id,
                                 .correlation = made.correlation,
                                 .cause = out.cause});
    }
  }
  return made;
}

}  // namespace reprise::actors
