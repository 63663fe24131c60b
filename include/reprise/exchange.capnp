# SPDX-License-Identifier: Apache-2.0
#
# What `reprise export --format capnp` writes: messages of this type one behind the other, each in
# the usual framing of Cap'n Proto, as one segment. First a header, then the records, at last a
# trailer. This file needs no other one, so that it can be copied to where an export is read:
#
#   capnp decode exchange.capnp Message < monday.capnp
#
# docs/exchange.md says what order the records have, and what limits a reader may count on.

@0xd41d0df1451e60a9;

struct Message {
  checksumBefore @0 :UInt64;
  # Of all messages before this one: XXH3-64 of a message as it stands in the file, seeded with the
  # checksum of those before it, beginning with 0. So whoever reads can name the message that was
  # changed.

  union {
    header @1 :Header;
    record @2 :Record;
    trailer @3 :Trailer;
  }
}

struct Header {
  format @0 :UInt32;
  # Version of this form: 1.
  storeId @1 :Data;
  # 16 bytes, of the store that was exported.
  partitions @2 :UInt32;
  whole @3 :Bool;
  # False when only some types or one id were asked for, and in an archive of hidden events.
  schemas @4 :List(Schema);
  # Of the types that were asked for.
}

struct Schema {
  type @0 :Text;
  typeId @1 :UInt64;
  bundle @2 :Data;
  # The schema as the store keeps it: one segment without framing whose root holds the nodes of
  # /capnp/schema.capnp, and the XXH3-64 of that segment. docs/formats.md tells which nodes.
}

struct Record {
  partition @0 :UInt32;
  position @1 :UInt64;
  timeMicros @2 :Int64;
  # When the command was decided: since 1970, UTC.

  type @3 :Text;
  # The id in hexadecimal where the store has no schema for it.
  typeId @4 :UInt64;
  tenant @5 :Data;
  id @6 :Data;
  # Text in UTF-8 nearly always, which the store does not enforce.

  kind @7 :Kind;
  sequence @8 :UInt64;
  # Place of an event in its aggregate.
  batchIndex @9 :UInt32;
  # Place of an event in its batch, from 0. An archive may end, or begin, in the middle of one.
  event @10 :Text;
  eventNumber @11 :UInt32;
  # The event's name, and its discriminant in the union of events; else the kind and 0.
  payload @12 :Data;
  # As it is stored. That of an event is a message of the events' struct in the schema of its type:
  # one segment without framing.
  firstReadable @13 :UInt64;
  # Only of a truncation: the first sequence that stays readable.

  eventId @14 :Data;
  commandId @15 :Data;
  correlationId @16 :Data;
  # 16 bytes each; empty where there is none.
  commandHash @17 :UInt64;
  headers @18 :List(Attribute);
  tags @19 :List(Attribute);
}

enum Kind {
  event @0;
  deletion @1;
  tombstone @2;
  truncation @3;
}

struct Attribute {
  name @0 :Data;
  value @1 :Data;
}

struct Trailer {
  records @0 :UInt64;
  # How many there are between header and trailer. Nothing comes behind this message.
}
