# SPDX-License-Identifier: Apache-2.0
@0xe5b90d3f2a7c6184;

using Reprise = import "/reprise/schema.capnp";

$Reprise.namespace("ride");

interface Trip $Reprise.aggregate(events = "TripEvent", state = "TripState") {
  # One ride of one passenger, from the request to the payment.

  request @0 (rider :Text, pickup :Place, dropoff :Place, passengers :UInt16) -> (trip :TripState);
  # Somebody wants to be driven.

  assign @1 (driver :Text);
  # A driver takes the trip.

  arrive @2 ();
  # The driver is at the place of pickup.

  start @3 ();
  # The passenger is in the car.

  complete @4 (fareCents :UInt32, tipCents :UInt32, tollsCents :UInt32, totalCents :UInt32,
               distanceMiles :Float64);
  # The passenger is where they wanted to be.

  pay @5 (method :Text);

  cancel @6 (reason :Text);
  # Only before it starts.

  get @7 () -> (trip :TripState) $Reprise.readonly;
}

enum Phase {
  none @0;
  requested @1;
  assigned @2;
  arrived @3;
  inProgress @4;
  completed @5;
  paid @6;
  cancelled @7;
}

struct Place {
  # A taxi zone of the city.

  zone @0 :Text;
  borough @1 :Text;
}

struct TripState {
  phase @0 :Phase;
  rider @1 :Text;
  driver @2 :Text;
  pickup @3 :Place;
  dropoff @4 :Place;
  passengers @5 :UInt16;
  fareCents @6 :UInt32;
  tipCents @7 :UInt32;
  tollsCents @8 :UInt32;
  totalCents @9 :UInt32;
  distanceMiles @10 :Float64;
  payment @11 :Text;
}

struct TripEvent {
  union {
    requested @0 :Requested;
    assigned @1 :Assigned;
    arrived @2 :Void;
    started @3 :Void;
    completed @4 :Completed;
    paid @5 :Paid;
    cancelled @6 :Cancelled;
  }

  struct Requested {
    rider @0 :Text;
    pickup @1 :Place;
    dropoff @2 :Place;
    passengers @3 :UInt16;
  }

  struct Assigned {
    driver @0 :Text $Reprise.tag;
  }

  struct Completed {
    fareCents @0 :UInt32;
    tipCents @1 :UInt32;
    tollsCents @2 :UInt32;
    totalCents @3 :UInt32;
    distanceMiles @4 :Float64;
  }

  struct Paid {
    method @0 :Text;
  }

  struct Cancelled {
    reason @0 :Text;
  }
}
