# SPDX-License-Identifier: Apache-2.0
#
# The aggregate of the tests of whole clusters: a counter that goes up.
@0xb4d20c9a71e5f683;

using Reprise = import "/reprise/schema.capnp";

$Reprise.namespace("counting");

interface Counter $Reprise.aggregate(events = "CounterEvent", state = "CounterState") {
  add @0 (n :UInt64) -> (counter :CounterState);
  get @1 () -> (counter :CounterState) $Reprise.readonly;
}

struct CounterState {
  total @0 :UInt64;
}

struct CounterEvent {
  union {
    added @0 :Added;
    reset @1 :Void;
  }
}

struct Added {
  n @0 :UInt64;
}
