# SPDX-License-Identifier: Apache-2.0
#
# How partitions of a node stand, told to a node that has asked. Written and read by
# cluster/standing_message.cpp.

@0xb7c3f1a9d02e5846;

using Cxx = import "/capnp/c++.capnp";

$Cxx.namespace("reprise::cluster::standing_wire");

struct Question {
  round @0 :UInt64;
  partitions @1 :List(UInt32);
  # Those that are asked about; none for all.
}

struct Answer {
  round @0 :UInt64;
  # Of the question.
  standings @1 :List(Standing);
}

struct Standing {
  partition @0 :UInt32;
  term @1 :UInt64;
  committed @2 :UInt64;
  # Of one who leads: the position of the last record that is committed.
  voters @3 :List(UInt64);
  # Of one who leads; none otherwise.
}
