// SPDX-License-Identifier: Apache-2.0
//
// What active aggregates take in memory.

#pragma once

#include <cstdint>
#include <filesystem>

namespace reprise::benchmarks {

/// Activates so many trips on a node with a store in `folder`, prints what each takes in memory
/// (`journal.memory.active`), and again when all are passivated (`journal.memory.passivated`).
/// Throws std::runtime_error.
void measure_memory_of_trips(const std::filesystem::path& folder, std::uint32_t trips);

}  // namespace reprise::benchmarks
