// SPDX-License-Identifier: Apache-2.0
#include "cluster/node_order.hpp"

#include "cluster/node_query.capnp.h"
#include "cluster/wire_bytes.hpp"

namespace reprise::cluster {

bytes encode(const node_order& order) {
  capnp::MallocMessageBuilder message;
  auto to = message.initRoot<query_wire::NodeOrder>();
  to.setWhat(static_cast<std::uint8_t>(order.what));
  to.setPartition(order.partition.value);
  to.setPort(order.node.port);
  to.setName(as_data(order.node.name));
  to.setHost(as_data(order.node.host));
  to.setCount(order.count);
  return flat(message);
}

result<node_order> decode_node_order(bytes_view from) {
  return reading<query_wire::NodeOrder>(
      from, [](query_wire::NodeOrder::Reader root) -> result<node_order> {
        if (root.getWhat() > static_cast<std::uint8_t>(node_order::kind::voters)) {
          return malformed("an order that there is not");
        }
        return node_order{.what = static_cast<node_order::kind>(root.getWhat()),
                          .node = {text(root.getName()), text(root.getHost()), root.getPort()},
                          .partition = {root.getPartition()},
                          .count = root.getCount()};
      });
}

}  // namespace reprise::cluster
