// SPDX-License-Identifier: Apache-2.0
#include "messages/generator/members.hpp"

#include "messages/generator/refusal.hpp"
#include "messages/generator/spelling.hpp"
#include "messages/type_names.hpp"

#include <algorithm>
#include <set>

namespace reprise::generator {
namespace {

using taken_names = std::span<const std::string_view>;

// Cap'n Proto's anonymous union has no name; its member in C++ needs one.
constexpr std::string_view anonymous_union = "choice";

using messages::string_of;

node_id id_of(capnp::StructSchema type) {
  return type.getProto().getId();
}

bool in_union(capnp::StructSchema::Field field) {
  return field.getProto().getDiscriminantValue() != schema::Field::NO_DISCRIMINANT;
}

// A named union is a group in which every field is a member of the union.
bool is_named_union(capnp::StructSchema group) {
  return group.getFields().size() > 0 && group.getNonUnionFields().size() == 0;
}

void check_type(const std::string& where, capnp::Type type) {
  switch (type.which()) {
    case schema::Type::LIST:
      check_type(where, type.asList().getElementType());
      return;
    case schema::Type::STRUCT:
      if (type.asStruct().getProto().getIsGeneric()) refuse(where, "generic types are not taken");
      return;
    case schema::Type::INTERFACE:
      refuse(where, "an interface cannot be a value; hold the aggregate's id as Text instead");
    case schema::Type::ANY_POINTER:
      refuse(where, "AnyPointer is not taken: a value must have a type");
    default:
      return;
  }
}

member value_member(const catalogue& all, const std::string& where,
                    capnp::StructSchema::Field field, std::string name) {
  check_type(where, field.getType());
  if (annotation(field.getProto().getAnnotations(), annotations::cxx_name)) {
    refuse(where, "$Cxx.name is not taken: fields keep their names");
  }
  member out;
  out.what = member::kind::value;
  out.name = std::move(name);
  out.accessor = title_case(string_of(field.getProto().getName()));
  out.doc = all.member_doc(id_of(field.getContainingStruct()), field.getIndex());
  out.field = field;
  out.display = where;
  return out;
}

member group_member(const catalogue& all, const std::string& where,
                    capnp::StructSchema::Field field, const std::string& wire, taken_names taken) {
  const capnp::StructSchema group = field.getType().asStruct();
  const std::string schema_name = string_of(field.getProto().getName());
  member out;
  out.name = identifier(schema_name, taken);
  out.accessor = title_case(schema_name);
  out.type = all.cpp_name(id_of(group));
  out.doc = all.member_doc(id_of(field.getContainingStruct()), field.getIndex());
  out.wire = wire + "::" + out.accessor;
  out.display = where;
  if (is_named_union(group)) {
    out.what = member::kind::choice;
    out.alternatives = alternatives_of(all, group, out.wire, false);
  } else {
    out.what = member::kind::group;
    out.type += "_group";
    out.members = members_of(all, group, out.wire);
  }
  return out;
}

member anonymous_union_member(const catalogue& all, capnp::StructSchema type,
                              const std::string& wire, taken_names taken) {
  member out;
  out.what = member::kind::choice;
  out.name = identifier(anonymous_union, taken);
  out.type = all.cpp_name(id_of(type));
  out.wire = wire;
  out.display = all.display(id_of(type));
  out.alternatives = alternatives_of(all, type, wire, false);
  return out;
}

void check_names(const catalogue& all, capnp::StructSchema type,
                 const std::vector<member>& members) {
  std::set<std::string> names;
  for (const member& m : members) {
    if (!names.insert(m.name).second) {
      refuse(all.display(id_of(type)), "two members would be called `" + m.name + "` in C++");
    }
  }
}

}  // namespace

node_id named_type(capnp::Type type) {
  while (type.isList()) type = type.asList().getElementType();
  if (type.isStruct()) return type.asStruct().getProto().getId();
  if (type.isEnum()) return type.asEnum().getProto().getId();
  return 0;
}

std::vector<member> members_of(const catalogue& all, capnp::StructSchema type,
                               const std::string& wire, taken_names taken) {
  std::vector<member> out;
  bool union_seen = false;
  for (const capnp::StructSchema::Field field : type.getFields()) {
    const std::string name = string_of(field.getProto().getName());
    const std::string where = all.display(id_of(type)) + "." + name;
    if (in_union(field)) {
      if (!union_seen) out.push_back(anonymous_union_member(all, type, wire, taken));
      union_seen = true;
    } else if (field.getProto().isGroup()) {
      out.push_back(group_member(all, where, field, wire, taken));
    } else if (!field.getType().isVoid()) {
      out.push_back(value_member(all, where, field, identifier(name, taken)));
    }
  }
  check_names(all, type, out);
  return out;
}

std::vector<alternative> alternatives_of(const catalogue& all, capnp::StructSchema type,
                                         const std::string& wire, bool flatten, taken_names taken) {
  std::vector<alternative> out;
  std::set<std::string> names;
  for (const capnp::StructSchema::Field field : type.getUnionFields()) {
    alternative one;
    one.schema_name = string_of(field.getProto().getName());
    one.name = identifier(snake_case(one.schema_name));
    one.accessor = title_case(one.schema_name);
    one.discriminant = field.getProto().getDiscriminantValue();
    one.doc = all.member_doc(id_of(type), field.getIndex());
    const std::string where = all.display(id_of(type)) + "." + one.schema_name;
    const capnp::Type held = field.getType();
    if (field.getProto().isGroup()) {
      one.what = alternative::kind::group;
      one.wire = wire + "::" + one.accessor;
      one.members = members_of(all, held.asStruct(), one.wire, taken);
    } else if (held.isVoid()) {
      one.what = alternative::kind::nothing;
    } else if (flatten && held.isStruct()) {
      check_type(where, held);
      one.what = alternative::kind::flat_struct;
      one.wire = all.wire_name(id_of(held.asStruct()));
      one.members = members_of(all, held.asStruct(), one.wire, taken);
      if (one.doc.empty()) one.doc = all.doc(id_of(held.asStruct()));
    } else {
      one.what = alternative::kind::single;
      one.members = {value_member(all, where, field, "value")};
      one.members.back().doc.clear();
    }
    if (!names.insert(one.name).second) {
      refuse(where, "two members of the union would be called `" + one.name + "` in C++");
    }
    out.push_back(std::move(one));
  }
  std::sort(out.begin(), out.end(), [](const alternative& a, const alternative& b) {
    return a.discriminant < b.discriminant;
  });
  return out;
}

}  // namespace reprise::generator
