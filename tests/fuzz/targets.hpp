// SPDX-License-Identifier: Apache-2.0
//
// What reads bytes that others may have written. Each target takes any bytes, reads them as far as
// they can be read, and looks at every byte that it was given a view of; it must come back. What it
// is worth it is worth under AddressSanitizer.
//
// Threading: pure functions.

#pragma once

#include <reprise/ids.hpp>

#include <span>
#include <string_view>
#include <vector>

namespace reprise::fuzz {

struct target {
  std::string_view name{};
  void (*read)(bytes_view) = nullptr;
  /// Well-formed input to begin with.
  std::vector<bytes> (*seeds)() = nullptr;
  /// Makes checksums right again, so that changed bytes are read beyond them; null where there are
  /// none.
  void (*mend)(bytes&) = nullptr;
};

[[nodiscard]] std::span<const target> targets();

}  // namespace reprise::fuzz
