// SPDX-License-Identifier: Apache-2.0
//
// What is behind a group_store: where it reads.
//
// Threading: confined to one thread.

#pragma once

#include "persistence/inspected_log.hpp"
#include "persistence/row_store.hpp"

#include <reprise/group.hpp>
#include <reprise/group_store.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace reprise {

struct group_store::opened {
  std::unique_ptr<persistence::inspected_log> log{};
  std::shared_ptr<void> rows_live_in{};
  /// Null where no consumer has kept anything. May read through the log.
  std::unique_ptr<persistence::row_store> rows{};

  /// What a group has kept: a node that stands alone in rows, nodes of a cluster in the log.
  struct kept {
    std::vector<partition_cursor> cursors{};
    std::vector<group_parked_event> parked{};
    std::uint64_t ordered = 0;
  };
  [[nodiscard]] result<std::optional<kept>> in_rows(const std::string& name) const;
  /// By name; of this group and those whose names begin with it and a slash, or of all.
  [[nodiscard]] result<std::map<std::string, kept>> in_the_log(const std::string& of) const;
  /// Of either; `not_found`.
  [[nodiscard]] result<kept> read(const std::string& name) const;
  /// Of all that have kept something.
  [[nodiscard]] result<std::map<std::string, kept>> all() const;
  [[nodiscard]] result<stored_group> describe(const std::string& name, kept what) const;
};

}  // namespace reprise
