// SPDX-License-Identifier: Apache-2.0
#include "examples/trip/trip.hpp"

#include <reprise/testing.hpp>

#include <catch2/catch_test_macros.hpp>

namespace ride {
namespace {

using reprise::testing::given;
using cmd = trip::cmd;
using ev = trip::ev;

const ev::requested ann_asked{.rider = "ann",
                              .pickup = {"Midtown East", "Manhattan"},
                              .dropoff = {"Astoria", "Queens"},
                              .passengers = 2};
const ev::assigned bob_drives{.driver = "bob"};
const ev::completed twelve_fifty{.fareCents = 1000, .tipCents = 250, .totalCents = 1250};

TEST_CASE("a trip goes through its six commands") {
  given<trip>()
      .when(cmd::request{.rider = "ann",
                         .pickup = {"Midtown East", "Manhattan"},
                         .dropoff = {"Astoria", "Queens"},
                         .passengers = 2})
      .then(ann_asked);
  given<trip>(ann_asked).when(cmd::assign{.driver = "bob"}).then(bob_drives);
  given<trip>(ann_asked, bob_drives).when(cmd::arrive{}).then(ev::arrived{});
  given<trip>(ann_asked, bob_drives, ev::arrived{}).when(cmd::start{}).then(ev::started{});
  given<trip>(ann_asked, bob_drives, ev::arrived{}, ev::started{})
      .when(cmd::complete{.fareCents = 1000, .tipCents = 250, .totalCents = 1250})
      .then(twelve_fifty);
  given<trip>(ann_asked, bob_drives, ev::arrived{}, ev::started{}, twelve_fifty)
      .when(cmd::pay{.method = "cash"})
      .then(ev::paid{.method = "cash"})
      .state([](const trip_state& t) {
        CHECK(t.phase == phase::paid);
        CHECK(t.totalCents == 1250);
        CHECK(t.payment == "cash");
      });
}

TEST_CASE("a trip can be cancelled until it has started") {
  const cmd::cancel cancel{.reason = "rain"};
  const ev::cancelled cancelled{.reason = "rain"};
  given<trip>().when(cancel).rejected("wrong_phase");
  given<trip>(ann_asked).when(cancel).then(cancelled);
  given<trip>(ann_asked, bob_drives).when(cancel).then(cancelled);
  given<trip>(ann_asked, bob_drives, ev::arrived{}).when(cancel).then(cancelled);
  given<trip>(ann_asked, bob_drives, ev::arrived{}, ev::started{})
      .when(cancel)
      .rejected("wrong_phase");
  given<trip>(ann_asked, cancelled).when(cmd::assign{.driver = "bob"}).rejected("wrong_phase");
}

TEST_CASE("a command in the wrong phase is rejected, and the reason names the phase") {
  try {
    given<trip>(ann_asked).when(cmd::start{}).then_nothing();
    FAIL("a trip that is only requested cannot be started");
  } catch (const reprise::testing::failure& f) {
    CHECK(std::string(f.what()).find("a trip that is requested cannot be started") !=
          std::string::npos);
  }
  given<trip>(ann_asked).when(cmd::request{}).rejected("wrong_phase");
  given<trip>(ann_asked).when(cmd::pay{}).rejected("wrong_phase");
  given<trip>().when(cmd::complete{}).rejected("wrong_phase");
}

TEST_CASE("a trip can be looked at in any phase") {
  given<trip>().when(cmd::get{}).then_nothing().replies(trip_state{});
  given<trip>(ann_asked)
      .when(cmd::get{})
      .then_nothing()
      .replies({.phase = phase::requested,
                .rider = "ann",
                .pickup = {"Midtown East", "Manhattan"},
                .dropoff = {"Astoria", "Queens"},
                .passengers = 2});
}

}  // namespace
}  // namespace ride
