// SPDX-License-Identifier: Apache-2.0
#include "messages/type_names.hpp"

namespace reprise::messages {

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

}  // namespace reprise::messages
