// SPDX-License-Identifier: Apache-2.0
//
// Log lines for operators. Quiet by default; spdlog stays behind this header.

#pragma once

#include <cstdint>
#include <string_view>

namespace reprise::base {

enum class log_level : std::uint8_t { debug, info, warning, error, off };

/// Lines below `level` are dropped. `off` until called. Lines go to standard error, written by a
/// thread of their own; under pressure the oldest waiting lines are dropped, callers never wait.
/// Threading: any thread, also while others log.
void set_log_level(log_level level);
void log(log_level level, std::string_view line);

}  // namespace reprise::base
