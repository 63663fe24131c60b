// SPDX-License-Identifier: Apache-2.0
//
// What disk and memory themselves cost: the floor that the benchmarks are held against.

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>

namespace reprise::benchmarks {

/// Median time of appending 4 KiB to a file in `folder` and making it durable (write + fdatasync),
/// in microseconds, over `rounds` rounds. The file is removed again. Throws std::system_error.
[[nodiscard]] double fdatasync_p50_us(const std::filesystem::path& folder, int rounds);

/// How often in a second `bytes` can be appended to a file in `folder`, made durable one after the
/// other (write + fdatasync), over `seconds`. The file is removed again. Throws std::system_error.
[[nodiscard]] double durable_appends_per_second(const std::filesystem::path& folder,
                                                std::size_t bytes, double seconds);

/// Bytes that the device below `folder` has been told to write since the machine started, by its
/// count of sectors; nothing where there is no such count.
[[nodiscard]] std::optional<double> device_bytes_written(const std::filesystem::path& folder);

/// Bytes that this process has taken from malloc and not given back.
[[nodiscard]] std::uint64_t bytes_allocated();

/// Bytes per second at which one thread reads memory that is in no cache.
[[nodiscard]] double memory_read_bytes_per_second();

}  // namespace reprise::benchmarks
