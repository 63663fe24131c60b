# SPDX-License-Identifier: Apache-2.0
#
# What sagas write to the log and are told. Every saga is an aggregate with these commands, events and
# this state; only the content of `state` and of payloads is its own.

@0xd2a51f4c8e0b7a61;

using Reprise = import "/reprise/schema.capnp";

$Reprise.namespace("reprise::sagas::log");

enum Phase {
  none @0;
  running @1;
  compensating @2;
  completed @3;
  failed @4;
  killed @5;
}

enum EffectKind {
  send @0;
  call @1;
  deadline @2;
  cancel @3;
  wait @4;
  compensate @5;
  finish @6;
  alsoKeyed @7;
  noLongerKeyed @8;
}

struct Header {
  name @0 :Text;
  value @1 :Text;
}

struct Effect {
  # Something that a saga asked for.

  number @0 :UInt64;
  # Counts within the instance, from 1.
  kind @1 :EffectKind;
  name @2 :Text;
  # Of the step, the deadline or the wait.
  type @3 :UInt64;
  tenant @4 :Text;
  target @5 :Text;
  # Whom a command is for; of a call the handler's name.
  command @6 :UInt32;
  payload @7 :Data;
  afterMicros @8 :Int64;
  dueMicros @9 :Int64;
  # Since 1970: when a deadline falls due, when a step is tried next; 0: never, or at once.
  attempts @10 :UInt32;
  # So many have failed.
  attemptsMax @11 :UInt32;
  delayFirstMillis @12 :Int64;
  delayMaxMillis @13 :Int64;
  otherwise @14 :List(Data);
  # Encoded effects, like those of the next field.
  undo @15 :List(Data);
  stuck @16 :Text;
  # Why it was given up; empty while it is tried.
  takesBack @17 :Bool;
  # It is part of a compensation.
  cause @18 :Data;
  # Id of the event that was handled when it was asked for; empty where there was none.
  correlation @19 :Data;
  headers @20 :List(Header);
  # Those in which a trace travels on with it.
}

struct DoneStep {
  # A step that was accepted and can be taken back.
  name @0 :Text;
  reply @1 :Data;
  undo @2 :List(Data);
}

struct Message {
  # An event on its way to a saga.
  id @0 :Data;
  type @1 :UInt64;
  tenant @2 :Text;
  aggregate @3 :Text;
  eventType @4 :UInt32;
  partition @5 :UInt32;
  position @6 :UInt64;
  sequence @7 :UInt64;
  timeMicros @8 :Int64;
  correlation @9 :Data;
  causation @10 :Data;
  headers @11 :List(Header);
  tags @12 :List(Header);
  payload @13 :Data;
  starts @14 :Bool;
}

struct ParkedMessage {
  message @0 :Message;
  cause @1 :Text;
  # Empty where it only waits behind another.
  attempts @2 :UInt64;
  firstMicros @3 :Int64;
  lastMicros @4 :Int64;
  original @5 :Data;
  # The payload before it was edited; empty where it was not.
}

struct EarlyAnswer {
  name @0 :Text;
  payload @1 :Data;
}

struct KeyChange {
  # A key that an instance took on, or gave up.
  key @0 :Text;
  added @1 :Bool;
}

struct Change {
  # How an instance changed. What is not set stays as it was.
  began @0 :Bool;
  # A new life: data, steps and answers of an earlier one are forgotten.
  phase @1 :Phase;
  version @2 :UInt32;
  # Of the saga's code; 0: unchanged.
  reason @3 :Text;
  state @4 :Data;
  # Empty: unchanged.
  opened @5 :List(Effect);
  closed @6 :List(UInt64);
  # Numbers of effects that are over.
  done @7 :List(DoneStep);
  undone @8 :UInt32;
  # So many of the steps done, from the last one, are being taken back.
  early @9 :List(EarlyAnswer);
  # Answers that came before anybody waited.
  usedEarly @10 :List(Text);
  waited @11 :List(Text);
  # Waits that are over.
  keys @12 :List(KeyChange);
  keyEnds @13 :List(UInt64);
  # Where the log of each partition ended when that was decided, by their numbers: keys count for
  # what is committed behind. Only where they change.
}

struct SagaState {
  phase @0 :Phase;
  version @1 :UInt32;
  reason @2 :Text;
  paused @3 :Bool;
  lastNumber @4 :UInt64;
  state @5 :Data;
  open @6 :List(Effect);
  done @7 :List(DoneStep);
  early @8 :List(EarlyAnswer);
  parked @9 :List(ParkedMessage);
  waited @10 :List(Text);
  # Waits that are over; later answers are refused.
  keys @11 :List(Text);
  # That it has beside its own.
}

struct SagaEvent {
  union {
    handled @0 :Handled;
    answered @1 :Answered;
    postponed @2 :Postponed;
    stuck @3 :Stuck;
    fellDue @4 :FellDue;
    told @5 :Told;
    parked @6 :ParkedMessage;
    triedAgain @7 :TriedAgain;
    unparked @8 :Unparked;
    edited @9 :Edited;
    steered @10 :Steered;
  }

  struct Handled {
    # An event of another aggregate.
    event @0 :Data;
    type @1 :UInt64;
    aggregate @2 :Text;
    eventType @3 :UInt32;
    partition @4 :UInt32;
    position @5 :UInt64;
    wasParked @6 :Bool;
    change @7 :Change;
  }
  struct Answered {
    # A step is over.
    number @0 :UInt64;
    step @1 :Text;
    accepted @2 :Bool;
    code @3 :Text;
    why @4 :Text;
    change @5 :Change;
    content @6 :Data;
    # What was answered, unless the change keeps it for a step that can be taken back.
    hasContent @7 :Bool;
    # False where there was no room for the content, or a program has written it that kept none.
  }
  struct Postponed {
    # An attempt failed; the next one is due then.
    number @0 :UInt64;
    attempts @1 :UInt32;
    dueMicros @2 :Int64;
    why @3 :Text;
  }
  struct Stuck {
    # A step was given up: a dead letter.
    number @0 :UInt64;
    attempts @1 :UInt32;
    why @2 :Text;
    change @3 :Change;
  }
  struct FellDue {
    number @0 :UInt64;
    deadline @1 :Text;
    change @2 :Change;
  }
  struct Told {
    wait @0 :Text;
    payload @1 :Data;
    change @2 :Change;
  }
  struct TriedAgain {
    # The first parked event failed once more.
    cause @0 :Text;
    timeMicros @1 :Int64;
  }
  struct Unparked {
    # The first parked event was passed by.
    event @0 :Data;
    reason @1 :Text;
  }
  struct Edited {
    # The first parked event has another payload now.
    payload @0 :Data;
    reason @1 :Text;
  }
  struct Steered {
    what @0 :Text;
    reason @1 :Text;
    change @2 :Change;
    paused @3 :Bool;
  }
}

struct PendingEffect {
  # An open effect as the outbox keeps it.
  tenant @0 :Text;
  saga @1 :Text;
  # The instance's key.
  effect @2 :Effect;
}

struct EffectPlace {
  # Where an effect was asked for.
  partition @0 :UInt32;
  position @1 :UInt64;
  index @2 :UInt32;
}

struct KeySpan {
  # From when to when an instance had a key; see Change.keyEnds.
  from @0 :List(UInt64);
  until @1 :List(UInt64);
  # Empty: it has it.
}

struct KeyTaker {
  # An instance that has, or had, a key beside its own, as the router keeps it.
  tenant @0 :Text;
  key @1 :Text;
  instance @2 :Text;
  spans @3 :List(KeySpan);
}

struct LeftOrder {
  # What somebody wants of an instance while no program runs it.
  tenant @0 :Text;
  key @1 :Text;
  command @2 :UInt32;
  payload @3 :Data;
  id @4 :Data;
  # Of the command.
  what @5 :UInt16;
  # By the numbers of reprise::saga_order; for people, like the next one.
  number @6 :UInt64;
}

interface Saga $Reprise.aggregate(events = "SagaEvent", state = "SagaState") {
  handle @0 (message :Message);
  park @1 (message :Message, cause :Text, attempts :UInt64);
  settle @2 (number :UInt64, accepted :Bool, content :Data, code :Text, why :Text, attempts :UInt32);
  postpone @3 (number :UInt64, attempts :UInt32, dueMicros :Int64, why :Text);
  fallDue @4 (number :UInt64);
  answer @5 (wait :Text, payload :Data);
  cancel @6 (reason :Text);
  kill @7 (reason :Text);
  pause @8 (reason :Text);
  resume @9 (reason :Text);
  retryStep @10 (number :UInt64, payload :Data);
  dropStep @11 (number :UInt64, reason :Text);
  retryParked @12 ();
  skipParked @13 (reason :Text);
  editParked @14 (payload :Data, reason :Text);
  look @15 () -> (saga :SagaState) $Reprise.readonly;
}
