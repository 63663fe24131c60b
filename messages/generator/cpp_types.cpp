// SPDX-License-Identifier: Apache-2.0
#include "messages/generator/cpp_types.hpp"

#include "messages/generator/members.hpp"
#include "messages/generator/spelling.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

namespace reprise::generator {
namespace {

std::string named(const catalogue& all, capnp::Type type) {
  return all.cpp_name(named_type(type));
}

// Types in default values are always spelled in full: nothing can hide them.
const scope anywhere{};

template <class Float>
std::string float_literal(Float value, const char* type, const char* ending) {
  const std::string limits = std::string("std::numeric_limits<") + type + ">::";
  if (std::isnan(value)) return limits + "quiet_NaN()";
  if (std::isinf(value)) return (value < 0 ? "-" : "") + limits + "infinity()";
  std::array<char, 64> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  std::string out(digits.data(), end.ptr);
  if (out.find_first_of(".e") == std::string::npos) out += ".0";
  return out + ending;
}

std::string signed_literal(std::int64_t value) {
  // The literal after the minus sign would be out of range.
  if (value == std::numeric_limits<std::int64_t>::min()) return "-9223372036854775807 - 1";
  return std::to_string(value);
}

std::string data_literal(capnp::Data::Reader value) {
  std::string out;
  for (const auto byte : value) {
    out += (out.empty() ? "" : ", ") + ("std::byte{" + std::to_string(byte) + "}");
  }
  return "reprise::bytes{" + out + "}";
}

std::string text_literal(capnp::Text::Reader value) {
  const std::string text(value.begin(), value.size());
  const bool has_nul = text.find('\0') != std::string::npos;
  return "std::string(" + string_literal(text) +
         (has_nul ? ", " + std::to_string(text.size()) : "") + ")";
}

std::string expression(const catalogue& all, capnp::Type type,
                       const capnp::DynamicValue::Reader& value);

std::string list_literal(const catalogue& all, capnp::Type type, capnp::DynamicList::Reader list) {
  std::string out;
  for (const auto item : list) {
    out += (out.empty() ? "" : ", ") + expression(all, type.asList().getElementType(), item);
  }
  return type_name(all, type, anywhere) + "{" + out + "}";
}

std::string enum_literal(const catalogue& all, capnp::Type type, capnp::DynamicEnum value) {
  KJ_IF_MAYBE (enumerant, value.getEnumerant()) {
    const auto name = enumerant->getProto().getName();
    return named(all, type) + "::" + identifier({name.begin(), name.size()});
  }
  return "static_cast<" + named(all, type) + ">(" + std::to_string(value.getRaw()) + ")";
}

// `{.zone = ..., .borough = ...}` with every member that is not empty, in their order.
std::string braces(const catalogue& all, const std::vector<member>& members,
                   capnp::DynamicStruct::Reader value);

std::string alternative_literal(const catalogue& all, const member& choice,
                                capnp::DynamicStruct::Reader value) {
  KJ_IF_MAYBE (held, value.which()) {
    for (const alternative& one : choice.alternatives) {
      if (one.discriminant != held->getProto().getDiscriminantValue()) continue;
      const std::string cpp = cases_of(choice.type) + "::" + one.name;
      if (one.what == alternative::kind::nothing) return cpp + "{}";
      if (one.what == alternative::kind::group) {
        return cpp + braces(all, one.members, value.get(*held).as<capnp::DynamicStruct>());
      }
      return cpp + "{.value = " + expression(all, held->getType(), value.get(*held)) + "}";
    }
  }
  return "{}";
}

std::string member_literal(const catalogue& all, const member& m,
                           capnp::DynamicStruct::Reader value) {
  if (m.what == member::kind::value) return expression(all, type_of(m), value.get(*m.field));
  if (m.accessor.empty()) return alternative_literal(all, m, value);
  std::string field = m.accessor;
  field[0] = static_cast<char>(field[0] - 'A' + 'a');
  const auto group = value.get(field.c_str()).as<capnp::DynamicStruct>();
  if (m.what == member::kind::choice) return alternative_literal(all, m, group);
  return m.type + braces(all, m.members, group);
}

std::string braces(const catalogue& all, const std::vector<member>& members,
                   capnp::DynamicStruct::Reader value) {
  std::string out;
  for (const member& m : members) {
    out += (out.empty() ? "" : ", ") + ("." + m.name + " = " + member_literal(all, m, value));
  }
  return "{" + out + "}";
}

std::string struct_literal(const catalogue& all, capnp::Type type,
                           capnp::DynamicStruct::Reader value) {
  const std::string cpp = named(all, type);
  const auto members = members_of(all, type.asStruct(), all.wire_name(named_type(type)));
  return cpp + braces(all, members, value);
}

std::string expression(const catalogue& all, capnp::Type type,
                       const capnp::DynamicValue::Reader& value) {
  switch (type.which()) {
    case schema::Type::BOOL:
      return value.as<bool>() ? "true" : "false";
    case schema::Type::INT8:
    case schema::Type::INT16:
    case schema::Type::INT32:
    case schema::Type::INT64:
      return signed_literal(value.as<std::int64_t>());
    case schema::Type::UINT8:
    case schema::Type::UINT16:
    case schema::Type::UINT32:
      return std::to_string(value.as<std::uint64_t>());
    case schema::Type::UINT64:
      return std::to_string(value.as<std::uint64_t>()) + "U";
    case schema::Type::FLOAT32:
      return float_literal(value.as<float>(), "float", "F");
    case schema::Type::FLOAT64:
      return float_literal(value.as<double>(), "double", "");
    case schema::Type::TEXT:
      return text_literal(value.as<capnp::Text>());
    case schema::Type::DATA:
      return data_literal(value.as<capnp::Data>());
    case schema::Type::LIST:
      return list_literal(all, type, value.as<capnp::DynamicList>());
    case schema::Type::ENUM:
      return enum_literal(all, type, value.as<capnp::DynamicEnum>());
    case schema::Type::STRUCT:
      return struct_literal(all, type, value.as<capnp::DynamicStruct>());
    default:
      return "std::monostate{}";
  }
}

// Whether a field that was never set reads as C++'s own `{}`.
bool is_empty_default(schema::Value::Reader value, bool explicit_default) {
  switch (value.which()) {
    case schema::Value::BOOL:
      return !value.getBool();
    case schema::Value::INT8:
      return value.getInt8() == 0;
    case schema::Value::INT16:
      return value.getInt16() == 0;
    case schema::Value::INT32:
      return value.getInt32() == 0;
    case schema::Value::INT64:
      return value.getInt64() == 0;
    case schema::Value::UINT8:
      return value.getUint8() == 0;
    case schema::Value::UINT16:
      return value.getUint16() == 0;
    case schema::Value::UINT32:
      return value.getUint32() == 0;
    case schema::Value::UINT64:
      return value.getUint64() == 0;
    case schema::Value::ENUM:
      return value.getEnum() == 0;
    case schema::Value::TEXT:
      return value.getText().size() == 0;
    case schema::Value::DATA:
      return value.getData().size() == 0;
    default:
      // Negative zero is no empty default: `0.0` is not what the schema says.
      return !explicit_default;
  }
}

}  // namespace

std::string shortest(const std::string& qualified, const scope& where) {
  const std::size_t last = qualified.rfind("::");
  const std::string parent = qualified.substr(0, last);
  std::string own = qualified.substr(last + 2);
  const std::string home = "::" + where.name_space + "::";
  const bool is_home = !where.name_space.empty() && qualified.starts_with(home);
  const std::string from_home = is_home ? qualified.substr(home.size()) : qualified;
  const std::string first = from_home.substr(0, from_home.find("::"));

  bool own_is_free = true;
  bool first_is_free = is_home;
  for (auto level = where.around.rbegin(); level != where.around.rend(); ++level) {
    if (level->members.contains(own)) own_is_free = false;
    if (level->cpp == parent && own_is_free) return own;
    if (level->types.contains(own)) own_is_free = false;
    if (level->declares(first)) first_is_free = false;
  }
  return first_is_free ? from_home : qualified;
}

std::string type_name(const catalogue& all, capnp::Type type, const scope& where) {
  switch (type.which()) {
    case schema::Type::VOID:
      return "std::monostate";
    case schema::Type::BOOL:
      return "bool";
    case schema::Type::INT8:
      return "std::int8_t";
    case schema::Type::INT16:
      return "std::int16_t";
    case schema::Type::INT32:
      return "std::int32_t";
    case schema::Type::INT64:
      return "std::int64_t";
    case schema::Type::UINT8:
      return "std::uint8_t";
    case schema::Type::UINT16:
      return "std::uint16_t";
    case schema::Type::UINT32:
      return "std::uint32_t";
    case schema::Type::UINT64:
      return "std::uint64_t";
    case schema::Type::FLOAT32:
      return "float";
    case schema::Type::FLOAT64:
      return "double";
    case schema::Type::TEXT:
      return "std::string";
    case schema::Type::DATA:
      return "reprise::bytes";
    case schema::Type::LIST:
      return "std::vector<" + type_name(all, type.asList().getElementType(), where) + ">";
    default:
      return shortest(named(all, type), where);
  }
}

namespace {

std::string default_expression(const catalogue& all, const member& m) {
  const schema::Value::Reader value = m.field->getProto().getSlot().getDefaultValue();
  const capnp::Type type = type_of(m);
  if (type.isStruct()) {
    return expression(all, type, value.getStruct().getAs<capnp::DynamicStruct>(type.asStruct()));
  }
  if (type.isList()) {
    return expression(all, type, value.getList().getAs<capnp::DynamicList>(type.asList()));
  }
  if (type.isEnum()) {
    return expression(all, type, capnp::DynamicEnum(type.asEnum(), value.getEnum()));
  }
  const capnp::DynamicStruct::Reader any(value);
  KJ_IF_MAYBE (held, any.which()) {
    return expression(all, type, any.get(*held));
  }
  return {};
}

}  // namespace

std::string default_of(const catalogue& all, const member& m) {
  const auto slot = m.field->getProto().getSlot();
  if (is_empty_default(slot.getDefaultValue(), slot.getHadExplicitDefault())) return {};
  std::string value = default_expression(all, m);
  // The member's type stands before the braces already.
  const std::string type = type_name(all, type_of(m), anywhere);
  const bool repeats = value.starts_with(type + "{") || value.starts_with("std::string(");
  if (!repeats) return value;
  return value.substr(type.size() + 1, value.size() - type.size() - 2);
}

}  // namespace reprise::generator
