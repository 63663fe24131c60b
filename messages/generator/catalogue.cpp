// SPDX-License-Identifier: Apache-2.0
#include "messages/generator/catalogue.hpp"

#include "messages/generator/refusal.hpp"
#include "messages/generator/spelling.hpp"
#include "messages/type_names.hpp"

#include <reprise/schema.capnp.h>

#include <algorithm>

namespace reprise::generator {
namespace {

using messages::string_of;

std::string without_last_newline(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace

std::optional<schema::Value::Reader> annotation(capnp::List<schema::Annotation>::Reader among,
                                                node_id id) {
  for (const auto& one : among) {
    if (one.getId() == id) return one.getValue();
  }
  return std::nullopt;
}

catalogue::catalogue(schema::CodeGeneratorRequest::Reader request) {
  for (const auto& node : request.getNodes()) {
    nodes_.emplace(node.getId(), node);
    loader_.load(node);
  }
  for (const auto& source : request.getSourceInfo()) sources_.emplace(source.getId(), source);
}

std::string catalogue::display(node_id id) const {
  return string_of(node(id).getDisplayName());
}

std::string catalogue::short_name(node_id id) const {
  return display(id).substr(node(id).getDisplayNamePrefixLength());
}

std::string catalogue::doc(node_id id) const {
  const auto found = sources_.find(id);
  if (found == sources_.end()) return {};
  return without_last_newline(string_of(found->second.getDocComment()));
}

std::string catalogue::member_doc(node_id id, unsigned index) const {
  const auto found = sources_.find(id);
  if (found == sources_.end() || index >= found->second.getMembers().size()) return {};
  return without_last_newline(string_of(found->second.getMembers()[index].getDocComment()));
}

node_id catalogue::file_of(node_id id) const {
  while (node(id).getScopeId() != 0) id = node(id).getScopeId();
  return id;
}

std::string catalogue::cpp_namespace(node_id id) const {
  const schema::Node::Reader file = node(file_of(id));
  if (const auto chosen = annotation(file.getAnnotations(), annotations::name_space)) {
    return string_of(chosen->getText());
  }
  return file_stem(string_of(file.getDisplayName())) + "_schema";
}

std::string catalogue::cpp_type(node_id id) const {
  const std::string own = snake_case(short_name(id));
  const node_id scope = node(id).getScopeId();
  return identifier(node(scope).isFile() ? own : cpp_type(scope) + "_" + own);
}

std::string catalogue::cpp_name(node_id id) const {
  return "::" + cpp_namespace(id) + "::" + cpp_type(id);
}

std::string catalogue::wire_namespace(node_id id) const {
  const schema::Node::Reader file = node(file_of(id));
  if (const auto chosen = annotation(file.getAnnotations(), annotations::cxx_namespace)) {
    return string_of(chosen->getText());
  }
  return cpp_namespace(id) + "::wire";
}

std::string catalogue::wire_name(node_id id) const {
  if (node(id).isFile()) return "::" + wire_namespace(id);
  return wire_name(node(id).getScopeId()) + "::" + title_case(short_name(id));
}

std::optional<aggregate_types> catalogue::aggregate_of(node_id interface) const {
  const auto found = annotation(node(interface).getAnnotations(), annotations::aggregate);
  if (!found) return std::nullopt;
  const auto names = found->getStruct().getAs<reprise::schema::Aggregate>();
  const aggregate_types out{
      .events = find_struct(interface, string_of(names.getEvents()), "events"),
      .state = find_struct(interface, string_of(names.getState()), "state")};
  const auto events = node(out.events).getStruct();
  bool only_union = events.getFields().size() > 0;
  for (const auto& field : events.getFields()) {
    only_union = only_union && field.getDiscriminantValue() != schema::Field::NO_DISCRIMINANT;
  }
  if (!only_union) {
    refuse(display(out.events), "the events of " + short_name(interface) +
                                    " must be one anonymous union and nothing beside it");
  }
  return out;
}

node_id catalogue::find_struct(node_id interface, const std::string& name,
                               const std::string& what) const {
  if (name.empty()) {
    refuse(display(interface),
           "$Reprise.aggregate must name its " + what + ": " + what + " = \"SomeStruct\"");
  }
  // First among what the interface itself declares, then in the file.
  for (node_id scope : {interface, file_of(interface)}) {
    std::size_t begin = 0;
    while (begin <= name.size() && scope != 0 && has(scope)) {
      const std::size_t end = std::min(name.find('.', begin), name.size());
      const std::string part = name.substr(begin, end - begin);
      node_id next = 0;
      for (const auto& nested : node(scope).getNestedNodes()) {
        if (string_of(nested.getName()) == part) next = nested.getId();
      }
      scope = next;
      begin = end + 1;
    }
    if (scope == 0 || !has(scope)) continue;
    if (!node(scope).isStruct()) {
      refuse(display(interface),
             "the " + what + " of an aggregate must be a struct, and " + name + " is none");
    }
    return scope;
  }
  refuse(display(interface), "$Reprise.aggregate says " + what + " = \"" + name +
                                 "\", and this file has no struct of that name");
}

}  // namespace reprise::generator
