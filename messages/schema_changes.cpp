// SPDX-License-Identifier: Apache-2.0
//
// Stricter than Cap'n Proto's own notion of compatible schemas: JSON, tags and tools know fields by
// their names, so a renamed field counts as broken as well.
#include "messages/loaded_schema.hpp"

#include <capnp/any.h>
#include <capnp/schema.h>

#include <cstdint>
#include <set>
#include <string>

namespace reprise::messages {
namespace {

namespace schema = capnp::schema;

std::string string_of(capnp::Text::Reader text) {
  return {text.begin(), text.size()};
}

// `TripEvent.Requested`: Cap'n Proto's display name without the file.
std::string name_of(capnp::Schema type) {
  const std::string name = string_of(type.getProto().getDisplayName());
  return name.substr(name.find(':') + 1);
}

std::string describe(capnp::Type type) {
  switch (type.which()) {
    case schema::Type::VOID:
      return "Void";
    case schema::Type::BOOL:
      return "Bool";
    case schema::Type::INT8:
      return "Int8";
    case schema::Type::INT16:
      return "Int16";
    case schema::Type::INT32:
      return "Int32";
    case schema::Type::INT64:
      return "Int64";
    case schema::Type::UINT8:
      return "UInt8";
    case schema::Type::UINT16:
      return "UInt16";
    case schema::Type::UINT32:
      return "UInt32";
    case schema::Type::UINT64:
      return "UInt64";
    case schema::Type::FLOAT32:
      return "Float32";
    case schema::Type::FLOAT64:
      return "Float64";
    case schema::Type::TEXT:
      return "Text";
    case schema::Type::DATA:
      return "Data";
    case schema::Type::LIST:
      return "List(" + describe(type.asList().getElementType()) + ")";
    case schema::Type::ENUM:
      return name_of(type.asEnum());
    case schema::Type::STRUCT:
      return name_of(type.asStruct());
    default:
      return "a type that values cannot have";
  }
}

class comparison {
 public:
  // Empty when nothing is broken.
  std::string structs(capnp::StructSchema older, capnp::StructSchema newer) {
    if (!seen_.insert(older.getProto().getId()).second) return {};
    for (const capnp::StructSchema::Field field : older.getFields()) {
      std::string why = field_of(field, newer);
      if (!why.empty()) return why;
    }
    return {};
  }

 private:
  std::string field_of(capnp::StructSchema::Field older, capnp::StructSchema newer) {
    const std::string own = string_of(older.getProto().getName());
    const std::string name = name_of(older.getContainingStruct()) + "." + own;
    KJ_IF_MAYBE (found, newer.findFieldByName(own)) {
      return same_field(name, older, *found);
    }
    const unsigned index = older.getIndex();
    if (index < newer.getFields().size()) {
      const std::string now = string_of(newer.getFields()[index].getProto().getName());
      if (older.getContainingStruct().findFieldByName(now) == nullptr) {
        return name + " was renamed to " + now + ", or removed and its number used again";
      }
    }
    return name + " was removed";
  }

  std::string same_field(const std::string& name, capnp::StructSchema::Field older,
                         capnp::StructSchema::Field newer) {
    const auto before = older.getProto();
    const auto after = newer.getProto();
    if (older.getIndex() != newer.getIndex()) return name + " was renumbered";
    if (before.isGroup() != after.isGroup()) return name + " became, or was, a group";
    if (before.getDiscriminantValue() != after.getDiscriminantValue()) {
      return name + " was moved into, out of or within a union";
    }
    if (before.isGroup()) {
      return structs(older.getType().asStruct(), newer.getType().asStruct());
    }
    std::string why = types(name, older.getType(), newer.getType());
    if (!why.empty()) return why;
    if (before.getSlot().getOffset() != after.getSlot().getOffset())
      return name + " was renumbered";
    if (capnp::AnyStruct::Reader(before.getSlot().getDefaultValue()) !=
        capnp::AnyStruct::Reader(after.getSlot().getDefaultValue())) {
      return name + " has another default";
    }
    return {};
  }

  std::string types(const std::string& name, capnp::Type older, capnp::Type newer) {
    const bool same_kind = older.which() == newer.which();
    if (same_kind && older.isList()) {
      return types(name, older.asList().getElementType(), newer.asList().getElementType());
    }
    if (same_kind && older.isStruct() && id_of(older.asStruct()) == id_of(newer.asStruct())) {
      return structs(older.asStruct(), newer.asStruct());
    }
    if (same_kind && older.isEnum() && id_of(older.asEnum()) == id_of(newer.asEnum())) {
      return enums(older.asEnum(), newer.asEnum());
    }
    if (same_kind && !older.isStruct() && !older.isEnum()) return {};
    return name + " was " + describe(older) + " and is " + describe(newer);
  }

  std::string enums(capnp::EnumSchema older, capnp::EnumSchema newer) {
    if (!seen_.insert(id_of(older)).second) return {};
    for (const capnp::EnumSchema::Enumerant one : older.getEnumerants()) {
      const std::string own = string_of(one.getProto().getName());
      const std::string name = name_of(older) + "." + own;
      KJ_IF_MAYBE (found, newer.findEnumerantByName(own)) {
        if (found->getOrdinal() != one.getOrdinal()) return name + " was renumbered";
      } else {
        return name + " was removed or renamed";
      }
    }
    return {};
  }

  static std::uint64_t id_of(capnp::Schema type) { return type.getProto().getId(); }

  std::set<std::uint64_t> seen_;
};

}  // namespace

result<void> find_breaking_change(const loaded_schema& older, const loaded_schema& newer) {
  const std::string type = name_of(newer.interface);
  const auto refuse = [&](const std::string& why) {
    return error{errc::incompatible, "schema of " + type + ": " + why};
  };
  if (older.interface.getProto().getId() != newer.interface.getProto().getId()) {
    return refuse("it is compared with that of another type, " + name_of(older.interface));
  }
  try {
    comparison found;
    std::string why = found.structs(older.events, newer.events);
    if (why.empty()) why = found.structs(older.state, newer.state);
    if (!why.empty()) return refuse(why);
    return {};
  } catch (const kj::Exception& e) {
    return refuse(string_of(e.getDescription()));
  }
}

}  // namespace reprise::messages
