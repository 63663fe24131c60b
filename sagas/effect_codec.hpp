// SPDX-License-Identifier: Apache-2.0
//
// Effects as users write them, as the log holds them, and as people are shown them.
//
// Threading: pure functions.

#pragma once

#include "saga_log.reprise.hpp"

#include <reprise/effect.hpp>
#include <reprise/ids.hpp>
#include <reprise/result.hpp>
#include <reprise/saga.hpp>

#include <vector>

namespace reprise::sagas {

/// Without number, due time, cause and correlation: those come when it is opened.
[[nodiscard]] log::effect to_log(const effect& from);
[[nodiscard]] result<effect> from_log(const log::effect& from);
[[nodiscard]] result<std::vector<effect>> from_log(const std::vector<bytes>& encoded);

[[nodiscard]] aggregate_key target_of(const log::effect& from);
[[nodiscard]] saga_status status_of(const log::saga_state& state);

}  // namespace reprise::sagas
