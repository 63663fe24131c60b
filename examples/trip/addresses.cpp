// SPDX-License-Identifier: Apache-2.0
#include "examples/trip/addresses.hpp"

#include <utility>

namespace ride {

using reprise::cluster_node;
using reprise::errc;
using reprise::error;

reprise::result<cluster_node> parse_address(std::string_view text, bool with_name) {
  auto node = reprise::parse_cluster_node(text);
  if (node && !with_name && !node->name.empty()) {
    return error{errc::invalid_argument,
                 "\"" + std::string(text) + "\" has a name; an address is written HOST:PORT"};
  }
  return node;
}

reprise::result<std::vector<cluster_node>> parse_addresses(std::string_view text, bool with_names) {
  std::vector<cluster_node> all;
  for (;;) {
    const auto comma = text.find(',');
    auto one = parse_address(text.substr(0, comma), with_names);
    if (!one) return std::move(one).error();
    all.push_back(std::move(*one));
    if (comma == std::string_view::npos) return all;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace ride
