// SPDX-License-Identifier: Apache-2.0
//
// Reads every byte of what a reader was given, so that no view can lead astray unseen.

#pragma once

#include <reprise/envelope.hpp>
#include <reprise/ids.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace reprise::fuzz {

inline volatile std::uint64_t sum_of_all = 0;

inline void look_at(bytes_view view) {
  std::uint64_t sum = 0;
  for (const std::byte b : view) sum += static_cast<std::uint64_t>(b);
  sum_of_all = sum_of_all + sum;
}
inline void look_at(std::string_view text) {
  look_at(std::as_bytes(std::span(text.data(), text.size())));
}
inline void look_at(const attributes& all) {
  for (const auto& [name, value] : all) {
    look_at(std::string_view(name));
    look_at(std::string_view(value));
  }
}

}  // namespace reprise::fuzz
