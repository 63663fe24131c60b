# SPDX-License-Identifier: Apache-2.0
#
# What a client may ask a node about what it has stored, and order of its cluster: commands (see rpc/client.capnp) to the
# aggregate type 0, which is the node itself. The command's number says which. Unlike payloads of
# aggregates, its payload and that of the reply are whole messages, with the framing of their segments.

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
  # 0 add, 1 drain, 2 remove, 3 lead a partition.
  partition @1 :UInt32;
  # Of the last one.
  port @2 :UInt16;
  name @3 :Data;
  host @4 :Data;
  # Both of the first one.
}
