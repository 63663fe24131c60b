# SPDX-License-Identifier: Apache-2.0
@0xe2a7045bd9f81c36;

using Reprise = import "/reprise/schema.capnp";

$Reprise.namespace("bench");

interface Errand $Reprise.aggregate(events = "ErrandEvent", state = "ErrandState") {
  # What a saga is started by, and what it ends with.
  begin @0 (steps :UInt32, afterMillis :UInt32);
  end @1 ();
}
struct ErrandState {
  over @0 :Bool;
}
struct ErrandEvent {
  union {
    begun @0 :Begun;
    ended @1 :Void;
  }
  struct Begun {
    steps @0 :UInt32;
    afterMillis @1 :UInt32;
  }
}

interface Helpmate $Reprise.aggregate(events = "HelpmateEvent", state = "HelpmateState") {
  # Whom the saga sends to.
  help @0 ();
}
struct HelpmateState {
  times @0 :UInt64;
}
struct HelpmateEvent {
  union {
    helped @0 :Void;
    rested @1 :Void;
  }
}

struct RunState {
  # What the saga remembers.
  left @0 :UInt32;
  dueMicros @1 :Int64;
}
