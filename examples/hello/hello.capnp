@0xb1c2a90de2c5f5a1;

using Reprise = import "/reprise/schema.capnp";

$Reprise.namespace("hello");

# snippet: counter
interface Counter $Reprise.aggregate(events = "CounterEvent", state = "CounterState") {
  add @0 (by :Int64) -> (counter :CounterState);
}

struct CounterState {
  value @0 :Int64;
}

struct CounterEvent {
  union {
    added @0 :Added;
    reset @1 :Void;
  }
  struct Added {
    by @0 :Int64;
  }
}
# snippet end
