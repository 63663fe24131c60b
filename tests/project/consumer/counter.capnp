@0xd5b3a6f01c2e4798;

using Reprise = import "/reprise/schema.capnp";

$Reprise.namespace("shop");

interface Counter $Reprise.aggregate(events = "CounterEvent", state = "CounterState") {
  add @0 (by :Int64) -> (counter :CounterState);
  clear @1 ();
}

struct CounterState {
  value @0 :Int64;
}

struct CounterEvent {
  union {
    added @0 :Added;
    cleared @1 :Void;
  }
  struct Added {
    by @0 :Int64;
  }
}
