# SPDX-License-Identifier: Apache-2.0
#
# Plain types without an aggregate, imported by rich.capnp. Without $Reprise.namespace.
@0xf3a1d0c9b8e76521;

struct Money {
  cents @0 :Int64;
  currency @1 :Currency = eur;
}

enum Currency {
  usd @0;
  eur @1;
  new @2;
  # A keyword of C++.
}
