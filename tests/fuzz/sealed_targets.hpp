// SPDX-License-Identifier: Apache-2.0
//
// Targets that read what is sealed, and what was.
//
// Threading: as targets.

#pragma once

#include <reprise/ids.hpp>

#include <vector>

namespace reprise::fuzz {

/// Payloads as they are stored, opened with their keys.
void read_sealed(bytes_view stored);
[[nodiscard]] std::vector<bytes> sealed_payloads();

/// The rest of a message, and a part behind it that nobody has authenticated.
void read_part(bytes_view stored);
[[nodiscard]] std::vector<bytes> message_parts();

}  // namespace reprise::fuzz
