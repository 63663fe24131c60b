// SPDX-License-Identifier: Apache-2.0
//
// The port through which projections keep their rows: each projection has rows of its own, in the
// order of their keys' bytes, and a checkpoint that changes together with them.
//
// Invariant: rows and checkpoint of one snapshot belong together.
// Threading: every method may be called from any thread; a snapshot by one thread at a time.

#pragma once

#include "persistence/checkpoint_store.hpp"

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::persistence {

/// Keys and what becomes of them: a new value, or none.
using row_changes = std::map<bytes, std::optional<bytes>>;

/// A key has up to so many bytes, a multiple of 8, of which the first is not 0.
inline constexpr std::size_t row_key_bytes_max = 240;

/// Returning false stops the read. Views are valid during the call.
using row_visitor = std::function<bool(bytes_view key, bytes_view value)>;

/// What one projection had stored at one moment.
class row_snapshot {
 public:
  virtual ~row_snapshot() = default;
  /// Nothing when nothing was ever committed.
  [[nodiscard]] virtual result<std::optional<checkpoint>> taken_at() const = 0;
  [[nodiscard]] virtual result<std::optional<bytes>> get(bytes_view key) const = 0;
  /// Rows whose keys lie in [from, below), in order.
  [[nodiscard]] virtual result<void> scan(bytes_view from, bytes_view below,
                                          const row_visitor& visit) const = 0;
};

class row_store {
 public:
  virtual ~row_store() = default;
  /// All changes and the checkpoint, or nothing; durable when it returns. `too_large` for a key.
  [[nodiscard]] virtual result<void> commit(std::string_view projection, const row_changes& changes,
                                            const checkpoint& taken) = 0;
  /// Forgets all rows and the checkpoint; does nothing when there are none.
  [[nodiscard]] virtual result<void> remove(std::string_view projection) = 0;
  /// Those that have committed something, in the order of their bytes.
  [[nodiscard]] virtual result<std::vector<std::string>> names() const = 0;
  /// Short-lived where it can be: on disk it keeps pages from being used again.
  [[nodiscard]] virtual result<std::unique_ptr<row_snapshot>> read(
      std::string_view projection) const = 0;
};

/// What commit() says of its arguments.
[[nodiscard]] result<void> check_rows(std::string_view projection, const row_changes& changes);

}  // namespace reprise::persistence
