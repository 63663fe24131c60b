// SPDX-License-Identifier: Apache-2.0
#include "messages/generator/bundle_code.hpp"

#include "bundle.capnp.h"

#include <reprise/generated/payload.hpp>

#include <cstring>
#include <set>

namespace reprise::generator {
namespace {

void collect(const catalogue& all, node_id id, std::set<node_id>& out);

void collect(const catalogue& all, schema::Type::Reader type, std::set<node_id>& out) {
  switch (type.which()) {
    case schema::Type::LIST:
      collect(all, type.getList().getElementType(), out);
      return;
    case schema::Type::ENUM:
      collect(all, type.getEnum().getTypeId(), out);
      return;
    case schema::Type::STRUCT:
      collect(all, type.getStruct().getTypeId(), out);
      return;
    default:
      return;
  }
}

void collect(const catalogue& all, node_id id, std::set<node_id>& out) {
  if (!all.has(id) || !out.insert(id).second) return;
  const schema::Node::Reader node = all.node(id);
  if (node.isInterface()) {
    for (const auto& method : node.getInterface().getMethods()) {
      collect(all, method.getParamStructType(), out);
      collect(all, method.getResultStructType(), out);
    }
  }
  if (!node.isStruct()) return;
  for (const auto& field : node.getStruct().getFields()) {
    if (field.isGroup()) {
      collect(all, field.getGroup().getTypeId(), out);
    } else {
      collect(all, field.getSlot().getType(), out);
    }
  }
}

}  // namespace

std::vector<std::uint64_t> bundle_words(const catalogue& all, node_id interface,
                                        const aggregate_types& types) {
  std::set<node_id> ids;
  for (const node_id id : {interface, types.events, types.state}) collect(all, id, ids);

  generated::writer message;
  auto bundle = message.root<messages::wire::Bundle>();
  bundle.setInterfaceId(interface);
  bundle.setEventsId(types.events);
  bundle.setStateId(types.state);
  auto nodes = bundle.initNodes(static_cast<unsigned>(ids.size()));
  unsigned index = 0;
  for (const node_id id : ids) nodes.setWithCaveats(index++, all.node(id));

  bytes encoded;
  message.append_to(encoded);
  std::vector<std::uint64_t> words(encoded.size() / sizeof(std::uint64_t));
  std::memcpy(words.data(), encoded.data(), encoded.size());
  return words;
}

}  // namespace reprise::generator
