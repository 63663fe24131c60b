// SPDX-License-Identifier: Apache-2.0
//
// Stricter than Cap'n Proto's own notion of compatible schemas: JSON, tags and tools know fields by
// their names, so a renamed field counts as broken as well, unless the schema says that it was
// renamed.
#include "messages/annotations.hpp"
#include "messages/loaded_schema.hpp"
#include "messages/type_names.hpp"

#include <capnp/any.h>
#include <capnp/schema.h>

#include <cstdint>
#include <set>
#include <sstream>
#include <string>
#include <utility>

namespace reprise::messages {
namespace {

namespace schema = capnp::schema;

// Whether the member says that it once had that name.
template <class Member>
bool was_called(const Member& member, const std::string& name) {
  for (const schema::Annotation::Reader note : member.getProto().getAnnotations()) {
    if (note.getId() != annotations::renamed) continue;
    std::istringstream names(string_of(note.getValue().getText()));
    for (std::string one; std::getline(names >> std::ws, one, ',');) {
      if (one.substr(0, one.find(' ')) == name) return true;
    }
  }
  return false;
}

class comparison {
 public:
  void structs(capnp::StructSchema older, capnp::StructSchema newer) {
    if (!seen_.insert(id_of(older)).second) return;
    for (const capnp::StructSchema::Field field : older.getFields()) field_of(field, newer);
    for (const capnp::StructSchema::Field field : newer.getFields()) {
      const std::string own = string_of(field.getProto().getName());
      if (!taken_.contains({id_of(newer), own}))
        note(schema_change::kind::added, field, "was added");
    }
  }

  [[nodiscard]] std::vector<schema_change> found() { return std::move(found_); }

 private:
  static std::uint64_t id_of(capnp::Schema type) { return type.getProto().getId(); }

  void note(schema_change::kind is, const std::string& name, const std::string& what) {
    found_.push_back({is, name + " " + what});
  }
  void note(schema_change::kind is, capnp::StructSchema::Field field, const std::string& what) {
    note(is, name_of(field.getContainingStruct()) + "." + string_of(field.getProto().getName()),
         what);
  }
  void refuse(const std::string& name, const std::string& what) {
    note(schema_change::kind::refused, name, what);
  }

  void field_of(capnp::StructSchema::Field older, capnp::StructSchema newer) {
    const std::string own = string_of(older.getProto().getName());
    const std::string name = name_of(older.getContainingStruct()) + "." + own;
    KJ_IF_MAYBE (found, newer.findFieldByName(own)) {
      taken_.insert({id_of(newer), own});
      return same_field(name, older, *found);
    }
    for (const capnp::StructSchema::Field field : newer.getFields()) {
      if (!was_called(field, own)) continue;
      const std::string now = string_of(field.getProto().getName());
      taken_.insert({id_of(newer), now});
      note(schema_change::kind::renamed, name, "was renamed to " + now);
      return same_field(name, older, field);
    }
    const unsigned index = older.getIndex();
    if (index < newer.getFields().size()) {
      const std::string now = string_of(newer.getFields()[index].getProto().getName());
      if (older.getContainingStruct().findFieldByName(now) == nullptr) {
        taken_.insert({id_of(newer), now});
        return refuse(name, "was renamed to " + now + ", or removed and its number used again");
      }
    }
    refuse(name, "was removed");
  }

  void same_field(const std::string& name, capnp::StructSchema::Field older,
                  capnp::StructSchema::Field newer) {
    const auto before = older.getProto();
    const auto after = newer.getProto();
    if (older.getIndex() != newer.getIndex()) return refuse(name, "was renumbered");
    if (before.isGroup() != after.isGroup()) return refuse(name, "became, or was, a group");
    if (before.getDiscriminantValue() != after.getDiscriminantValue()) {
      return refuse(name, "was moved into, out of or within a union");
    }
    if (before.isGroup()) return structs(older.getType().asStruct(), newer.getType().asStruct());
    if (!types(name, older.getType(), newer.getType())) return;
    if (before.getSlot().getOffset() != after.getSlot().getOffset()) {
      return refuse(name, "was renumbered");
    }
    if (capnp::AnyStruct::Reader(before.getSlot().getDefaultValue()) !=
        capnp::AnyStruct::Reader(after.getSlot().getDefaultValue())) {
      refuse(name, "has another default");
    }
  }

  // False when they are not the same type.
  bool types(const std::string& name, capnp::Type older, capnp::Type newer) {
    const bool same_kind = older.which() == newer.which();
    if (same_kind && older.isList()) {
      return types(name, older.asList().getElementType(), newer.asList().getElementType());
    }
    if (same_kind && older.isStruct() && id_of(older.asStruct()) == id_of(newer.asStruct())) {
      structs(older.asStruct(), newer.asStruct());
      return true;
    }
    if (same_kind && older.isEnum() && id_of(older.asEnum()) == id_of(newer.asEnum())) {
      enums(older.asEnum(), newer.asEnum());
      return true;
    }
    if (same_kind && !older.isStruct() && !older.isEnum()) return true;
    refuse(name, "was " + describe(older) + " and is " + describe(newer));
    return false;
  }

  void enums(capnp::EnumSchema older, capnp::EnumSchema newer) {
    if (!seen_.insert(id_of(older)).second) return;
    for (const capnp::EnumSchema::Enumerant one : older.getEnumerants()) enumerant_of(one, newer);
    for (const capnp::EnumSchema::Enumerant one : newer.getEnumerants()) {
      const std::string own = string_of(one.getProto().getName());
      if (!taken_.contains({id_of(newer), own})) {
        note(schema_change::kind::added, name_of(newer) + "." + own, "was added");
      }
    }
  }

  void enumerant_of(capnp::EnumSchema::Enumerant older, capnp::EnumSchema newer) {
    const std::string own = string_of(older.getProto().getName());
    const std::string name = name_of(newer) + "." + own;
    KJ_IF_MAYBE (found, newer.findEnumerantByName(own)) {
      taken_.insert({id_of(newer), own});
      if (found->getOrdinal() != older.getOrdinal()) refuse(name, "was renumbered");
      return;
    }
    for (const capnp::EnumSchema::Enumerant one : newer.getEnumerants()) {
      if (!was_called(one, own)) continue;
      const std::string now = string_of(one.getProto().getName());
      taken_.insert({id_of(newer), now});
      note(schema_change::kind::renamed, name, "was renamed to " + now);
      if (one.getOrdinal() != older.getOrdinal()) refuse(name, "was renumbered");
      return;
    }
    refuse(name, "was removed or renamed");
  }

  std::set<std::uint64_t> seen_;
  // Members of the newer schema that an older one became: type and name.
  std::set<std::pair<std::uint64_t, std::string>> taken_;
  std::vector<schema_change> found_;
};

}  // namespace

std::vector<schema_change> find_changes(const loaded_schema& older, const loaded_schema& newer) {
  comparison both;
  both.structs(older.events, newer.events);
  both.structs(older.state, newer.state);
  return both.found();
}

}  // namespace reprise::messages
