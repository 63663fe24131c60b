// SPDX-License-Identifier: Apache-2.0
//
// Addresses as the command line writes them: `HOST:PORT`, `NAME=HOST:PORT`, and lists of these.

#pragma once

#include <reprise/cluster.hpp>
#include <reprise/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace ride {

/// `invalid_argument` where it is not `HOST:PORT`, or with a name in front where one is allowed.
[[nodiscard]] reprise::result<reprise::cluster_node> parse_address(std::string_view text,
                                                                   bool with_name);
/// Separated by commas; at least one.
[[nodiscard]] reprise::result<std::vector<reprise::cluster_node>> parse_addresses(
    std::string_view text, bool with_names);

}  // namespace ride
