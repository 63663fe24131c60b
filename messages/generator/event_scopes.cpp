// SPDX-License-Identifier: Apache-2.0
#include "messages/generator/event_scopes.hpp"

#include "messages/generator/members.hpp"
#include "messages/generator/refusal.hpp"

#include <map>

namespace reprise::generator {
namespace {

// The structs that a struct's fields hold, those of its groups included.
void collect_held(capnp::StructSchema type, std::set<node_id>& out) {
  for (const capnp::StructSchema::Field field : type.getFields()) {
    if (field.getProto().isGroup()) {
      collect_held(field.getType().asStruct(), out);
    } else {
      out.insert(named_type(field.getType()));
    }
  }
}

bool holds_struct(capnp::StructSchema::Field field) {
  return !field.getProto().isGroup() && field.getType().isStruct();
}

// Event unions of the file and, for each, the structs that only exist as content of its members.
std::map<node_id, std::set<node_id>> event_unions(const catalogue& all, node_id file) {
  std::map<node_id, std::set<node_id>> out;
  for (const auto& nested : all.node(file).getNestedNodes()) {
    if (!all.has(nested.getId()) || !all.node(nested.getId()).isInterface()) continue;
    const auto types = all.aggregate_of(nested.getId());
    if (!types) continue;
    std::set<node_id>& contents = out[types->events];
    for (const auto field : all.load(types->events).asStruct().getFields()) {
      if (!holds_struct(field)) continue;
      const node_id content = field.getType().asStruct().getProto().getId();
      if (all.node(content).getScopeId() == types->events) contents.insert(content);
    }
  }
  return out;
}

std::set<node_id> used_as_values(const catalogue& all, node_id file,
                                 const std::map<node_id, std::set<node_id>>& unions) {
  std::set<node_id> out;
  for (const auto& [id, node] : all.nodes()) {
    if (node.isInterface() && all.file_of(id) == file) {
      for (const auto& method : node.getInterface().getMethods()) {
        out.insert(method.getResultStructType());
        collect_held(all.load(method.getParamStructType()).asStruct(), out);
        collect_held(all.load(method.getResultStructType()).asStruct(), out);
      }
      if (const auto types = all.aggregate_of(id)) out.insert(types->state);
    }
    if (!node.isStruct() || node.getStruct().getIsGroup() || all.file_of(id) != file) continue;
    if (!unions.contains(id)) {
      collect_held(all.load(id).asStruct(), out);
      continue;
    }
    // A struct that a member holds directly is taken apart, not used.
    for (const auto field : all.load(id).asStruct().getFields()) {
      if (field.getProto().isGroup()) {
        collect_held(field.getType().asStruct(), out);
      } else if (!holds_struct(field)) {
        out.insert(named_type(field.getType()));
      }
    }
  }
  return out;
}

class cycle_search {
 public:
  explicit cycle_search(const catalogue& all) : all_(all) {}

  void visit(node_id id) {
    if (done_.contains(id)) return;
    if (!open_.insert(id).second) {
      refuse(all_.display(id),
             "it holds itself, directly or through others; values cannot: keep "
             "such things as aggregates of their own, or in a list with indices");
    }
    std::set<node_id> held;
    collect_held(all_.load(id).asStruct(), held);
    for (const node_id next : held) {
      if (next != 0 && all_.node(next).isStruct()) visit(next);
    }
    open_.erase(id);
    done_.insert(id);
  }

 private:
  const catalogue& all_;
  std::set<node_id> open_;
  std::set<node_id> done_;
};

}  // namespace

std::set<node_id> structs_without_value(const catalogue& all, node_id file) {
  const auto unions = event_unions(all, file);
  const std::set<node_id> used = used_as_values(all, file, unions);
  std::set<node_id> out;
  for (const auto& [events, contents] : unions) {
    if (used.contains(events)) continue;
    out.insert(events);
    for (const node_id content : contents) {
      if (!used.contains(content)) out.insert(content);
    }
  }
  return out;
}

void refuse_cycles(const catalogue& all, node_id file) {
  cycle_search search(all);
  for (const auto& [id, node] : all.nodes()) {
    if (node.isStruct() && !node.getStruct().getIsGroup() && !node.getIsGeneric() &&
        all.file_of(id) == file) {
      search.visit(id);
    }
  }
}

}  // namespace reprise::generator
