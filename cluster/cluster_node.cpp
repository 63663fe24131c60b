// SPDX-License-Identifier: Apache-2.0
#include <reprise/cluster.hpp>

#include <charconv>
#include <utility>

namespace reprise {

result<cluster_node> parse_cluster_node(std::string_view text) {
  const error wrong{errc::invalid_argument, "\"" + std::string(text) +
                                                "\" is no address; it is written HOST:PORT or "
                                                "NAME=HOST:PORT"};
  cluster_node node;
  if (const auto equals = text.find('='); equals != std::string_view::npos) {
    if (equals == 0) return wrong;
    node.name = text.substr(0, equals);
    text.remove_prefix(equals + 1);
  }
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return wrong;
  node.host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const auto [end, failed] = std::from_chars(port.data(), port.data() + port.size(), node.port);
  if (failed != std::errc() || end != port.data() + port.size() || node.port == 0) return wrong;
  return node;
}

}  // namespace reprise
