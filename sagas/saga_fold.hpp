// SPDX-License-Identifier: Apache-2.0
//
// How the events of a saga's instance make up its state. Needs none of the user's code, so tools
// can show the state of any saga.
//
// Threading: pure but for the state that is changed.

#pragma once

#include "saga_log.reprise.hpp"

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <cstdint>

namespace reprise::sagas {

void fold(log::saga_state& state, const log::change& change);
void fold(log::saga_state& state, const log::saga_api::event& event);

/// `malformed` for what is no event of a saga.
[[nodiscard]] result<log::saga_api::event> decode_event(std::uint32_t event_type,
                                                        bytes_view payload);

/// Null when no open effect has that number.
[[nodiscard]] const log::effect* find_open(const log::saga_state& state, std::uint64_t number);

[[nodiscard]] inline bool has_ended(log::phase phase) {
  return phase == log::phase::completed || phase == log::phase::failed ||
         phase == log::phase::killed;
}
/// It waits for a time or for somebody, not for an answer.
[[nodiscard]] inline bool is_timer(log::effect_kind kind) {
  return kind == log::effect_kind::deadline || kind == log::effect_kind::wait;
}

}  // namespace reprise::sagas
