// SPDX-License-Identifier: Apache-2.0
//
// What an outbox keeps, and the bounds of its work: for the files that it consists of.
//
// Threading: confined to its outbox.

#pragma once

#include "sagas/outbox.hpp"

#include <reprise/table.hpp>

#include <cstdint>
#include <tuple>

namespace reprise::sagas {

/// Commands that are not answered, at most.
inline constexpr std::uint64_t under_way_max = 256;

// Keys: a place, a due time with a place, an instance with the number of its effect.
struct outbox::tables {
  explicit tables(detail::row_access& rows) : rows_(&rows) {}
  [[nodiscard]] detail::row_access& rows() const { return *rows_; }

  detail::row_access* rows_;
  table<place, log::pending_effect> open{*this, "open"};
  table<due_key, std::uint64_t> due{*this, "due"};
  table<std::tuple<event_id, std::uint64_t>, log::effect_place> places{*this, "place"};
};

}  // namespace reprise::sagas
