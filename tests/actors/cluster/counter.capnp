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

interface Tally $Reprise.aggregate(events = "TallyEvent", state = "TallyState") {
  # What a saga adds to, once for each addition to a counter.

  note @0 (n :UInt64);
  look @1 () -> (tally :TallyState) $Reprise.readonly;
}

struct TallyState {
  total @0 :UInt64;
  notes @1 :UInt64;
}

struct TallyEvent {
  union {
    noted @0 :Added;
    cleared @1 :Void;
  }
}

struct TallyingState {
  # What the saga remembers of its counter.
  sum @0 :UInt64;
}

interface Scroll $Reprise.aggregate(events = "ScrollEvent", state = "ScrollState") {
  # Becomes as long as it is told.

  unroll @0 (bytes :UInt64) -> (scroll :ScrollState);
  read @1 () -> (scroll :ScrollState) $Reprise.readonly;
}

struct ScrollState {
  text @0 :Text;
}

struct ScrollEvent {
  union {
    grown @0 :Added;
    cut @1 :Void;
  }
}
