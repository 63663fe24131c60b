// SPDX-License-Identifier: Apache-2.0
//
// Where aggregates of one partition stand: the fold of its log that must never wait for the disk,
// and what is staged on top of it.
//
// Invariants
//  * An aggregate in the map has at least one record.
//  * 32 bytes for an aggregate that was never retired, at a load between 3/5 and 3/4.
// Threading: confined to whoever guards the partition.

#pragma once

#include "persistence/aggregate_hash.hpp"
#include "persistence/journal.hpp"

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace reprise::persistence {

/// Open addressing over (hash, last position, last sequence); what only retired aggregates have
/// stands in a table beside it.
class head_map {
 public:
  /// State `absent` for an aggregate that is not there.
  [[nodiscard]] aggregate_head find(const aggregate_hash& aggregate) const;
  /// `head.at` must not be 0.
  void put(const aggregate_hash& aggregate, const aggregate_head& head);
  /// Does nothing for one that is not there.
  void erase(const aggregate_hash& aggregate);
  void clear();
  void reserve(std::size_t aggregates);
  [[nodiscard]] std::size_t size() const { return size_; }

  /// Calls `visit(hash, head)` for each, in no order.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const slot& s : slots_) {
      if (s.at != 0) visit(s.aggregate, head_in(s));
    }
  }

 private:
  // A sequence never comes near this bit.
  static constexpr std::uint64_t is_rare = std::uint64_t{1} << 63U;

  struct slot {
    aggregate_hash aggregate{};
    std::uint64_t at = 0;
    // With is_rare set when rare_ knows more.
    std::uint64_t last = 0;
  };
  struct rare {
    aggregate_head::state is{};
    reprise::sequence begins{};
    reprise::sequence first_readable{};
  };

  [[nodiscard]] std::size_t home_of(const aggregate_hash& aggregate) const;
  [[nodiscard]] std::size_t behind(std::size_t place) const {
    return place + 1 == slots_.size() ? 0 : place + 1;
  }
  [[nodiscard]] std::size_t place_of(const aggregate_hash& aggregate) const;
  [[nodiscard]] aggregate_head head_in(const slot& s) const;
  void grow(std::size_t slots);

  std::vector<slot> slots_;
  std::size_t size_ = 0;
  std::unordered_map<aggregate_hash, rare, aggregate_hash_spread> rare_;
};

}  // namespace reprise::persistence
