# SPDX-License-Identifier: Apache-2.0
#
# Who leads partitions, told to nodes that have no copies of them. The sender is the leader. Written
# and read by cluster/lead_notice.cpp.

@0x8e11966230399b8a;

using Cxx = import "/capnp/c++.capnp";

$Cxx.namespace("reprise::cluster::lead_wire");

struct Leads {
  leads @0 :List(Lead);
}

struct Lead {
  partition @0 :UInt32;
  term @1 :UInt64;
  # In which it leads. Of two leaders the one of the higher term holds.
  committed @2 :UInt64;
  # The position of the last record that is committed.
  members @3 :Data;
  # As cluster/membership.hpp writes them.
}
