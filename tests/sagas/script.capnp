# SPDX-License-Identifier: Apache-2.0
@0xa8c3e61f0b297d54;

using Reprise = import "/reprise/schema.capnp";

$Reprise.namespace("script");

interface Speaker $Reprise.aggregate(events = "SpeakerEvent", state = "SpeakerState") {
  # Says what a saga shall do; see script_saga.hpp for the words.
  open @0 (key :Text, text :Text);
  say @1 (key :Text, text :Text);
}
struct SpeakerState {
  events @0 :UInt32;
}
struct SpeakerEvent {
  union {
    opened @0 :Spoken;
    said @1 :Spoken;
  }
}
struct Spoken {
  key @0 :Text;
  text @1 :Text;
}

interface Worker $Reprise.aggregate(events = "WorkerEvent", state = "WorkerState") {
  work @0 (text :Text) -> (worker :WorkerState);
  # `no...` is rejected; `ill...` throws while the worker is ill.
  fallIll @1 ();
  recover @2 ();
}
struct WorkerState {
  done @0 :List(Text);
  ill @1 :Bool;
}
struct WorkerEvent {
  union {
    worked @0 :Worked;
    fellIll @1 :Void;
    recovered @2 :Void;
  }
  struct Worked {
    text @0 :Text;
  }
}

struct ScriptState {
  heard @0 :List(Text);
  # All that its handlers were called with, in order.
}
