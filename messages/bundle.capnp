# SPDX-License-Identifier: Apache-2.0
#
# The schema of one aggregate type, as generated code carries it and stores keep it. Written by
# messages/generator/bundle_code.cpp, read by messages/schema_bundle.cpp.

@0xa73f19bef481b14a;

using Cxx = import "/capnp/c++.capnp";
using Schema = import "/capnp/schema.capnp";

$Cxx.namespace("reprise::messages::wire");

struct Bundle {
  interfaceId @0 :UInt64;
  eventsId @1 :UInt64;
  stateId @2 :UInt64;
  nodes @3 :List(Schema.Node);
  # Everything that the three refer to, directly or not.
}
