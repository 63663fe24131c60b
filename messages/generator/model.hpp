// SPDX-License-Identifier: Apache-2.0
//
// What the generated C++ of one schema file consists of: decided once, then written out as header
// and source.
//
// Threading: values.

#pragma once

#include "messages/generator/catalogue.hpp"

#include <capnp/schema.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace reprise::generator {

struct member;

/// One member of a union: a small struct of its own in C++.
struct alternative {
  enum class kind {
    nothing,      ///< Void: an empty struct
    group,        ///< the group's fields
    flat_struct,  ///< the fields of the struct that the member holds (events only)
    single,       ///< one member `value`
  };
  kind what = kind::nothing;
  std::uint16_t discriminant = 0;
  std::string name{};
  std::string schema_name{};
  /// As in getX(), initX().
  std::string accessor{};
  std::string doc{};
  /// Cap'n Proto's type that holds the fields; for `group` and `flat_struct`.
  std::string wire{};
  std::vector<member> members{};
};

/// One member of a value struct.
struct member {
  enum class kind {
    value,   ///< a field
    group,   ///< a nested struct
    choice,  ///< a union: a std::variant
  };
  kind what = kind::value;
  std::string name{};
  /// As in getX(), initX(); empty for an anonymous union, whose members are the struct's own.
  std::string accessor{};
  std::string doc{};
  /// For `value`.
  std::optional<capnp::StructSchema::Field> field{};
  /// Name of the nested struct: the group's type, or the scope of the alternatives.
  std::string type_name{};
  /// Cap'n Proto's type that holds the group or the union.
  std::string wire{};
  /// For messages: `Foo.method`.
  std::string display{};
  std::vector<member> members{};
  std::vector<alternative> alternatives{};
};

struct enumeration {
  struct enumerant {
    std::string name{};
    std::string schema_name{};
    std::string doc{};
  };
  std::string name{};
  /// `::ride::phase`.
  std::string cpp{};
  std::string doc{};
  std::vector<enumerant> enumerants{};
};

/// A struct that holds values, or only the declarations nested in it.
struct value_struct {
  node_id id = 0;
  std::string name{};
  std::string cpp{};
  std::string wire{};
  std::string doc{};
  bool scope_only = false;
  std::vector<member> members{};
  std::vector<enumeration> enums{};
  std::vector<value_struct> nested{};
};

struct command {
  std::string name{};
  std::string schema_name{};
  std::string cpp{};
  std::string wire{};
  std::string doc{};
  std::uint32_t ordinal = 0;
  bool readonly = false;
  std::vector<member> members{};
  /// The struct that it answers, `::ride::trip_state`; empty when it answers a receipt.
  std::string reply{};
  /// The reply as it is called in messages.
  std::string reply_name{};
  bool replies_state = false;
  /// Set when the reply is declared by the results of the method.
  std::optional<value_struct> own_reply{};
};

struct event {
  alternative content{};
  std::string cpp{};
  /// Fields marked as tags.
  std::vector<member> tags{};
};

struct aggregate {
  node_id id = 0;
  /// `Trip` and `trip`.
  std::string schema_name{};
  std::string name{};
  std::string doc{};
  std::string state{};
  /// Cap'n Proto's struct with the event union.
  std::string events_wire{};
  std::string events_display{};
  std::vector<command> commands{};
  std::vector<event> events{};
  /// What `schema()` returns.
  std::vector<std::uint64_t> bundle{};
};

/// A struct of another file that this file's values hold.
struct foreign_struct {
  std::string cpp{};
  std::string wire_namespace{};
  std::string wire{};
};

struct file_model {
  std::string filename{};
  std::string name_space{};
  std::string wire_namespace{};
  /// With their quotes or angle brackets.
  std::vector<std::string> includes{};
  std::vector<enumeration> enums{};
  std::vector<value_struct> structs{};
  std::vector<aggregate> aggregates{};
  std::vector<foreign_struct> foreign{};
};

[[nodiscard]] inline capnp::Type type_of(const member& m) {
  return m.field->getType();
}

/// A type that gets a codec.
struct coded_type {
  std::string cpp{};
  /// Cap'n Proto's struct that its messages hold.
  std::string wire{};
  bool is_event = false;
};

/// In the order in which the codecs are written.
[[nodiscard]] std::vector<coded_type> coded_types(const file_model& file);

/// Throws refusal for what the generator does not take.
[[nodiscard]] file_model read_file(const catalogue& all,
                                   schema::CodeGeneratorRequest::RequestedFile::Reader file);

}  // namespace reprise::generator
