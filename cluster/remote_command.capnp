# SPDX-License-Identifier: Apache-2.0
#
# Commands that one node sends to another for aggregates that it leads, and what became of them.
# Written and read by cluster/remote_command.cpp.

@0xc1d09a7f4b3e6285;

using Cxx = import "/capnp/c++.capnp";

$Cxx.namespace("reprise::cluster::peer_wire");

struct Commands {
  commands @0 :List(Command);
}

struct Command {
  request @0 :UInt64;
  # Of the sender, for the outcome.
  timeoutMs @1 :UInt32;
  # What was left of the caller's deadline when it was sent.
  type @2 :UInt64;
  tenant @3 :Data;
  id @4 :Data;
  command @5 :UInt32;
  payload @6 :Data;
  commandId @7 :Data;
  hash @8 :UInt64;
  correlation @9 :Data;
  headers @10 :List(Header);
  source @11 :Source;
  # Null unless it came out of a log.
  linearizable @12 :Bool;
}

struct Header {
  name @0 :Data;
  value @1 :Data;
}

struct Source {
  consumer @0 :UInt64;
  partition @1 :UInt32;
  position @2 :UInt64;
  index @3 :UInt32;
}

struct Outcomes {
  outcomes @0 :List(Outcome);
}

struct Outcome {
  request @0 :UInt64;
  union {
    accepted @1 :Accepted;
    rejected @2 :Rejected;
    failed @3 :Failed;
  }
}

struct Accepted {
  partition @0 :UInt32;
  position @1 :UInt64;
  sequence @2 :UInt64;
  reply @3 :Data;
}

struct Rejected {
  code @0 :Data;
  why @1 :Data;
}

struct Failed {
  code @0 :UInt8;
  message @1 :Data;
  number @2 :UInt64;
}
