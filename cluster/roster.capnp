# SPDX-License-Identifier: Apache-2.0
#
# Which nodes a cluster has. Stands in introductions, and in what each store remembers of its
# cluster. Written and read by cluster/roster.cpp.

@0xb7f2d4c19a05e683;

using Cxx = import "/capnp/c++.capnp";

$Cxx.namespace("reprise::cluster::roster_wire");

struct Roster {
  nodes @0 :List(Node);
  voters @1 :UInt8;
  # How many vote in each partition, of those that are to vote.
  votersVersion @2 :UInt64;
  # Of two that differ the higher one holds; 0 where nobody has said.
}

struct Node {
  replica @0 :UInt64;
  version @1 :UInt64;
  # Of two that differ the higher one holds.
  wish @2 :UInt8;
  # 0 voter, 1 learner, 2 gone.
  port @3 :UInt16;
  name @4 :Data;
  host @5 :Data;
  copies @6 :UInt8;
  # 0 of all partitions, 1 of those in which it is chosen to vote.
  copiesVersion @7 :UInt64;
  # The node's own count; of two that differ the higher one holds.
}
