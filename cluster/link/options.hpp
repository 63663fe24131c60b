// SPDX-License-Identifier: Apache-2.0
//
// What options of links must fulfil before anything is started.
//
// Threading: pure functions.

#pragma once

#include "cluster/link/links.hpp"

#include <reprise/result.hpp>

#include <string_view>

namespace reprise::cluster {

/// True for an address that no other machine can reach or be.
[[nodiscard]] bool is_loopback(std::string_view host);

/// `invalid_argument` and which of them contradict each other.
[[nodiscard]] result<void> check(const link_options& options);

}  // namespace reprise::cluster
