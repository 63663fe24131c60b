// SPDX-License-Identifier: Apache-2.0
//
// The board of a taxi company: how many trips are in which phase, and what was paid by borough and
// hour.

#pragma once

#include "examples/trip/trip.hpp"

#include <reprise/envelope.hpp>
#include <reprise/node.hpp>
#include <reprise/projection.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <tuple>

namespace ride {

struct board : reprise::projection<trip> {
  static constexpr reprise::projection_options options{.name = "board"};

  /// Borough of the pickup, and the hour of the payment, as `2026-11-25 17`, UTC.
  using place_and_hour = std::tuple<std::string, std::string>;

  /// What is known of each trip: its phase, where it began, what it costs.
  reprise::table<std::string, trip_state> trips{*this, "trips"};
  reprise::table<std::string, std::uint64_t> by_phase{*this, "phases"};
  reprise::table<place_and_hour, std::uint64_t> paid_trips{*this, "paid"};
  reprise::table<place_and_hour, std::uint64_t> paid_cents{*this, "cents"};

  void on(const ev::requested& e, const reprise::envelope& m) {
    move(m, phase::requested, [&](trip_state& t) { t.pickup = e.pickup; });
  }
  void on(const ev::assigned&, const reprise::envelope& m) { move(m, phase::assigned); }
  void on(const ev::arrived&, const reprise::envelope& m) { move(m, phase::arrived); }
  void on(const ev::started&, const reprise::envelope& m) { move(m, phase::inProgress); }
  void on(const ev::completed& e, const reprise::envelope& m) {
    move(m, phase::completed, [&](trip_state& t) { t.totalCents = e.totalCents; });
  }
  void on(const ev::paid&, const reprise::envelope& m);
  void on(const ev::cancelled&, const reprise::envelope& m) { move(m, phase::cancelled); }

 private:
  trip_state move(const reprise::envelope& m, phase to,
                  const std::function<void(trip_state&)>& change = {});
};

/// Waits until the board holds all that is committed; `progress` is told how many events are left.
[[nodiscard]] reprise::result<void> catch_up(
    reprise::node& node, const std::function<void(std::uint64_t left)>& progress);

/// Ends with a line break.
[[nodiscard]] std::string as_table(const board& b);
/// One object on one line, without a line break at its end.
[[nodiscard]] std::string as_json(const board& b);

}  // namespace ride
