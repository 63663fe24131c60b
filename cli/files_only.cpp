// SPDX-License-Identifier: Apache-2.0
#include "cli/files_only.hpp"

#include <algorithm>
#include <array>

namespace reprise::cli {
namespace {

struct reason {
  std::string_view command;
  std::string_view why;
};

constexpr std::array reasons{
    reason{"compact",
           "a store is shrunk while nobody has it open: stop the node, and give its directory with "
           "--data, on its machine"},
    reason{"truncate",
           "a cluster keeps all its events, on every node; of a node that stands alone they are "
           "hidden while it is stopped, with --data"},
    reason{
        "backup",
        "one node's files cannot be put back beside the other nodes: `reprise export` writes all "
        "that is committed; docs/operations.md tells how all nodes are copied"},
    reason{"restore", "this makes a directory of another one, here: leave --node out"},
    reason{"import",
           "this makes a store of a file, here, which a node is started with then: leave --node "
           "out"},
    reason{"forget",
           "a node of a cluster seals nothing, so it cannot forget; of a node that stands alone, "
           "its program forgets, or this with --data while it is stopped"},
    reason{
        "keys",
        "a node of a cluster seals nothing, so it has no keys; those of a node that stands alone "
        "are in its directory: --data"},
    reason{"certs", "this makes files, here: leave --node out"},
};

}  // namespace

std::string_view why_files_only(std::string_view command) {
  const auto* const found = std::ranges::find(reasons, command, &reason::command);
  return found == reasons.end() ? "this works on files, where they are: leave --node out"
                                : found->why;
}

}  // namespace reprise::cli
