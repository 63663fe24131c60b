# SPDX-License-Identifier: Apache-2.0
@0xb7d41c9ea5f02863;

using Reprise = import "/reprise/schema.capnp";

$Reprise.namespace("shop");

struct Line {
  # What is ordered.
  article @0 :Text;
  pieces @1 :UInt32;
  cents @2 :UInt32;
  # For all of them.
}

enum OrderPhase {
  none @0;
  placed @1;
  confirmed @2;
  refused @3;
}

interface Order $Reprise.aggregate(events = "OrderEvent", state = "OrderState") {
  place @0 (customer :Text, line :Line, country :Text);
  confirm @1 (tracking :Text);
  refuse @2 (reason :Text);
  get @3 () -> (order :OrderState) $Reprise.readonly;
}
struct OrderState {
  phase @0 :OrderPhase;
  customer @1 :Text;
  line @2 :Line;
  country @3 :Text;
  tracking @4 :Text;
  reason @5 :Text;
}
struct OrderEvent {
  union {
    placed @0 :Placed;
    confirmed @1 :Confirmed;
    refused @2 :Refused;
  }
  struct Placed {
    customer @0 :Text;
    line @1 :Line;
    country @2 :Text;
  }
  struct Confirmed {
    tracking @0 :Text;
  }
  struct Refused {
    reason @0 :Text $Reprise.tag;
  }
}

struct Booking {
  # Pieces, or cents, that an order has taken.
  order @0 :Text;
  amount @1 :UInt32;
}

interface Stock $Reprise.aggregate(events = "StockEvent", state = "StockState") {
  # The pieces of one article.
  add @0 (pieces :UInt32);
  reserve @1 (order :Text, pieces :UInt32);
  release @2 (order :Text);
  get @3 () -> (stock :StockState) $Reprise.readonly;
}
struct StockState {
  free @0 :UInt32;
  reserved @1 :List(Booking);
}
struct StockEvent {
  union {
    added @0 :Added;
    reserved @1 :Reserved;
    released @2 :Released;
  }
  struct Added {
    pieces @0 :UInt32;
  }
  struct Reserved {
    order @0 :Text;
    pieces @1 :UInt32;
  }
  struct Released {
    order @0 :Text;
  }
}

interface Wallet $Reprise.aggregate(events = "WalletEvent", state = "WalletState") {
  # The money of one customer.
  deposit @0 (cents :UInt32);
  charge @1 (order :Text, cents :UInt32) -> (receipt :PaymentReceipt);
  refund @2 (payment :Text);
  get @3 () -> (wallet :WalletState) $Reprise.readonly;
}
struct PaymentReceipt {
  payment @0 :Text;
}
struct WalletState {
  cents @0 :UInt32;
  paid @1 :List(Booking);
}
struct WalletEvent {
  union {
    deposited @0 :Deposited;
    charged @1 :Charged;
    refunded @2 :Refunded;
  }
  struct Deposited {
    cents @0 :UInt32;
  }
  struct Charged {
    order @0 :Text;
    cents @1 :UInt32;
  }
  struct Refunded {
    order @0 :Text;
  }
}

interface Shipment $Reprise.aggregate(events = "ShipmentEvent", state = "ShipmentState") {
  create @0 (country :Text) -> (shipment :ShipmentState);
  get @1 () -> (shipment :ShipmentState) $Reprise.readonly;
}
struct ShipmentState {
  tracking @0 :Text;
}
struct ShipmentEvent {
  union {
    created @0 :Created;
    lost @1 :Void;
  }
  struct Created {
    tracking @0 :Text;
  }
}

interface Card $Reprise.aggregate(events = "CardEvent", state = "CardState") {
  # The points of one customer, under the id of the wallet.
  earn @0 (order :Text, points :UInt32);
  takeBack @1 (order :Text);
  get @2 () -> (card :CardState) $Reprise.readonly;
}
struct CardState {
  earned @0 :List(Booking);
}
struct CardEvent {
  union {
    earned @0 :Earned;
    takenBack @1 :TakenBack;
  }
  struct Earned {
    order @0 :Text;
    points @1 :UInt32;
  }
  struct TakenBack {
    order @0 :Text;
  }
}

struct FulfilmentState {
  # What the saga remembers of its order.
  customer @0 :Text;
  line @1 :Line;
  country @2 :Text;
}
