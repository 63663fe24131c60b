# SPDX-License-Identifier: Apache-2.0
@0x945b087e3edefc7a;

using Reprise = import "/reprise/schema.capnp";

$Reprise.namespace("post");

interface Parcel $Reprise.aggregate(events = "ParcelEvent", state = "ParcelState") {
  send @0 (to :Text, weightGrams :UInt64);
  delay @1 (minutes :UInt32, why :Text);
  deliver @2 ();
}

struct ParcelState {
  to @0 :Text;
  delayMinutes @1 :UInt32;
  delivered @2 :Bool;
}

struct ParcelEvent {
  union {
    sent @0 :Sent;
    delayed @1 :Delayed;
    delivered @2 :Void;
  }

  struct Sent {
    to @0 :Text $Reprise.tag;
    weightGrams @1 :UInt64;
  }

  struct Delayed {
    minutes @0 :UInt32;
    why @1 :Text;
  }
}

interface CourierShift $Reprise.aggregate(events = "CourierShiftEvent", state = "CourierShiftState") {
  # Its name in snake case has an underscore.

  begin @0 (courier :Text);
}

struct CourierShiftState {
  courier @0 :Text;
}

struct CourierShiftEvent {
  union {
    begun @0 :Begun;
    paused @1 :Void;
  }

  struct Begun {
    courier @0 :Text;
  }
}
