# SPDX-License-Identifier: Apache-2.0
#
# What a client may ask a node about what it has stored, and order of its cluster: commands (see
# rpc/client.capnp) to the aggregate type 0, which is the node itself. The command's number says
# which; its payload, and that of the reply, are a message with Cap'n Proto's usual framing.

@0xd3a86c5e0f7b4192;

using Cxx = import "/capnp/c++.capnp";

$Cxx.namespace("reprise::cluster::query_wire");

struct HistoryQuery {
  # Command 1: the events of one aggregate, as this node has them.

  type @0 :UInt64;
  tenant @1 :Data;
  id @2 :Data;
  afterPosition @3 :UInt64;
  # A node whose copy of the partition does not reach so far refuses, and another one may be asked.
  # The position of a receipt makes what was acknowledged visible.
  fromSequence @4 :UInt64;
  limit @5 :UInt32;
  # 0: as many as fit into one answer.
}

struct HistoryPage {
  events @0 :List(Event);
  end @1 :Bool;
  # There are no more.
}

struct Event {
  sequence @0 :UInt64;
  position @1 :UInt64;
  timeMicros @2 :Int64;
  eventType @3 :UInt32;
  eventId @4 :Data;
  commandId @5 :Data;
  payload @6 :Data;
}

struct NodeOrder {
  # Command 2: what is wished of a node of the cluster. The reply is empty.

  what @0 :UInt8;
  # 0 add, 1 drain, 2 remove, 3 lead a partition, 4 how many are to vote.
  partition @1 :UInt32;
  # Of 3.
  port @2 :UInt16;
  name @3 :Data;
  host @4 :Data;
  # Both of 0.
  count @5 :UInt32;
  # Of 4.
}

struct StoreQuery {
  # Command 3: what the node has stored. Only what is committed is told. The reply of each is named
  # beside it.

  union {
    schemas @0 :Void;
    # StoreSchemas
    committed @1 :UInt32;
    # StoreNumber: the position of the partition's last record.
    head @2 :Aggregate;
    # StoreHead
    history @3 :HistoryRange;
    # RecordPage
    scan @4 :ScanRange;
    # RecordPage
    saved @5 :SavedRange;
    # StoreSnapshot
    projections @6 :Void;
    # StoreNames: under which the node's consumers keep rows.
    rows @7 :RowRange;
    # RowPage
  }
}

struct Aggregate {
  type @0 :UInt64;
  tenant @1 :Data;
  id @2 :Data;
}

struct HistoryRange {
  # Events of one aggregate; both ends belong to it.
  of @0 :Aggregate;
  from @1 :UInt64;
  to @2 :UInt64;
  limit @3 :UInt64;
  # Of a page; at least 1.
  backward @4 :Bool;
}

struct ScanRange {
  # Records of every kind of one partition.
  partition @0 :UInt32;
  from @1 :UInt64;
  limit @2 :UInt64;
  window @3 :UInt64;
  # How many to hand out, and to look at, at most; at least 1.
  backward @4 :Bool;
  types @5 :List(UInt64);
  # None: all.
}

struct SavedRange {
  # The newest snapshot of an aggregate with these sequences.
  of @0 :Aggregate;
  from @1 :UInt64;
  to @2 :UInt64;
}

struct RowRange {
  # Rows of one projection with keys in [from, below), in order.
  projection @0 :Data;
  from @1 :Data;
  below @2 :Data;
}

struct StoreNames {
  names @0 :List(Data);
}

struct RowPage {
  rows @0 :List(Row);
  cut @1 :Bool;
  # The page was full before the range was; it goes on behind the last key.
  taken @2 :Bool;
  # Something was committed.
  choice @3 :UInt64;
  cursors @4 :List(Cursor);
  # What the rows are of, at the moment of this page.

  struct Row {
    key @0 :Data;
    value @1 :Data;
  }

  struct Cursor {
    partition @0 :UInt32;
    position @1 :UInt64;
  }
}

struct StoreSchemas {
  partitions @0 :UInt32;
  schemas @1 :List(Schema);

  struct Schema {
    type @0 :UInt64;
    name @1 :Data;
    bundle @2 :Data;
    # As docs/formats.md says.
  }
}

struct StoreNumber {
  value @0 :UInt64;
}

struct StoreHead {
  sequence @0 :UInt64;
  position @1 :UInt64;
  state @2 :UInt8;
  # 0 absent, 1 live, 2 deleted, 3 closed for ever.
  begins @3 :UInt64;
  firstReadable @4 :UInt64;
}

struct RecordPage {
  records @0 :List(Record);
  next @1 :UInt64;
  # Where to go on: a sequence of a history, a position of a scan; backward 0 at the start.
  last @2 :UInt64;
  # Of the partition, when it was read.
  end @3 :Bool;
  # Nothing of the range is left.
  cut @4 :Bool;
  # The page was full before the range's limits were.
}

struct Record {
  kind @0 :UInt8;
  # 1 event, 2 deletion, 3 closed for ever, 4 truncation.
  batchIndex @1 :UInt16;
  eventType @2 :UInt32;
  type @3 :UInt64;
  position @4 :UInt64;
  previous @5 :UInt64;
  sequence @6 :UInt64;
  timeMicros @7 :Int64;
  commandHash @8 :UInt64;
  storedBytes @9 :UInt64;
  tenant @10 :Data;
  id @11 :Data;
  event @12 :Data;
  command @13 :Data;
  correlation @14 :Data;
  headers @15 :List(Attribute);
  tags @16 :List(Attribute);
  payload @17 :Data;
}

struct Attribute {
  name @0 :Data;
  value @1 :Data;
}

struct StoreSnapshot {
  found @0 :Bool;
  # There is none where it is false.
  stateVersion @1 :UInt32;
  sequence @2 :UInt64;
  position @3 :UInt64;
  timeMicros @4 :Int64;
  state @5 :Data;
}
