// SPDX-License-Identifier: Apache-2.0
//
// A taxi trip: requested, assigned, arrived, in progress, completed, paid; or cancelled before it
// starts. Every refusal says which phase forbids it.

#pragma once

#include "trip.reprise.hpp"

#include <reprise/aggregate.hpp>
#include <reprise/decision.hpp>

#include <string>

namespace ride {

struct trip : reprise::aggregate<trip_api> {
  decision on(const cmd::request& c) const {
    if (phase != phase::none) return wrong("requested");
    return ev::requested{
        .rider = c.rider, .pickup = c.pickup, .dropoff = c.dropoff, .passengers = c.passengers};
  }
  decision on(const cmd::assign& c) const {
    if (phase != phase::requested) return wrong("assigned");
    return ev::assigned{.driver = c.driver};
  }
  decision on(const cmd::arrive&) const {
    if (phase != phase::assigned) return wrong("arrived");
    return ev::arrived{};
  }
  decision on(const cmd::start&) const {
    if (phase != phase::arrived) return wrong("started");
    return ev::started{};
  }
  decision on(const cmd::complete& c) const {
    if (phase != phase::inProgress) return wrong("completed");
    return ev::completed{.fareCents = c.fareCents,
                         .tipCents = c.tipCents,
                         .tollsCents = c.tollsCents,
                         .totalCents = c.totalCents,
                         .distanceMiles = c.distanceMiles};
  }
  decision on(const cmd::pay& c) const {
    if (phase != phase::completed) return wrong("paid");
    return ev::paid{.method = c.method};
  }
  decision on(const cmd::cancel& c) const {
    if (phase == phase::none || phase >= phase::inProgress) return wrong("cancelled");
    return ev::cancelled{.reason = c.reason};
  }

  void apply(const ev::requested& e) {
    phase = phase::requested;
    rider = e.rider;
    pickup = e.pickup;
    dropoff = e.dropoff;
    passengers = e.passengers;
  }
  void apply(const ev::assigned& e) {
    phase = phase::assigned;
    driver = e.driver;
  }
  void apply(const ev::arrived&) { phase = phase::arrived; }
  void apply(const ev::started&) { phase = phase::inProgress; }
  void apply(const ev::completed& e) {
    phase = phase::completed;
    fareCents = e.fareCents;
    tipCents = e.tipCents;
    tollsCents = e.tollsCents;
    totalCents = e.totalCents;
    distanceMiles = e.distanceMiles;
  }
  void apply(const ev::paid& e) {
    phase = phase::paid;
    payment = e.method;
  }
  void apply(const ev::cancelled&) { phase = phase::cancelled; }

 private:
  decision wrong(const char* wanted) const {
    return reprise::reject(
        "wrong_phase",
        std::string("a trip that is ") + std::string(to_string(phase)) + " cannot be " + wanted);
  }
};

}  // namespace ride
