// SPDX-License-Identifier: Apache-2.0
//
// Goes to each personal field of one message.
//
// Threading: as the message.

#pragma once

#include "messages/personal_fields.hpp"

#include <capnp/dynamic.h>

#include <cstdint>
#include <vector>

namespace reprise::messages {

/// Calls `visit(at, field, steps)` for each field that a message holds: the struct, which one of
/// its fields, and the way there through pointers and elements of lists.
template <class Visit>
class personal_walk {
 public:
  personal_walk(const personal_fields& fields, const Visit& visit)
      : fields_(fields), visit_(visit) {}

  void go(capnp::DynamicStruct::Builder at) {
    const personal_struct* const here = fields_.find(at.getSchema());
    if (here == nullptr) return;
    for (const personal_field& field : here->own) visit_(at, field, steps_);
    for (const capnp::StructSchema::Field field : here->deeper) {
      // Neither what is not there, nor a union's member that it does not hold.
      if (!at.has(field)) continue;
      if (field.getProto().isGroup()) {
        go(at.get(field).as<capnp::DynamicStruct>());
      } else {
        steps_.push_back(field.getProto().getSlot().getOffset());
        descend(at.get(field));
        steps_.pop_back();
      }
    }
  }

 private:
  void descend(capnp::DynamicValue::Builder value) {
    if (value.getType() == capnp::DynamicValue::STRUCT) {
      return go(value.as<capnp::DynamicStruct>());
    }
    if (value.getType() != capnp::DynamicValue::LIST) return;
    auto list = value.as<capnp::DynamicList>();
    for (unsigned i = 0; i < list.size(); ++i) {
      steps_.push_back(i);
      descend(list[i]);
      steps_.pop_back();
    }
  }

  const personal_fields& fields_;
  const Visit& visit_;
  std::vector<std::uint32_t> steps_;
};

}  // namespace reprise::messages
