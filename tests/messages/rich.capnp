# SPDX-License-Identifier: Apache-2.0
#
# Uses everything that a schema may use, and names that could get in each other's way.
@0x8f0d2b4c6a81e357;

using Reprise = import "/reprise/schema.capnp";
using Shared = import "shared.capnp";

$Reprise.namespace("test::rich");

const limit :UInt32 = 12;
# Constants are left out.

enum Colour {
  red @0;
  darkGreen @1;
  default @2;
}

struct Empty {}

struct Scalars {
  # Every kind of value that has a fixed size.
  flag @0 :Bool;
  tiny @1 :Int8;
  small @2 :Int16;
  medium @3 :Int32;
  large @4 :Int64;
  unsignedTiny @5 :UInt8;
  unsignedSmall @6 :UInt16;
  unsignedMedium @7 :UInt32;
  unsignedLarge @8 :UInt64;
  single @9 :Float32;
  # Sixteen million and one cannot be told from sixteen million.
  #
  # It has a second paragraph, too.
  twofold @10 :Float64;
  nothing @11 :Void;
  colour @12 :Colour;
}

struct Defaults {
  flag @0 :Bool = true;
  tiny @1 :Int8 = -128;
  large @2 :Int64 = -9223372036854775808;
  unsignedLarge @3 :UInt64 = 18446744073709551615;
  single @4 :Float32 = 0.1;
  twofold @5 :Float64 = inf;
  colour @6 :Colour = darkGreen;
  text @7 :Text = "say \"hi\"\n\x00 7, ä";
  data @8 :Data = 0x"00 ff 10";
  money @9 :Shared.Money = (cents = 250, currency = usd);
  numbers @10 :List(Int16) = [1, -2];
  words @11 :List(Text) = ["one", "two"];
  pairs @12 :List(List(Text)) = [["a", "b"], []];
  shape @13 :Shape = (round = (radius = 2.5));
  shapes @14 :List(Shape) = [(corners = 3), (nothing = void, label = "none")];
  union {
    byNumber @15 :UInt32 = 7;
    byName @16 :Text = "seven";
  }
  flags @17 :List(Bool) = [true, false, true];
}

struct Shape {
  label @0 :Text;
  union {
    nothing @1 :Void;
    corners @2 :UInt16;
    round :group {
      radius @3 :Float64;
      filled @4 :Bool;
    }
    picture @5 :Data;
    frame @6 :Frame;
    parts @7 :List(Text);
  }

  struct Frame {
    # Stands between the types that use it.
    width @0 :UInt32;
    colour @1 :Colour;
  }
}

struct Nested {
  kind @0 :Kind;
  inner @1 :Inner;
  # Called like its own type.
  others @2 :List(Inner);
  address :group {
    street @3 :Text;
    tags @4 :List(Text);
    where :union {
      nowhere @5 :Void;
      floor @6 :Int16;
      room :group {
        number @7 :UInt32;
        colour @8 :Colour;
      }
    }
    exact :group {
      x @9 :Float64;
      y @10 :Float64;
    }
  }
  method :union {
    cash @11 :Void;
    card @12 :Text;
    # The last four digits.
    gift @13 :Shared.Money;
  }
  class @14 :Text;
  namespace @15 :Kind;

  enum Kind {
    plain @0;
    kind @1;
  }

  struct Inner {
    kind @0 :Kind;
    colour @1 :Colour;
    deepest @2 :Deepest;

    struct Deepest {
      colour @0 :Colour;
      colours @1 :List(Colour);
    }
  }
}

struct Lists {
  flags @0 :List(Bool);
  numbers @1 :List(Int64);
  singles @2 :List(Float32);
  words @3 :List(Text);
  blobs @4 :List(Data);
  colours @5 :List(Colour);
  shapes @6 :List(Shape);
  table @7 :List(List(UInt32));
  cube @8 :List(List(List(Text)));
  nothings @9 :List(Void);
  kinds @10 :List(Nested.Kind);
  amounts @11 :List(Shared.Money);
  empties @12 :List(Empty);
  grids @13 :List(List(Shape));
}

interface Box $Reprise.aggregate(events = "Box.Event", state = "BoxState") {
  # An aggregate that holds all of it.

  fill @0 (scalars :Scalars, lists :Lists, nested :Nested) -> (box :BoxState);
  rename @1 (name :Text, tag :Text, api :Text, reply :Text, readonly :Bool);
  # Every parameter is called like something that commands declare themselves.
  weigh @2 () -> (kilograms :Float64, exact :Bool) $Reprise.readonly;
  look @3 () -> (shape :Shape) $Reprise.readonly;
  paint @4 Shape;
  cost @5 () -> Shared.Money;
  lid @6 () -> (open :Bool);
  drop @7 (from :Height) -> ();

  struct Height {
    # Declared in the interface, which is no type in C++.
    metres @0 :Float64;
  }

  struct Event {
    union {
      filled @0 :Filled;
      renamed @1 :Text;
      painted @2 :Shape;
      dropped @3 :Void;
      colour :group {
        # Called like the enum that it uses.
        colour @4 :Colour;
        tags @5 :List(Text);
        how :union {
          brush @6 :Void;
          spray @7 :Float32;
        }
      }
      weighed @8 :List(Float64);
      priced @9 :Shared.Money;
      marked @10 :Marked;
    }

    struct Filled {
      scalars @0 :Scalars;
      lists @1 :Lists;
      nested @2 :Nested;
      why @3 :Reason;

      enum Reason {
        # Only the event's content is no value type; what it declares is.
        bored @0;
        told @1;
      }
    }

    struct Marked {
      text @0 :Text $Reprise.tag;
      number @1 :Int64 $Reprise.tag;
      small @2 :UInt8 $Reprise.tag;
      flag @3 :Bool $Reprise.tag;
      colour @4 :Colour $Reprise.tag;
      owner @5 :Text $Reprise.personal("text");
    }
  }
}

struct BoxState {
  scalars @0 :Scalars;
  lists @1 :Lists;
  nested @2 :Nested;
  defaults @3 :Defaults;
  shape @4 :Shape;
  empty @5 :Empty;
  boxState @6 :Text;
}

interface Door $Reprise.aggregate(events = "DoorEvent", state = "DoorState") {
  open @0 ();
}

struct DoorState {
  open @0 :Bool;
}

struct DoorEvent {
  union {
    opened @0 :Void;
    closed @1 :Void;
  }
}

interface Service {
  # Not annotated: left out.
  call @0 (other :Service);
}
