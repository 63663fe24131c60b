// SPDX-License-Identifier: Apache-2.0
//
// What groups have kept, seen without the program whose workers they have: how far each has come,
// and what it has put aside.
//
//   auto store = reprise::group_store::open("./data");
//   for (const auto& e : store->parked("letters").value()) print(e.aggregate.id, e.cause);
//
// Invariant: nothing in the directory is changed but by group_orders.
// Threading: confined to one thread. Also while another process works, but for group_orders.

#pragma once

#include <reprise/cursor.hpp>
#include <reprise/ids.hpp>
#include <reprise/projection.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace reprise {

struct stored_group {
  std::string name{};
  std::uint64_t parked = 0;
  /// Parked ones that are to be assigned again when the group has workers.
  std::uint64_t ordered = 0;
  /// Committed records that it has not looked at.
  std::uint64_t lag_events = 0;
  std::vector<partition_cursor> cursors{};
};

class client;
class group_orders;

class group_store {
 public:
  /// `not_found` when there is no store in the directory; one without groups is no error.
  [[nodiscard]] static result<group_store> open(const std::string& directory);
  group_store(group_store&&) noexcept;
  group_store& operator=(group_store&&) noexcept;
  ~group_store();

  /// By name. Looks through the whole log where nodes of a cluster have kept groups.
  [[nodiscard]] result<std::vector<stored_group>> list() const;
  /// By aggregate and in the order of its events; without an aggregate where the log does not hold
  /// the event any more. An attempt is an assignment. `not_found` when nothing is kept of it.
  [[nodiscard]] result<std::vector<parked_event>> parked(const std::string& name) const;

 private:
  // Makes one that reads through a node.
  friend class client;
  friend class group_orders;
  struct opened;
  explicit group_store(std::unique_ptr<opened> store);

  std::unique_ptr<opened> store_;
};

/// What a person decides about parked events of a group: of one that a node alone keeps, in files
/// while no process has them open, which it holds for itself while it is there; of one of a cluster
/// through a client, where the partitions are led.
class group_orders {
 public:
  /// `not_found` when nothing is kept of it, `invalid_argument` of a group of a cluster, `locked`
  /// with the process that has the store.
  [[nodiscard]] static result<group_orders> open(const std::string& directory,
                                                 const std::string& name);
  group_orders(group_orders&&) noexcept;
  group_orders& operator=(group_orders&&) noexcept;
  ~group_orders();

  /// Has parked events assigned again before anything else is read, once the group has workers: all
  /// that are of the chosen aggregates; says whose. It is remembered until each is done with, or
  /// parked anew.
  [[nodiscard]] result<std::vector<aggregate_key>> retry(const parked_choice& choice);
  /// Forgets the first parked event of an aggregate for good. `not_found` when nothing of it is
  /// parked.
  [[nodiscard]] result<parked_event> skip(const aggregate_key& aggregate);
  /// Forgets all of them; says how many.
  [[nodiscard]] result<std::uint64_t> skip_all();

 private:
  // Makes one that decides through nodes.
  friend class client;
  struct opened;
  explicit group_orders(std::unique_ptr<opened> store);

  std::unique_ptr<opened> store_;
};

}  // namespace reprise
