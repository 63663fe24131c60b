// SPDX-License-Identifier: Apache-2.0
//
// What is behind a projection_store and behind parked_orders: where they read, and who carries out
// what is ordered.
//
// Threading: confined to one thread.

#pragma once

#include "consumers/projection_change.hpp"
#include "persistence/inspected_log.hpp"
#include "persistence/row_store.hpp"

#include <reprise/projection_store.hpp>

#include <memory>
#include <string>

namespace reprise {

struct projection_store::opened {
  std::unique_ptr<persistence::inspected_log> log{};
  std::shared_ptr<void> rows_live_in{};
  /// Null where no consumer has kept anything. May read through the log.
  std::unique_ptr<persistence::row_store> rows{};

  /// `not_found` when it has committed nothing.
  [[nodiscard]] result<std::unique_ptr<persistence::row_snapshot>> read(
      const std::string& name, std::uint32_t version) const;
  [[nodiscard]] result<stored_projection> look_at(const std::string& name,
                                                  std::uint32_t version) const;

 private:
  [[nodiscard]] result<void> count_lag(stored_projection& of) const;
};

namespace consumers {

/// Carries out what is ordered of one version.
class version_orders {
 public:
  using order = decltype(projection_order::what);

  virtual ~version_orders() = default;
  [[nodiscard]] virtual result<order_outcome> carry_out(const order& what) = 0;
  /// Which event an order about the first one of an aggregate is to name; 0: none, since it is
  /// carried out at once and once. `not_found`.
  [[nodiscard]] virtual result<sequence> first_of(const aggregate_key& /*aggregate*/) {
    return sequence{};
  }
};

}  // namespace consumers

struct parked_orders::opened {
  std::unique_ptr<consumers::version_orders> version{};

  /// Of an order about one event.
  [[nodiscard]] result<parked_event> decide(const consumers::version_orders::order& what) const;
};

}  // namespace reprise
