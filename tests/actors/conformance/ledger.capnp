# SPDX-License-Identifier: Apache-2.0
#
# An aggregate whose events have changed since it was first written.
@0xc7a3d91e5b20f864;

using Reprise = import "/reprise/schema.capnp";

$Reprise.namespace("books");

interface Ledger $Reprise.aggregate(events = "LedgerEvent", state = "LedgerState") {
  enter @0 (text :Text, cents :Int64);
  remark @1 (text :Text);
  get @2 () -> (ledger :LedgerState) $Reprise.readonly;
}

struct LedgerState {
  cents @0 :Int64;
  lines @1 :List(Text);
}

struct LedgerEvent {
  union {
    booked @0 :Booked;
    remarked @1 :Remarked;
    entered @2 :Entered;
    described @3 :Described;
    charged @4 :Charged;
  }

  struct Booked {
    # The first form: text and amount in one, as in `apples=300`.
    line @0 :Text;
  }
  struct Remarked {
    # No longer of interest to anybody.
    text @0 :Text;
  }
  struct Entered {
    # The second form.
    text @0 :Text;
    cents @1 :Int64;
  }
  struct Described {
    # Now texts and amounts are events of their own.
    text @0 :Text;
  }
  struct Charged {
    cents @0 :Int64;
  }
}
