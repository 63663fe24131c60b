// SPDX-License-Identifier: Apache-2.0
//
// What nodes and clients say to each other beside consensus.
//
// Threading: pure functions.

#pragma once

#include <reprise/ids.hpp>

#include <vector>

namespace reprise::fuzz {

/// Commands of other nodes, what became of them, and how nodes introduce themselves.
void read_commands(bytes_view message);
[[nodiscard]] std::vector<bytes> command_messages();

/// What clients ask of a node itself, and what they are told.
void read_queries(bytes_view message);
[[nodiscard]] std::vector<bytes> query_messages();

/// What they order of it, and what came of that.
void read_orders(bytes_view message);
[[nodiscard]] std::vector<bytes> order_messages();

}  // namespace reprise::fuzz
