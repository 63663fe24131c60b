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
  std::vector<member> members;  // without {}: clang would need the whole type here
};

/// One member of a value struct.
struct member {
  enum class kind {
    value,   ///< a field
    group,   ///< a struct of its own
    choice,  ///< a union: a std::variant
  };
  kind what = kind::value;
  std::string name{};
  /// As in getX(), initX(); empty for an anonymous union, whose members are the struct's own.
  std::string accessor{};
  std::string doc{};
  /// For `value`.
  std::optional<capnp::StructSchema::Field> field{};
  /// Of a group: its struct, `::ride::trip_address_group`. Of a union: what the names of its types
  /// begin with, `::ride::trip_method`; see cases_of and choice_of.
  std::string type{};
  /// Cap'n Proto's type that holds the group or the union.
  std::string wire{};
  /// For messages: `trip.capnp:Trip.method`.
  std::string display{};
  std::vector<member> members{};
  std::vector<alternative> alternatives{};
};

/// The struct in which the alternatives of a union are declared, and the std::variant of them.
[[nodiscard]] inline std::string cases_of(const std::string& type) {
  return type + "_case";
}
[[nodiscard]] inline std::string choice_of(const std::string& type) {
  return type + "_choice";
}

struct enumeration {
  struct enumerant {
    std::string name{};
    std::string schema_name{};
    std::string doc{};
  };
  /// `::ride::phase`.
  std::string cpp{};
  std::string doc{};
  std::vector<enumerant> enumerants{};
};

/// A type of its own in the namespace.
struct declaration {
  enum class kind {
    value,  ///< a struct of the schema; gets a codec
    group,  ///< a struct for a group
    cases,  ///< the alternatives of a union, and their variant
  };
  kind what = kind::value;
  /// As in member::type for groups and unions.
  std::string cpp{};
  std::string wire{};
  std::string doc{};
  std::string display{};
  std::vector<member> members{};
  std::vector<alternative> alternatives{};
  /// It holds fields that are marked as personal, or something in it does.
  bool personal = false;
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
  std::optional<declaration> own_reply{};
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
  /// Each behind all that it needs.
  std::vector<declaration> types{};
  std::vector<aggregate> aggregates{};
  std::vector<foreign_struct> foreign{};
};

[[nodiscard]] inline capnp::Type type_of(const member& m) {
  return m.field->getType();
}

/// `phase` of `::ride::phase`.
[[nodiscard]] inline std::string last_name(const std::string& cpp) {
  return cpp.substr(cpp.rfind(':') + 1);
}

/// A type that gets a codec.
struct coded_type {
  std::string cpp{};
  /// Cap'n Proto's struct that its messages hold.
  std::string wire{};
  bool is_event = false;
  /// As of a declaration.
  bool personal = false;
};

/// In the order in which the codecs are written.
[[nodiscard]] std::vector<coded_type> coded_types(const file_model& file);

/// Throws refusal for what the generator does not take.
[[nodiscard]] file_model read_file(const catalogue& all,
                                   schema::CodeGeneratorRequest::RequestedFile::Reader file);

}  // namespace reprise::generator
