// SPDX-License-Identifier: Apache-2.0
//
// The port through which consumers keep their checkpoints: how far each has followed each
// partition.
//
// Threading: every method may be called from any thread.

#pragma once

#include <reprise/cursor.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::persistence {

inline constexpr std::size_t checkpoint_name_bytes_max = 255;

/// How far a consumer has come.
struct checkpoint {
  /// Stands for what the consumer chooses to see, so that a change of it is noticed.
  std::uint64_t choice = 0;
  std::vector<partition_cursor> cursors{};

  bool operator==(const checkpoint&) const = default;
};

class checkpoint_store {
 public:
  virtual ~checkpoint_store() = default;

  /// Replaces what is there, whole or not at all; durable when it returns. `invalid_argument` for a
  /// name that is empty or longer than 255 bytes.
  [[nodiscard]] virtual result<void> save(std::string_view name, const checkpoint& taken) = 0;
  /// Nothing when there is none. `corrupt` when it is damaged.
  [[nodiscard]] virtual result<std::optional<checkpoint>> load(std::string_view name) const = 0;
  /// Forgets it; does nothing when there is none.
  [[nodiscard]] virtual result<void> remove(std::string_view name) = 0;
  /// In the order of their bytes.
  [[nodiscard]] virtual result<std::vector<std::string>> names() const = 0;
};

/// What save() says of a name.
[[nodiscard]] result<void> check_checkpoint_name(std::string_view name);

}  // namespace reprise::persistence
