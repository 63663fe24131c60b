// SPDX-License-Identifier: Apache-2.0
//
// What is known about one stored event besides its payload.
//
// Threading: values; no shared state.

#pragma once

#include <reprise/ids.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace reprise {

/// A point in time, in microseconds since 1970-01-01 UTC.
using timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// A name and its value, as a caller or a schema attached them. Order is kept.
using attributes = std::vector<std::pair<std::string, std::string>>;

/// The metadata of one event.
struct envelope {
  event_id id{};
  aggregate_key aggregate{};
  /// The event's number within its aggregate's event union (its discriminant).
  std::uint32_t event_type = 0;
  partition_id partition{};
  position at{};
  reprise::sequence sequence{};
  /// When the command was decided.
  timestamp time{};
  correlation_id correlation{};
  causation_id causation{};
  attributes headers{};
  /// Values of the fields that the schema marks with `$Reprise.tag`.
  attributes tags{};
};

}  // namespace reprise
