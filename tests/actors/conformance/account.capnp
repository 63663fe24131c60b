# SPDX-License-Identifier: Apache-2.0
#
# The aggregate of the suite: an account that can do everything that a case asks for.
@0xd2f0a4c86b1e9357;

using Reprise = import "/reprise/schema.capnp";

$Reprise.namespace("bank");

interface Account $Reprise.aggregate(events = "AccountEvent", state = "AccountState") {
  deposit @0 (cents :Int64, note :Text) -> (account :AccountState);
  # One event.

  withdraw @1 (cents :Int64);
  # One event, or the rejection `insufficient`.

  spread @2 (count :UInt32, cents :Int64);
  # That many deposits at once.

  touch @3 ();
  # Nothing, answered by a receipt.

  review @4 () -> (account :AccountState);
  # Nothing, answered by the state.

  get @5 () -> (account :AccountState) $Reprise.readonly;

  stumble @6 (how :Stumble);
  # The handler throws.

  spoil @7 (before :UInt32, after :UInt32);
  # So many deposits, then an event that its applier may refuse, then more deposits.

  mumble @8 (cents :Int64) -> (total :Int64);
  # One event; its reply cannot be made.

  linger @9 (cents :Int64);
  # One event; the handler waits at a gate.

  count @10 (caller :UInt32, n :UInt64) -> (n :UInt64);
  # One event; the reply is the number that was given.

  stamp @11 () -> (account :AccountState);
  # One event made of what the context knows.

  hoard @12 (bytes :UInt64);
  # One event of that size.

  rename @13 (owner :Text);
}

enum Stumble {
  standard @0;
  foreign @1;
  memory @2;
}

struct AccountState {
  balance @0 :Int64;
  events @1 :UInt64;
  owner @2 :Text;
  counted @3 :UInt64;
  inOrder @4 :Bool = true;
  stampedAt @5 :Int64;
  stampId @6 :Text;
  stampRandom @7 :UInt64;
  hoarded @8 :UInt64;
}

struct AccountEvent {
  union {
    deposited @0 :Deposited;
    withdrawn @1 :Withdrawn;
    spoiled @2 :Void;
    counted @3 :Counted;
    stamped @4 :Stamped;
    hoarded @5 :Hoarded;
    renamed @6 :Renamed;
  }

  struct Deposited {
    cents @0 :Int64;
    note @1 :Text $Reprise.tag;
    owner @2 :Text $Reprise.tag;
    # Of the account, not of the command.
  }

  struct Withdrawn {
    cents @0 :Int64;
  }

  struct Counted {
    caller @0 :UInt32;
    n @1 :UInt64;
  }

  struct Stamped {
    at @0 :Int64;
    id @1 :Text;
    random @2 :UInt64;
  }

  struct Hoarded {
    stuff @0 :Data;
  }

  struct Renamed {
    owner @0 :Text;
  }
}
