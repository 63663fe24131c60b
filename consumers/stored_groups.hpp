// SPDX-License-Identifier: Apache-2.0
//
// What is behind a group_store and behind group_orders: where they read, and who carries out what
// is ordered.
//
// Threading: confined to one thread.

#pragma once

#include "persistence/inspected_log.hpp"
#include "persistence/row_store.hpp"

#include <reprise/cursor.hpp>
#include <reprise/group.hpp>
#include <reprise/group_store.hpp>
#include <reprise/ids.hpp>
#include <reprise/projection.hpp>
#include <reprise/result.hpp>

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
  /// It is read through a node, which has the schemas only of what it has hosted.
  bool through_node = false;

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

namespace consumers {

/// With the events that they are, where the log has those still: by aggregate, in their order.
[[nodiscard]] result<std::vector<parked_event>> listed(
    const persistence::inspected_log& log, const std::vector<group_parked_event>& parked);

/// Keeps what is decided about parked events of one group.
class group_decisions {
 public:
  virtual ~group_decisions() = default;
  /// As group_store::parked().
  [[nodiscard]] virtual result<std::vector<parked_event>> parked() const = 0;
  /// Each cursor is at a parked event: those that are to be assigned again.
  [[nodiscard]] virtual result<void> order(const std::vector<partition_cursor>& again) = 0;
  /// Those that are forgotten.
  [[nodiscard]] virtual result<void> skip(const std::vector<partition_cursor>& which) = 0;
};

}  // namespace consumers

struct group_orders::opened {
  std::string name{};
  std::unique_ptr<consumers::group_decisions> decisions{};
};

}  // namespace reprise
