// SPDX-License-Identifier: Apache-2.0
#include "messages/schema_text.hpp"

#include "messages/annotations.hpp"
#include "messages/type_names.hpp"

#include <capnp/dynamic.h>
#include <capnp/message.h>

#include <cstdint>
#include <deque>
#include <set>

namespace reprise::messages {
namespace {

namespace schema = capnp::schema;

struct known_annotation {
  std::uint64_t id = 0;
  std::string_view name{};
};
constexpr known_annotation known_annotations[] = {{annotations::tag, "tag"},
                                                  {annotations::personal, "personal"},
                                                  {annotations::renamed, "renamed"},
                                                  {annotations::readonly, "readonly"}};

std::string annotations_of(capnp::List<schema::Annotation>::Reader notes) {
  std::string text;
  for (const schema::Annotation::Reader note : notes) {
    for (const known_annotation& known : known_annotations) {
      if (note.getId() != known.id) continue;
      text += " $" + std::string(known.name);
      if (note.getValue().isText()) text += "(\"" + string_of(note.getValue().getText()) + "\")";
    }
  }
  return text;
}

// Writes one declaration after the other; what these name is declared later, once.
class declarations {
 public:
  void interface(capnp::InterfaceSchema type) {
    line(0, "interface " + name_of(type) + " @" + hexadecimal(type.getProto().getId()) + " {");
    for (const capnp::InterfaceSchema::Method method : type.getMethods()) {
      std::string text = string_of(method.getProto().getName()) + " @" +
                         std::to_string(method.getOrdinal()) + " " +
                         parameters(method.getParamType());
      if (method.getResultType().getFields().size() > 0) {
        text += " -> " + parameters(method.getResultType());
      }
      line(1, text + annotations_of(method.getProto().getAnnotations()) + ";");
    }
    line(0, "}");
  }

  void later(capnp::Type type) {
    while (type.isList()) type = type.asList().getElementType();
    if (type.isStruct() || type.isEnum()) waiting_.push_back(type);
  }

  [[nodiscard]] std::string all() {
    while (!waiting_.empty()) {
      const capnp::Type next = waiting_.front();
      waiting_.pop_front();
      const capnp::Schema type =
          next.isEnum() ? capnp::Schema(next.asEnum()) : capnp::Schema(next.asStruct());
      if (!seen_.insert(type.getProto().getId()).second) continue;
      text_ += "\n";
      if (next.isEnum()) {
        enumeration(next.asEnum());
      } else {
        line(0, "struct " + name_of(type) + " {");
        members(1, next.asStruct());
        line(0, "}");
      }
    }
    return std::move(text_);
  }

 private:
  static std::string hexadecimal(std::uint64_t id) { return kj::str("0x", kj::hex(id)).cStr(); }

  void line(unsigned depth, const std::string& what) {
    text_ += std::string(std::size_t{2} * depth, ' ') + what + "\n";
  }

  // `(rider :Text, seats :UInt16)`, or the name of a struct that was declared for itself.
  std::string parameters(capnp::StructSchema type) {
    if (type.getProto().getScopeId() != 0) {
      later(capnp::Type(type));
      return "(" + name_of(type) + ")";
    }
    std::string text;
    for (const capnp::StructSchema::Field field : type.getFields()) {
      later(field.getType());
      text += (text.empty() ? "" : ", ") + string_of(field.getProto().getName()) + " :" +
              describe(field.getType());
    }
    return "(" + text + ")";
  }

  void members(unsigned depth, capnp::StructSchema type) {
    for (const capnp::StructSchema::Field field : type.getNonUnionFields()) {
      member(depth, field, default_of(field));
    }
    if (type.getUnionFields().size() == 0) return;
    line(depth, "union {");
    for (const capnp::StructSchema::Field field : type.getUnionFields()) {
      member(depth + 1, field, {});
    }
    line(depth, "}");
  }

  void member(unsigned depth, capnp::StructSchema::Field field, const std::string& value) {
    const auto proto = field.getProto();
    const std::string name = string_of(proto.getName());
    if (proto.isGroup()) {
      line(depth, name + " :group {");
      members(depth + 1, field.getType().asStruct());
      line(depth, "}");
      return;
    }
    later(field.getType());
    line(depth, name + " @" + std::to_string(proto.getOrdinal().getExplicit()) + " :" +
                    describe(field.getType()) + value + annotations_of(proto.getAnnotations()) +
                    ";");
  }

  // ` = 3`, where the schema names one.
  static std::string default_of(capnp::StructSchema::Field field) {
    const auto proto = field.getProto();
    if (!proto.isSlot() || !proto.getSlot().getHadExplicitDefault()) return {};
    capnp::MallocMessageBuilder message;
    const auto empty = message.initRoot<capnp::DynamicStruct>(field.getContainingStruct());
    return std::string(" = ") + kj::str(empty.asReader().get(field)).cStr();
  }

  void enumeration(capnp::EnumSchema type) {
    line(0, "enum " + name_of(type) + " {");
    for (const capnp::EnumSchema::Enumerant one : type.getEnumerants()) {
      line(1, string_of(one.getProto().getName()) + " @" + std::to_string(one.getOrdinal()) +
                  annotations_of(one.getProto().getAnnotations()) + ";");
    }
    line(0, "}");
  }

  std::string text_;
  std::deque<capnp::Type> waiting_;
  std::set<std::uint64_t> seen_;
};

}  // namespace

std::string schema_text(const loaded_schema& schema) {
  declarations written;
  written.later(capnp::Type(schema.events));
  written.later(capnp::Type(schema.state));
  written.interface(schema.interface);
  return written.all();
}

}  // namespace reprise::messages
