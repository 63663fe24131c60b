// SPDX-License-Identifier: Apache-2.0
//
// What is behind a group_store: where it reads.
//
// Threading: confined to one thread.

#pragma once

#include "persistence/inspected_log.hpp"
#include "persistence/row_store.hpp"

#include <reprise/group_store.hpp>

#include <memory>
#include <string>

namespace reprise {

struct group_store::opened {
  std::unique_ptr<persistence::inspected_log> log{};
  std::shared_ptr<void> rows_live_in{};
  /// Null where no consumer has kept anything. May read through the log.
  std::unique_ptr<persistence::row_store> rows{};

  /// `not_found` when it has committed nothing.
  [[nodiscard]] result<std::unique_ptr<persistence::row_snapshot>> read(
      const std::string& name) const;
  [[nodiscard]] result<stored_group> look_at(const std::string& name) const;
};

}  // namespace reprise
