// SPDX-License-Identifier: Apache-2.0
//
// What tests over loopback share: an address, ports, patience and bytes.

#pragma once

#include <reprise/ids.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace reprise::cluster::test {

inline constexpr std::chrono::seconds patience{30};

/// An address that belongs to this test program alone, so that programs do not take each other's
/// ports.
[[nodiscard]] std::string own_loopback();
[[nodiscard]] std::uint16_t free_port();

[[nodiscard]] bytes filled_bytes(std::size_t size, unsigned char with = 0x5a);
[[nodiscard]] bytes text_bytes(const std::string& text);
[[nodiscard]] std::string text_of(bytes_view body);

}  // namespace reprise::cluster::test
