# SPDX-License-Identifier: Apache-2.0
#
# What a node offers to clients of any language, by Cap'n Proto RPC over TLS 1.3. A client shows a
# certificate of the cluster's authority, and passes the node's name, not its address, to TLS.
#
# A command that may have been lost is sent again, to the same node or to another one, with the same
# commandId: it is then carried out once. Clients should give one with every command.

@0x928c64a0ff9e1c6a;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("reprise::cluster::wire");

interface Node {
  ask @0 (command :Command) -> (outcome :Outcome);
  # Calls may overlap; their answers come in any order.

  status @1 () -> (json :Text);
  # What the node knows of itself and its cluster, for people and tools.

  converse @2 (answers :Answers) -> (conversation :Conversation);
  # For a client with many commands under way: all that it asks, or is answered, at a time is one
  # call. A connection may have a few of them.
}

interface Conversation {
  ask @0 (commands :List(NumberedCommand));
  # Returns at once. Each is answered once, in any order.
}

interface Answers {
  # What a client offers the node.

  take @0 (outcomes :List(NumberedOutcome));
  # Commands count as under way until this returned.
}

struct NumberedCommand {
  number @0 :UInt64;
  # Of the client's choice; it comes back with the outcome.
  command @1 :Command;
}

struct NumberedOutcome {
  number @0 :UInt64;
  outcome @1 :Outcome;
}

struct Command {
  type @0 :UInt64;
  # The id of the aggregate's interface in its schema.

  tenant @1 :Data;
  id @2 :Data;
  # Any bytes: tenant up to 255, id 1 to 1024.

  command @3 :UInt32;
  # The ordinal of the method in the aggregate's interface.

  payload @4 :Data;
  # The method's parameters: one segment without framing.

  commandId @5 :Data;
  # 16 bytes, or none: the node then draws one, and the command cannot be repeated safely.

  timeoutMs @6 :UInt32;
  # After it the answer is `expired` (nothing was done) or `timed_out` (unknown). 0: ten seconds.

  correlation @7 :Data;
  # 16 bytes, or none: the command begins a conversation.

  headers @8 :List(Header);
  # Stored with each event. Names must not begin with `reprise-`.

  linearizable @9 :Bool;
  # It is handled only after a majority has confirmed who leads: its answer rests on all that was
  # acknowledged before it was asked, also where it writes nothing.
}

struct Header {
  name @0 :Text;
  value @1 :Text;
}

struct Outcome {
  union {
    reply @0 :Reply;
    # The command was accepted, and what it decided is durable.
    rejection @1 :Rejection;
    # The domain said no. Nothing was written.
    failure @2 :Failure;
    # The command was not handled, or nobody knows.
  }
}

struct Reply {
  payload @0 :Data;
  # The method's result in the form of Command.payload; empty where it has none.

  partition @1 :UInt32;
  position @2 :UInt64;
  sequence @3 :UInt64;
  # Where the command's last event stands, or the aggregate's last one where it decided nothing.

  partitions @4 :UInt32;
  # How many there are, each with aggregates by the hash of their ids.

  leader @5 :Text;
  # The node that leads this partition, where that is not the one that was asked: asked there,
  # commands to the partition's aggregates take the shortest way. Only a hint.
}

struct Rejection {
  code @0 :Text;
  why @1 :Text;
}

struct Failure {
  name @0 :Text;
  # Names are for ever, see the codes of errors in the documents; new ones may come.

  message @1 :Text;
  number @2 :UInt64;
  # Its meaning depends on the name.

  retryable @3 :Bool;
  # The same command may succeed later, here or at another node.

  unknown @4 :Bool;
  # The command may have been carried out. Repeat it with the same commandId to find out.
}
