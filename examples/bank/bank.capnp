# SPDX-License-Identifier: Apache-2.0
@0x9c1f60be3d7a8542;

using Reprise = import "/reprise/schema.capnp";

$Reprise.namespace("bank");

interface Account $Reprise.aggregate(events = "AccountEvent", state = "AccountState") {
  open @0 (owner :Text, cents :Int64);
  withdraw @1 (transfer :Text, cents :Int64);
  deposit @2 (transfer :Text, cents :Int64);
  close @3 ();
  # Takes no more deposits; only when nothing is left.
  get @4 () -> (account :AccountState) $Reprise.readonly;
}
struct AccountState {
  owner @0 :Text;
  cents @1 :Int64;
  closed @2 :Bool;
}
struct AccountEvent {
  union {
    opened @0 :Opened;
    withdrawn @1 :Moved;
    deposited @2 :Moved;
    closed @3 :Void;
  }
  struct Opened {
    owner @0 :Text;
    cents @1 :Int64;
  }
}
struct Moved {
  transfer @0 :Text;
  cents @1 :Int64;
}

enum TransferPhase {
  none @0;
  requested @1;
  done @2;
  failed @3;
}
interface Transfer $Reprise.aggregate(events = "TransferEvent", state = "TransferState") {
  request @0 (from :Text, to :Text, cents :Int64);
  complete @1 ();
  fail @2 (why :Text);
  get @3 () -> (transfer :TransferState) $Reprise.readonly;
}
struct TransferState {
  phase @0 :TransferPhase;
  from @1 :Text;
  to @2 :Text;
  cents @3 :Int64;
  why @4 :Text;
}
struct TransferEvent {
  union {
    requested @0 :Requested;
    completed @1 :Void;
    failed @2 :Failed;
  }
  struct Requested {
    from @0 :Text;
    to @1 :Text;
    cents @2 :Int64;
  }
  struct Failed {
    why @0 :Text;
  }
}

struct MoveState {
  # What the saga remembers of its transfer.
  from @0 :Text;
  to @1 :Text;
  cents @2 :Int64;
}

struct OwnerRow {
  accounts @0 :UInt32;
  cents @1 :Int64;
}
