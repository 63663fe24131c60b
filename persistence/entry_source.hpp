// SPDX-License-Identifier: Apache-2.0
//
// The port through which a reader gets at the committed entries of one partition.
//
// Threading: begin() from any thread; a session is confined to one.

#pragma once

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <memory>

namespace reprise::persistence {

/// A short look at the store. What it hands out is valid until its next call, and it pins what it
/// looks at: keep it for a chunk of records, never for a user's work.
class entry_session {
 public:
  virtual ~entry_session() = default;
  /// The entry that holds a committed position. `errc::corrupt` with the position when there is
  /// none.
  [[nodiscard]] virtual result<bytes_view> entry_holding(position at) = 0;
};

class entry_source {
 public:
  virtual ~entry_source() = default;
  [[nodiscard]] virtual result<std::unique_ptr<entry_session>> begin() const = 0;
};

}  // namespace reprise::persistence
