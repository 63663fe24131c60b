@0xd6c1f3a29be84757;

using Reprise = import "/reprise/schema.capnp";

$Reprise.namespace("bench");

interface Tally $Reprise.aggregate(events = "TallyEvent", state = "TallyState") {
  # Counts what it is told; the smallest aggregate there is.
  add @0 (amount :UInt64);
  get @1 () -> (tally :TallyState) $Reprise.readonly;
}

struct TallyState {
  total @0 :UInt64;
}

struct TallyEvent {
  union {
    added @0 :Added;
    cleared @1 :Void;
  }
  struct Added {
    amount @0 :UInt64;
  }
}
