# SPDX-License-Identifier: Apache-2.0
#
# Annotations that turn a Cap'n Proto schema into the protocol of aggregates. In your schema:
#   using Reprise = import "/reprise/schema.capnp";
# docs/schema.md says what each one means and what `capnpc-reprise` makes of it.

@0xc649d06a51b2af58;

using Cxx = import "/capnp/c++.capnp";

$Cxx.namespace("reprise::schema");

annotation namespace @0x823091f7a33eece4 (file) :Text;
# The C++ namespace of the generated types, e.g. "ride" or "acme::ride". Without it: the file's name
# and `_schema`.

annotation aggregate @0xba0bfbb91bf580ff (interface) :Aggregate;
# This interface is an aggregate: its methods are the commands.

annotation readonly @0xdee9d7b2e20e6da5 (method) :Void;
# This command never writes.

annotation tag @0x92a4c19758ae8500 (field) :Void;
# The field of an event is stored beside the event as well, so that it can be found without decoding.

annotation personal @0xe17d9c6a46a56290 (field) :Text;
# Names the field of the same struct, a Text or an integer, that says whose personal data this is. In
# events and states it is stored encrypted, with a key of that person's own; see docs/personal.md.

annotation renamed @0xeacaabe61e891c1e (field, enumerant) :Text;
# The name that this had before, or several, separated by commas. Without it a store that was written
# under the old name is refused, because JSON and tools know members by their names.

struct Aggregate {
  events @0 :Text;
  # Name of the struct in this file whose anonymous union lists the events.

  state @1 :Text;
  # Name of the struct in this file that holds the state.
}
