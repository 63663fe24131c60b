// SPDX-License-Identifier: Apache-2.0
#include "messages/generator/personal_check.hpp"

#include "messages/generator/refusal.hpp"
#include "messages/personal_fields.hpp"
#include "messages/type_names.hpp"

#include <string>

namespace reprise::generator {
namespace {

using messages::string_of;

bool is_in_union(capnp::StructSchema::Field field) {
  return field.getProto().getDiscriminantValue() != schema::Field::NO_DISCRIMINANT;
}

bool is_personal(capnp::StructSchema::Field field) {
  return annotation(field.getProto().getAnnotations(), annotations::personal).has_value();
}

bool may_own(capnp::Type type) {
  switch (type.which()) {
    case schema::Type::TEXT:
    case schema::Type::INT8:
    case schema::Type::INT16:
    case schema::Type::INT32:
    case schema::Type::INT64:
    case schema::Type::UINT8:
    case schema::Type::UINT16:
    case schema::Type::UINT32:
    case schema::Type::UINT64:
      return true;
    default:
      return false;
  }
}

bool may_hold_personal(capnp::Type type) {
  while (type.isList()) type = type.asList().getElementType();
  return type.isStruct() && holds_personal(type.asStruct());
}

void check_owner(const std::string& where, const std::string& name, capnp::StructSchema home) {
  KJ_IF_MAYBE (owner, home.findFieldByName(name)) {
    if (is_personal(*owner)) {
      refuse(where, "it is marked as personal data of " + name + ", which is marked itself");
    }
    if (is_in_union(*owner)) {
      refuse(where, "whose personal data it is says " + name + ", which a union may lack");
    }
    if (owner->getProto().isGroup() || !may_own(owner->getType())) {
      refuse(where, "whose personal data it is must be said by a Text or an integer, and " + name +
                        " is neither");
    }
    return;
  }
  refuse(where, "it is marked as personal data of " + name +
                    ", and there is no field of that name beside it");
}

void check_field(const std::string& where, capnp::StructSchema::Field field) {
  const auto owner = annotation(field.getProto().getAnnotations(), annotations::personal);
  if (!owner) return;
  if (is_in_union(field)) {
    refuse(where,
           "a member of a union cannot be personal: let the member be a struct or a "
           "group, and mark the fields in it");
  }
  if (field.getType().isVoid()) refuse(where, "a Void field says nothing that could be personal");
  if (annotation(field.getProto().getAnnotations(), annotations::tag)) {
    refuse(where,
           "a tag is stored beside the event where everybody can read it, so it cannot be "
           "personal");
  }
  if (may_hold_personal(field.getType())) {
    refuse(where,
           "it holds fields that are marked as personal themselves; only one of them can "
           "say whose they are");
  }
  check_owner(where, string_of(owner->getText()), field.getContainingStruct());
}

}  // namespace

bool holds_personal(capnp::StructSchema type) {
  messages::personal_fields inside;
  inside.add(type);
  return !inside.empty();
}

void check_personal(const catalogue& all, node_id file) {
  for (const auto& [id, node] : all.nodes()) {
    // Parameters that are listed in a method have no scope, and so no file; Cap'n Proto takes the
    // mark on fields only.
    if (!node.isStruct() || node.getScopeId() == 0) continue;
    if (node.getIsGeneric() || all.file_of(id) != file) continue;
    for (const auto field : all.load(id).asStruct().getFields()) {
      check_field(all.display(id) + "." + string_of(field.getProto().getName()), field);
    }
  }
}

}  // namespace reprise::generator
