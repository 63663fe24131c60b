// SPDX-License-Identifier: Apache-2.0
//
// Where in messages of a type personal data stands: the fields that the schema marks so, and the
// way to them.
//
// Invariants
//  * A type without a personal field in it or below it is not listed, so nothing looks into it.
// Threading: immutable once everything was added; any thread.

#pragma once

#include <capnp/schema.h>

#include <cstdint>
#include <map>
#include <vector>

namespace reprise::messages {

/// A field that is marked, and the one beside it that names whose it is.
struct personal_field {
  capnp::StructSchema::Field value;
  capnp::StructSchema::Field owner;
};

/// One struct, or one group.
struct personal_struct {
  std::vector<personal_field> own{};
  /// Structs, groups and lists that hold some.
  std::vector<capnp::StructSchema::Field> deeper{};
};

class personal_fields {
 public:
  /// Looks through a type and all that it holds. A mark whose owner is not there is passed over:
  /// the generator refuses it, and a schema that somebody else made is no reason to stop.
  void add(capnp::StructSchema type);

  [[nodiscard]] bool empty() const { return structs_.empty(); }
  /// Null when there is nothing personal in it.
  [[nodiscard]] const personal_struct* find(capnp::StructSchema type) const;

 private:
  // False when nothing is there.
  bool look(capnp::StructSchema type);
  bool holds_some(capnp::Type type);

  std::map<std::uint64_t, personal_struct> structs_;
  std::map<std::uint64_t, bool> seen_;
};

}  // namespace reprise::messages
