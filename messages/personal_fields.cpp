// SPDX-License-Identifier: Apache-2.0
#include "messages/personal_fields.hpp"

#include "messages/annotations.hpp"

#include <capnp/schema.capnp.h>

#include <utility>

namespace reprise::messages {
namespace {

// The name that the mark gives; null when the field has none.
capnp::Text::Reader owner_named_by(capnp::StructSchema::Field field) {
  for (const auto note : field.getProto().getAnnotations()) {
    if (note.getId() == annotations::personal) return note.getValue().getText();
  }
  return nullptr;
}

}  // namespace

void personal_fields::add(capnp::StructSchema type) {
  look(type);
}

const personal_struct* personal_fields::find(capnp::StructSchema type) const {
  const auto found = structs_.find(type.getProto().getId());
  return found == structs_.end() ? nullptr : &found->second;
}

bool personal_fields::look(capnp::StructSchema type) {
  const std::uint64_t id = type.getProto().getId();
  // Values hold no values of their own type, so the answer is there when it is asked for again; a
  // schema that holds itself all the same is not followed round.
  if (const auto seen = seen_.find(id); seen != seen_.end()) return seen->second;
  seen_[id] = false;
  personal_struct found;
  for (const capnp::StructSchema::Field field : type.getFields()) {
    if (const auto owner = owner_named_by(field); owner.size() > 0) {
      KJ_IF_MAYBE (beside, type.findFieldByName(owner)) {
        found.own.push_back({field, *beside});
        continue;
      }
    }
    if (holds_some(field.getType())) found.deeper.push_back(field);
  }
  const bool some = !found.own.empty() || !found.deeper.empty();
  if (some) structs_[id] = std::move(found);
  return seen_[id] = some;
}

bool personal_fields::holds_some(capnp::Type type) {
  while (type.isList()) type = type.asList().getElementType();
  return type.isStruct() && look(type.asStruct());
}

}  // namespace reprise::messages
