# SPDX-License-Identifier: Apache-2.0
#
# Personal data of every kind: all types, with and without defaults of their own, nested, in lists,
# in groups and in members of unions, of one owner and of several.

@0xd6b1f0a7c4e95823;

using Reprise = import "/reprise/schema.capnp";

$Reprise.namespace("clinic");

interface Visit $Reprise.aggregate(events = "VisitEvent", state = "VisitState") {
  admit @0 (patient :Text, called :Text);
  note @1 (about :UInt64, text :Text);
  leave @2 ();
  get @3 () -> (visit :VisitState) $Reprise.readonly;
}

struct VisitState {
  patient @0 :Text;
  called @1 :Text = "somebody" $Reprise.personal("patient");
  notes @2 :List(Note);
  visits @3 :UInt32;
}

# Nothing in it is anybody's.
interface Bell $Reprise.aggregate(events = "BellEvent", state = "BellState") {
  ring @0 ();
}

struct BellState {
  rings @0 :UInt32;
}

struct BellEvent {
  union {
    rung @0 :Void;
    broken @1 :Void;
  }
}

struct Note {
  about @0 :UInt64;
  text @1 :Text $Reprise.personal("about");
}

struct Address {
  street @0 :Text = "no street";
  number @1 :UInt16 = 7;
}

enum Mood {
  calm @0;
  upset @1;
  gone @2;
}

struct Guest {
  id @0 :Int32;
  name @1 :Text = "a guest" $Reprise.personal("id");
  home @2 :Address = (street = "withheld", number = 1) $Reprise.personal("id");
  pay :union {
    cash @3 :Void;
    card :group {
      holder @4 :Text;
      number @5 :Text $Reprise.personal("holder");
      code @6 :UInt16 = 111 $Reprise.personal("holder");
    }
  }
}

struct VisitEvent {
  union {
    admitted @0 :Admitted;
    noted @1 :Note;
    left @2 :Void;
    measured @3 :Measured;
    received :group {
      room @4 :Text;
      table @5 :List(Guest);
      rows @6 :List(List(Guest));
      first @7 :Guest;
    }
  }

  struct Admitted {
    patient @0 :Text;
    called @1 :Text = "somebody" $Reprise.personal("patient");
  }

  struct Measured {
    patient @0 :Text;
    flag @1 :Bool = true $Reprise.personal("patient");
    other @2 :Bool;
    i8 @3 :Int8 = -3 $Reprise.personal("patient");
    i16 @4 :Int16 $Reprise.personal("patient");
    i32 @5 :Int32 = 77 $Reprise.personal("patient");
    i64 @6 :Int64 $Reprise.personal("patient");
    u8 @7 :UInt8 $Reprise.personal("patient");
    u64 @8 :UInt64 = 5 $Reprise.personal("patient");
    f32 @9 :Float32 = 1.5 $Reprise.personal("patient");
    f64 @10 :Float64 $Reprise.personal("patient");
    mood @11 :Mood = gone $Reprise.personal("patient");
    text @12 :Text = "none" $Reprise.personal("patient");
    data @13 :Data = 0x"01 02" $Reprise.personal("patient");
    words @14 :List(Text) = ["a", "b"] $Reprise.personal("patient");
    places @15 :List(Address) = [(street = "x")] $Reprise.personal("patient");
    home @16 :Address = (street = "withheld", number = 3) $Reprise.personal("patient");
    plain @17 :Address;
    doctor @18 :Text;
    remark @19 :Text $Reprise.personal("doctor");
  }
}
