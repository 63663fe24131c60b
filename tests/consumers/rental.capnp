# SPDX-License-Identifier: Apache-2.0
#
# What became of first_year/rental.capnp: a field has another name, there are new fields, a new
# command and a new event, which the first one is made into.
@0xb1c64e9d27a0f358;

using Reprise = import "/reprise/schema.capnp";

$Reprise.namespace("hire");

interface Rental $Reprise.aggregate(events = "RentalEvent", state = "RentalState") {
  begin @0 (customer :Text, price :Text, bike :Text);
  finish @1 ();
  get @2 () -> (rental :RentalState) $Reprise.readonly;
}

struct RentalState {
  customer @0 :Text $Reprise.renamed("rider");
  price @1 :Text;
  finished @2 :Bool;
  cents @3 :Int64;
  bike @4 :Text;
}

struct RentalEvent {
  union {
    begun @0 :Begun;
    finished @1 :Void;
    started @2 :Started;
  }

  struct Begun {
    # The first form, with the price as text.
    customer @0 :Text $Reprise.renamed("rider") $Reprise.tag;
    price @1 :Text;
  }
  struct Started {
    customer @0 :Text $Reprise.tag;
    cents @1 :Int64;
    bike @2 :Text;
  }
}
