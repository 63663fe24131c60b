// SPDX-License-Identifier: Apache-2.0
//
// What happens around a trip: somebody must take it in time, and it is paid when it is over.
//
// Threading: as any aggregate and any saga.

#pragma once

#include "examples/trip/trip.hpp"
#include "ride.reprise.hpp"

#include <reprise/aggregate.hpp>
#include <reprise/effect.hpp>
#include <reprise/saga.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace ride {

struct rider : reprise::aggregate<rider_api> {
  decision on(const cmd::top_up& c) const { return ev::topped_up{.cents = c.cents}; }
  decision on(const cmd::charge& c) const {
    if (c.cents > cents) return reprise::reject("no_money", "there are " + std::to_string(cents));
    return ev::charged{.trip = c.trip, .cents = c.cents};
  }
  void apply(const ev::topped_up& e) { cents += e.cents; }
  void apply(const ev::charged& e) {
    cents -= e.cents;
    trips.push_back(e.trip);
  }
};

// snippet: ride
struct ride_saga : reprise::saga<ride_state, trip> {
  static constexpr reprise::saga_options options{.name = "ride"};
  /// Short, for an example: nobody wants to watch one for minutes.
  static constexpr std::chrono::seconds driver_within{1};
  using started_by = reprise::events<trip_ev::requested>;

  effects on(const trip_ev::requested& e) {
    rider = e.rider;
    return {reprise::deadline("driver", driver_within)};
  }
  effects on(const trip_ev::assigned&) { return {reprise::cancel("driver")}; }
  effects on(const trip_ev::completed& e) {
    return {reprise::send(reprise::of<ride::rider>(rider),
                          rider_cmd::charge{.trip = key(), .cents = e.totalCents})
                .otherwise(pay("cash"))};
  }
  effects on(const trip_ev::paid&) { return {reprise::finish()}; }
  effects on(const trip_ev::cancelled&) { return {reprise::finish()}; }

  effects answered(std::string_view step, const reprise::step_result& r) {
    if (step == "charge" && r.accepted()) return {pay("account")};
    return {};
  }
  // It may have been taken meanwhile; then the trip says no, and nothing is to be done.
  effects due(std::string_view) {
    return {reprise::send(reprise::of<trip>(key()), trip_cmd::cancel{.reason = "no driver"})};
  }

 private:
  reprise::effect pay(const std::string& how) const {
    return reprise::send(reprise::of<trip>(key()), trip_cmd::pay{.method = how});
  }
};
// snippet end

}  // namespace ride
