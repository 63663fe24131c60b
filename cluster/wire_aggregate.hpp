// SPDX-License-Identifier: Apache-2.0
//
// Keys of aggregates in messages of clients. Only for sources that see Cap'n Proto.
//
// Format: node_query.capnp. Threading: pure functions.

#pragma once

#include "cluster/node_query.capnp.h"
#include "cluster/wire_bytes.hpp"

#include <reprise/ids.hpp>

namespace reprise::cluster {

inline void write_aggregate(const aggregate_key& from, query_wire::Aggregate::Builder to) {
  to.setType(from.type.value);
  to.setTenant(as_data(from.tenant));
  to.setId(as_data(from.id));
}

[[nodiscard]] inline aggregate_key read_aggregate(query_wire::Aggregate::Reader from) {
  return {{from.getType()}, text(from.getTenant()), text(from.getId())};
}

}  // namespace reprise::cluster
