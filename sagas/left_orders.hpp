// SPDX-License-Identifier: Apache-2.0
//
// Orders for instances of a saga that somebody left while no program ran it: they are given to the
// instances one after the other when it runs again, and forgotten when they are answered.
//
// Invariants
//  * Orders are carried out in the order in which they were left, the next when the one before is
//    answered. A queue of parked events is tried to its end before that.
//  * An order has one command id: given again after a crash, it takes effect once.
// Threading: see courier.

#pragma once

#include "base/clock.hpp"
#include "consumers/retry_schedule.hpp"
#include "persistence/row_store.hpp"
#include "saga_log.reprise.hpp"
#include "sagas/courier.hpp"

#include <reprise/detail/saga_type.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace reprise::sagas {

/// Behind those that are there already; all or nothing.
[[nodiscard]] result<void> leave_orders(persistence::row_store& rows, const std::string& saga,
                                        const std::vector<log::left_order>& orders);
[[nodiscard]] result<std::vector<log::left_order>> orders_left(const persistence::row_store& rows,
                                                               const std::string& saga);

class left_orders final : public courier {
 public:
  /// All of it must outlive it.
  struct ports {
    persistence::row_store& rows;
    const base::clock& time;
    command_sender& sender;
    std::uint64_t seed = 0;
  };

  [[nodiscard]] static result<std::unique_ptr<left_orders>> open(const ports& around,
                                                                 const detail::saga_type& type);

  progress advance() override;
  void answered(std::uint64_t token, result<detail::raw_answer> outcome) override;
  void finish() override { stopped_ = true; }
  /// Orders that are not carried out yet.
  [[nodiscard]] std::uint64_t lag() const override { return left_.size(); }
  [[nodiscard]] const std::optional<error>& trouble() const override { return trouble_; }

 private:
  // With the row that it stands in.
  using numbered = std::pair<bytes, log::left_order>;

  left_orders(const ports& around, const detail::saga_type& type);
  void give();
  void look();
  void try_later(error why);
  void done_with_first(const std::string& outcome);

  const ports ports_;
  const aggregate_type_id type_;
  const std::string name_;
  consumers::retry_schedule waits_;
  std::deque<numbered> left_;
  // An answer is awaited: to an order, or to a look at what it left.
  bool under_way_ = false;
  bool looks_ = false;
  // How often this one was given, since a queue may take several.
  std::uint64_t rounds_ = 0;
  std::uint64_t token_ = 0;
  std::uint64_t waits_so_far_ = 0;
  std::optional<base::clock::instant> again_at_;
  bool stopped_ = false;
  std::optional<error> trouble_;
};

}  // namespace reprise::sagas
