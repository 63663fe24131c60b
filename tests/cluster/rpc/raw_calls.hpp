// SPDX-License-Identifier: Apache-2.0
//
// What a client of a node says, message by message, as Cap'n Proto's RPC protocol has it.
//
// Question 0 is always for the node itself.

#pragma once

#include "cluster/rpc/client.capnp.h"

#include <reprise/ids.hpp>

#include <capnp/message.h>

#include <cstdint>

namespace reprise::cluster::test {

[[nodiscard]] bytes flat(capnp::MessageBuilder& message);
/// Asks for the node.
[[nodiscard]] bytes question_for_node();
/// A call of the node's `ask`; its command is to be filled in.
[[nodiscard]] wire::Command::Builder call_in(capnp::MessageBuilder& message,
                                             std::uint32_t question);
[[nodiscard]] bytes status_call(std::uint32_t question);
/// Begins a conversation; the node is to tell outcomes to the client's object 0.
[[nodiscard]] bytes converse_call(std::uint32_t question);
/// A command in the conversation that `begun_by` began; to be filled in.
[[nodiscard]] wire::Command::Builder command_in(capnp::MessageBuilder& message,
                                                std::uint32_t question, std::uint32_t begun_by);
[[nodiscard]] bytes finish(std::uint32_t question, bool lets_go);

}  // namespace reprise::cluster::test
