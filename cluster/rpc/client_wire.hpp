// SPDX-License-Identifier: Apache-2.0
//
// Commands and their outcomes as client.capnp defines them, to and from our own types.
//
// Invariants
//  * An error keeps its code if the reader knows it; otherwise it keeps whether the outcome is
//    known.
// Threading: pure functions. They may throw kj::Exception where a message is malformed; their
// callers run inside KJ, which catches it.

#pragma once

#include "cluster/rpc/client.capnp.h"

#include <reprise/node.hpp>
#include <reprise/reply.hpp>
#include <reprise/result.hpp>

#include <chrono>

namespace reprise::cluster {

/// What a client sets when it asks for nothing, and the most that it gets.
inline constexpr std::chrono::milliseconds ask_timeout_usual{10'000};
inline constexpr std::chrono::milliseconds ask_timeout_max{600'000};

void write(const detail::outgoing_command& from, std::chrono::milliseconds timeout,
           wire::Command::Builder to);
/// `invalid_argument` for what no command can be.
[[nodiscard]] result<detail::outgoing_command> read(wire::Command::Reader from);

void write(const result<detail::raw_answer>& from, wire::Outcome::Builder to);
[[nodiscard]] result<detail::raw_answer> read(wire::Outcome::Reader from);

/// Roughly what a command takes in memory and on the wire.
[[nodiscard]] std::size_t bytes_of(const detail::outgoing_command& command);

}  // namespace reprise::cluster
