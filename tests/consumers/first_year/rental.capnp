# SPDX-License-Identifier: Apache-2.0
#
# The schema that fixtures/rentals-1.jsonl was written with. It stays as it is; what became of it is
# in ../rental.capnp.
@0xb1c64e9d27a0f358;

using Reprise = import "/reprise/schema.capnp";

$Reprise.namespace("hire");

interface Rental $Reprise.aggregate(events = "RentalEvent", state = "RentalState") {
  begin @0 (rider :Text, price :Text);
  finish @1 ();
}

struct RentalState {
  rider @0 :Text;
  price @1 :Text;
  finished @2 :Bool;
}

struct RentalEvent {
  union {
    begun @0 :Begun;
    finished @1 :Void;
  }

  struct Begun {
    rider @0 :Text $Reprise.tag;
    price @1 :Text;
  }
}
