// SPDX-License-Identifier: Apache-2.0
//
// What the disk itself costs: the floor that the benchmarks are held against.

#pragma once

#include <filesystem>

namespace reprise::benchmarks {

/// Median time of appending 4 KiB to a file in `folder` and making it durable (write + fdatasync),
/// in microseconds, over `rounds` rounds. The file is removed again. Throws std::system_error.
[[nodiscard]] double fdatasync_p50_us(const std::filesystem::path& folder, int rounds);

}  // namespace reprise::benchmarks
