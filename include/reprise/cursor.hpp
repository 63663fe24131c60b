// SPDX-License-Identifier: Apache-2.0
//
// Where a consumer stands: a position for each partition, since there is no order between them.
//
// Threading: values; no shared state.

#pragma once

#include <reprise/ids.hpp>

namespace reprise {

/// A partition, and the position up to which it is done with; 0: nothing of it is.
struct partition_cursor {
  partition_id partition{};
  position through{};

  bool operator==(const partition_cursor&) const = default;
};

}  // namespace reprise
