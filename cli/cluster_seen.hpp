// SPDX-License-Identifier: Apache-2.0
//
// What a node says of its cluster, as commands of the tool look at it.
//
// Threading: asks and waits.

#pragma once

#include "cli/command.hpp"

#include <reprise/client.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace reprise::cli {

struct seen_partition {
  std::uint64_t number = 0;
  /// Empty for nobody.
  std::string leader{};
  std::uint64_t term = 0;
  std::uint64_t last_index = 0;
  std::uint64_t committed_index = 0;
  /// The node that says so has a copy.
  bool held = false;
  std::string failure{};
};

struct seen_node {
  std::string name{};
  std::string address{};
  bool connected = false;
  /// `voter`, `drained` or `removed`.
  std::string wish{};
  /// `all` or `chosen`.
  std::string copies{};
  /// In how many partitions it does so.
  std::uint64_t votes = 0;
  std::uint64_t learns = 0;
  /// In how many it is to vote.
  std::uint64_t chosen = 0;
  std::uint64_t leads = 0;
};

/// A node that is linked and not believed.
struct seen_refusal {
  std::string name{};
  std::string why{};
};

struct seen_cluster {
  /// Who says so.
  std::string node{};
  std::string name{};
  bool takes_part = false;
  /// How many nodes are to vote in each partition.
  std::uint64_t voters = 0;
  std::vector<seen_node> nodes{};
  /// Names of those that were added and are not there yet.
  std::vector<std::string> invited{};
  std::vector<seen_refusal> refused{};
  std::vector<seen_partition> partitions{};
};

/// A client of that one node. `invalid_argument`, `io_error`.
[[nodiscard]] result<client> client_of(const node_access& access);
/// What its cluster has stored, as that node has it; `unavailable` or `timed_out` when it does not
/// answer. It must not outlive the client.
[[nodiscard]] result<store_reader> store_of(const client& asking);
/// What that node knows, as JSON; `unavailable` or `timed_out` when it does not answer.
[[nodiscard]] result<std::string> ask_status(const client& asking);
/// `incompatible` for what no node of this version says.
[[nodiscard]] result<seen_cluster> understood(const std::string& status);
/// Both at once.
[[nodiscard]] result<seen_cluster> see(const client& asking);

/// `reprise cluster add|drain|remove|voters|move`, to the group of `reprise cluster`.
void add_cluster_orders(CLI::App& group, cluster_work& chosen);

/// "1 partition", "2 partitions".
[[nodiscard]] std::string some(std::uint64_t count, const std::string& of_them);

}  // namespace reprise::cli
