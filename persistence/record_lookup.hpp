// SPDX-License-Identifier: Apache-2.0
//
// The port through which the staging core looks back at single records of its partition.
//
// Threading: as the implementation says.

#pragma once

#include "messages/record.hpp"

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <functional>

namespace reprise::persistence {

/// The record is valid during the call only.
using record_visit = std::function<void(const messages::record&)>;

class record_lookup {
 public:
  virtual ~record_lookup() = default;
  /// Shows the record at `at`. `errc::corrupt` with the position when it is not there or damaged.
  [[nodiscard]] virtual result<void> look(position at, const record_visit& visit) const = 0;
};

}  // namespace reprise::persistence
