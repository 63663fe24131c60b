// SPDX-License-Identifier: Apache-2.0
#include "examples/trip/addresses.hpp"

#include <charconv>
#include <cstdint>

namespace ride {

using reprise::cluster_node;
using reprise::errc;
using reprise::error;

reprise::result<cluster_node> parse_address(std::string_view text, bool with_name) {
  const std::string whole(text);
  cluster_node node;
  if (const auto equals = text.find('='); with_name && equals != std::string_view::npos) {
    node.name = text.substr(0, equals);
    text.remove_prefix(equals + 1);
  }
  const auto colon = text.rfind(':');
  const error wrong{errc::invalid_argument, "\"" + whole + "\" is no address; it is written " +
                                                (with_name ? "NAME=HOST:PORT" : "HOST:PORT")};
  if (colon == std::string_view::npos || colon == 0) return wrong;
  node.host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  std::uint16_t number = 0;
  const auto [end, failed] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (failed != std::errc() || end != port.data() + port.size() || number == 0) return wrong;
  node.port = number;
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
