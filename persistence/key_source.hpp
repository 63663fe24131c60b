// SPDX-License-Identifier: Apache-2.0
//
// The port through which what was sealed finds the keys that open it.
//
// Threading: find() from any thread.

#pragma once

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <array>
#include <cstddef>
#include <optional>

namespace reprise::persistence {

/// Names a key in what was sealed with it; drawn, and never used again.
using key_id = id128<struct key_id_tag>;
using secret_key = std::array<std::byte, 32>;

class key_source {
 public:
  virtual ~key_source() = default;
  /// Nothing for a key that was destroyed, or that was never here. `errc::corrupt` for one that is
  /// damaged: what it sealed was not forgotten.
  [[nodiscard]] virtual result<std::optional<secret_key>> find(const key_id& key) const = 0;
};

}  // namespace reprise::persistence
