// SPDX-License-Identifier: Apache-2.0
#include "actors/command_span.hpp"

namespace reprise::actors {

void command_span::end(const result<detail::raw_answer>& outcome) {
  what_.ended = time_.now();
  if (!outcome) {
    what_.trouble = std::string(to_string(outcome.error().code));
    what_.trouble += ": ";
    what_.trouble += outcome.error().message;
  } else if (outcome->why) {
    what_.about.emplace_back("reprise.rejected", outcome->why->code);
  } else if (outcome->at.sequence.value > 0) {
    what_.about.emplace_back("reprise.partition", std::to_string(outcome->at.partition.value));
    what_.about.emplace_back("reprise.position", std::to_string(outcome->at.at.value));
    what_.about.emplace_back("reprise.sequence", std::to_string(outcome->at.sequence.value));
  }
  to_.record(std::move(what_));
}

std::unique_ptr<command_span> tracer::begin(const beginning& what) const {
  trace_span out{.name = names_(what.to.type, what.command),
                 .what = trace_span::kind::server,
                 .at = what.step.at,
                 .parent = what.step.parent,
                 .began = time_.now()};
  out.about.emplace_back("reprise.id", what.to.id);
  if (!what.to.tenant.empty()) out.about.emplace_back("reprise.tenant", what.to.tenant);
  out.about.emplace_back("reprise.command_id", to_hex(what.id.value));
  out.about.emplace_back("reprise.correlation_id", to_hex(what.correlation.value));
  if (!what.cause.empty()) out.about.emplace_back("reprise.cause", to_hex(what.cause.value));
  return std::make_unique<command_span>(to_, time_, std::move(out));
}

std::unique_ptr<command_span> tracer::begin_call(const base::trace_step& step,
                                                 const std::string& name,
                                                 const command_id& key) const {
  trace_span out{.name = "call " + name,
                 .what = trace_span::kind::client,
                 .at = step.at,
                 .parent = step.parent,
                 .began = time_.now()};
  out.about.emplace_back("reprise.key", to_hex(key.value));
  return std::make_unique<command_span>(to_, time_, std::move(out));
}

}  // namespace reprise::actors
