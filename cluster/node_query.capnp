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
    facts @8 :Void;
    # StoreFacts: of this node's own store.
    heads @9 :AggregateList;
    # StoreHeads
    snapshots @10 :Data;
    # SnapshotTally: of a bounded number of this node's own, behind a key that an earlier one gave.
    check @11 :Data;
    # StoreCheck: of everything that this node has stored. The 16 bytes are drawn by whoever asks:
    # the first query with them begins a check, later ones ask how far it is. A node does one at a
    # time, and ends one that it was not asked about for a while.
    ends @12 :Void;
    # StoreEnds: up to where each partition of the cluster is committed when it is asked.
  }
  after @13 :UInt64;
  # Of a query about one partition: a node whose copy does not reach so far refuses, and another one
  # may be asked.
}

struct ProjectionOrder {
  # Command 4: what is wished of one version of a projection whose rows this node keeps. The reply is
  # a ProjectionOrderAnswer. With the same commandId it is carried out once.

  name @0 :Data;
  version @1 :UInt32;
  union {
    rebuild @2 :StartPoint;
    # Its rows and its parked events go; it is built of the events from there on.
    retry @3 :ParkedChoice;
    # Parked events are tried again.
    skip @4 :ParkedDecision;
    # The first parked event of an aggregate is passed by.
    edit @5 :ParkedDecision;
    # It is folded with another payload.
  }
}

struct StartPoint {
  kind @0 :UInt8;
  # 0 the beginning, 1 the end, 2 a time, 3 behind cursors.
  timeMicros @1 :Int64;
  after @2 :List(Cursor);

  struct Cursor {
    partition @0 :UInt32;
    position @1 :UInt64;
  }
}

struct ParkedChoice {
  types @0 :List(UInt64);
  # None: all.
  one @1 :Bool;
  # Only those of this aggregate.
  only @2 :Aggregate;
  queuesMax @3 :UInt64;
}

struct ParkedDecision {
  of @0 :Aggregate;
  sequence @1 :UInt64;
  # Of the event that it is about: where that is not the first one, nothing is done.
  why @2 :Data;
  timeMicros @3 :Int64;
  # When it was decided.
  json @4 :Data;
  # The payload, of an edit.
}

struct ProjectionOrderAnswer {
  tried @0 :List(Aggregate);
  # Of retry: whose events are tried again, in that order.
  about @1 :List(Parked);
  # Of skip and edit: the event.

  struct Parked {
    of @0 :Aggregate;
    sequence @1 :UInt64;
    partition @2 :UInt32;
    position @3 :UInt64;
    cause @4 :Data;
    attempts @5 :UInt64;
    firstTriedMicros @6 :Int64;
    lastTriedMicros @7 :Int64;
    edited @8 :Bool;
  }
}

struct Aggregate {
  type @0 :UInt64;
  tenant @1 :Data;
  id @2 :Data;
}

struct AggregateList {
  of @0 :List(Aggregate);
  # Of one partition, 1024 at most.
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

struct StoreFacts {
  storeId @0 :Data;
  format @1 :UInt32;
  files @2 :List(File);
  tables @3 :List(Table);
  unknown @4 :List(Data);
  # Folders of whose tables the node does not know.

  struct File {
    name @0 :Data;
    sizeBytes @1 :UInt64;
    diskBytes @2 :UInt64;
  }

  struct Table {
    name @0 :Data;
    rows @1 :UInt64;
    bytes @2 :UInt64;
  }
}

struct SnapshotTally {
  snapshots @0 :UInt64;
  bytes @1 :UInt64;
  last @2 :Data;
  end @3 :Bool;
}

struct StoreEnds {
  ends @0 :List(UInt64);
  # The position of the last record, by partition.
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

struct StoreCheck {
  done @0 :UInt64;
  total @1 :UInt64;
  # How far it is.
  finished @2 :Bool;
  # What follows is known then.
  partitions @3 :UInt64;
  records @4 :UInt64;
  snapshots @5 :UInt64;
  snapshotsDamaged @6 :UInt64;
  damages @7 :List(Damage);

  struct Damage {
    hasPartition @0 :Bool;
    derived @1 :Bool;
    partition @2 :UInt32;
    position @3 :UInt64;
    what @4 :Data;
  }
}

struct StoreHeads {
  heads @0 :List(StoreHead);
  # In the order in which they were asked for.
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
