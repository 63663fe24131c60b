# SPDX-License-Identifier: Apache-2.0
#
# How far a group has come in one partition of a cluster. It is an aggregate of that partition, so
# that it is led, copied and lost with the events that it is about.

@0xc7e35a90d14b28f6;

using Reprise = import "/reprise/schema.capnp";

$Reprise.namespace("reprise::consumers::log");

interface GroupLedger $Reprise.aggregate(events = "GroupLedgerEvent", state = "GroupLedgerState") {
  load @0 (begin :UInt64) -> (ledger :GroupLedgerState);
  # Takes it up: whoever did so before may keep nothing any more. `begin`: where it begins if nothing
  # is kept yet.

  keep @1 (holder :UInt64, through :UInt64, parked :List(ParkedEvent), settled :List(UInt64));
  # Means the same when it comes twice.

  forget @2 ();
  # All of it.

  look @3 () -> (ledger :GroupLedgerState) $Reprise.readonly;

  order @4 (again :List(UInt64), skipped :List(UInt64));
  # What a person decides about parked events, by position, whoever has taken it up: to be assigned
  # again, or forgotten. Of what is not parked any more nothing comes, so it may come twice.
}

struct GroupLedgerState {
  holder @0 :UInt64;
  # Counts how often it was taken up.
  isBegun @1 :Bool;
  through @2 :UInt64;
  # Events up to here are done with, or parked.
  parked @3 :List(ParkedEvent);
  # By position.
}

struct ParkedEvent {
  at @0 :UInt64;
  # Its position.
  cause @1 :Text;
  assignments @2 :UInt32;
  parkedMicros @3 :Int64;
  # Since 1970.
  ordered @4 :Bool;
  # It is to be assigned again, until it is settled or parked anew.
}

struct GroupLedgerEvent {
  union {
    loaded @0 :Loaded;
    kept @1 :Kept;
    forgotten @2 :Void;
    ordered @3 :Ordered;
  }
  struct Loaded {
    begin @0 :UInt64;
  }
  struct Kept {
    through @0 :UInt64;
    parked @1 :List(ParkedEvent);
    settled @2 :List(UInt64);
  }
  struct Ordered {
    again @0 :List(UInt64);
    skipped @1 :List(UInt64);
  }
}
