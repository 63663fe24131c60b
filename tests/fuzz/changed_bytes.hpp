// SPDX-License-Identifier: Apache-2.0
//
// Bytes as they go wrong: bits flip, ends are lost, lengths become large, pieces are repeated.
//
// Threading: pure functions of what `choose` gives.

#pragma once

#include "base/random.hpp"

#include <reprise/ids.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace reprise::fuzz {
namespace detail {

inline void set_word(bytes& what, base::random& choose) {
  constexpr std::array<std::uint64_t, 6> telling{0, 1, 0x7fffffff, 0xffffffff, ~std::uint64_t{0},
                                                 64};
  const std::size_t size = std::size_t{1} << choose.below(4);
  if (what.size() < size) return;
  const std::uint64_t word = telling[choose.below(telling.size())];
  std::memcpy(what.data() + choose.below(what.size() - size + 1), &word, size);
}

inline void change(bytes& what, base::random& choose) {
  if (what.empty()) return;
  switch (choose.below(6)) {
    case 0:
      what[choose.below(what.size())] ^= std::byte(1U << choose.below(8));
      break;
    case 1:
      what[choose.below(what.size())] = std::byte(choose.below(256));
      break;
    case 2:
      what.resize(choose.below(what.size() + 1));
      break;
    case 3:
      what.resize(what.size() + 8 * choose.below(9), std::byte(choose.below(256)));
      break;
    case 4: {
      const std::size_t from = choose.below(what.size());
      const std::size_t to = choose.below(what.size());
      const std::size_t size = std::min({what.size() - from, what.size() - to, std::size_t{16}});
      std::memmove(what.data() + to, what.data() + from, size);
      break;
    }
    default:
      set_word(what, choose);
  }
}

}  // namespace detail

/// Changed in one to four places.
[[nodiscard]] inline bytes changed(bytes what, base::random& choose) {
  for (std::uint64_t changes = 1 + choose.below(4); changes > 0; --changes) {
    detail::change(what, choose);
  }
  return what;
}

}  // namespace reprise::fuzz
