// SPDX-License-Identifier: Apache-2.0
#include "sagas/effect_codec.hpp"

#include "sagas/message_codec.hpp"

#include <reprise/codec.hpp>

namespace reprise::sagas {
namespace {

std::vector<bytes> encoded(const std::vector<effect>& all) {
  std::vector<bytes> out;
  for (const effect& one : all) codec<log::effect>::encode(to_log(one), out.emplace_back());
  return out;
}

std::optional<timestamp> due_of(const log::effect& e) {
  if (e.dueMicros == 0) return {};
  return timestamp(std::chrono::microseconds(e.dueMicros));
}

}  // namespace

log::effect to_log(const effect& from) {
  return {.kind = static_cast<log::effect_kind>(from.what),
          .name = from.name,
          .type = from.to.type.value,
          .tenant = from.to.tenant,
          .target = from.to.id,
          .command = from.command,
          .payload = from.payload,
          .afterMicros = from.after.count(),
          .attemptsMax = from.attempts_max,
          .delayFirstMillis = from.delay_first.count(),
          .delayMaxMillis = from.delay_max.count(),
          .otherwise = encoded(from.on_failure),
          .undo = encoded(from.on_undo)};
}

result<effect> from_log(const log::effect& from) {
  effect out{.what = static_cast<effect::kind>(from.kind), .name = from.name};
  if (out.what > effect::kind::no_longer_keyed) {
    return error{errc::incompatible, "an effect of a kind that this program does not know"};
  }
  out.to = target_of(from);
  out.command = from.command;
  out.payload = from.payload;
  out.after = std::chrono::microseconds(from.afterMicros);
  out.attempts_max = from.attemptsMax;
  out.delay_first = std::chrono::milliseconds(from.delayFirstMillis);
  out.delay_max = std::chrono::milliseconds(from.delayMaxMillis);
  auto failure = from_log(from.otherwise);
  if (!failure) return std::move(failure).error();
  auto undo = from_log(from.undo);
  if (!undo) return std::move(undo).error();
  out.on_failure = std::move(*failure);
  out.on_undo = std::move(*undo);
  return out;
}

result<std::vector<effect>> from_log(const std::vector<bytes>& encoded) {
  std::vector<effect> out;
  for (const bytes& one : encoded) {
    auto read = codec<log::effect>::decode(one);
    if (!read) return std::move(read).error();
    auto made = from_log(*read);
    if (!made) return std::move(made).error();
    out.push_back(std::move(*made));
  }
  return out;
}

aggregate_key target_of(const log::effect& from) {
  return {{from.type}, from.tenant, from.target};
}

saga_status status_of(const log::saga_state& state) {
  saga_status out{.phase = static_cast<saga_phase>(state.phase),
                  .reason = state.reason,
                  .paused = state.paused};
  for (const log::effect& e : state.open) {
    out.open.push_back({.number = e.number,
                        .what = static_cast<effect::kind>(e.kind),
                        .name = e.name,
                        .to = target_of(e),
                        .due = due_of(e),
                        .attempts = e.attempts,
                        .stuck = e.stuck});
  }
  for (const log::done_step& step : state.done) out.done.push_back(step.name);
  for (const log::parked_message& one : state.parked) {
    const envelope meta = envelope_of(one.message);
    out.parked.push_back({.aggregate = meta.aggregate,
                          .sequence = meta.sequence,
                          .partition = meta.partition,
                          .at = meta.at,
                          .cause = one.cause,
                          .attempts = one.attempts,
                          .first_tried = timestamp(std::chrono::microseconds(one.firstMicros)),
                          .last_tried = timestamp(std::chrono::microseconds(one.lastMicros))});
  }
  out.keys = state.keys;
  out.state = state.state;
  return out;
}

}  // namespace reprise::sagas
