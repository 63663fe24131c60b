# SPDX-License-Identifier: Apache-2.0
#
# What the ride saga needs beside the trip itself: who pays, and what it remembers.
@0xc81e5a7f20d4b963;

using Reprise = import "/reprise/schema.capnp";

$Reprise.namespace("ride");

interface Rider $Reprise.aggregate(events = "RiderEvent", state = "RiderState") {
  # Somebody with an account.

  topUp @0 (cents :Int64);
  charge @1 (trip :Text, cents :Int64);
  # Or the rejection `no_money`.
  look @2 () -> (rider :RiderState) $Reprise.readonly;
}

struct RiderState {
  cents @0 :Int64;
  trips @1 :List(Text);
  # That were charged, in order.
}

struct RiderEvent {
  union {
    toppedUp @0 :Amount;
    charged @1 :Charge;
  }
  struct Amount {
    cents @0 :Int64;
  }
  struct Charge {
    trip @0 :Text;
    cents @1 :Int64;
  }
}

struct RideState {
  # What the saga remembers of its trip.
  rider @0 :Text;
}
