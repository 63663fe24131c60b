// SPDX-License-Identifier: Apache-2.0
//
// A schema bundle taken apart: what schema_bundle holds and what two of them are compared by.
//
// Threading: immutable after construction; any thread.

#pragma once

#include "messages/personal_fields.hpp"
#include "messages/schema_bundle.hpp"

#include <capnp/schema-loader.h>

#include <string>
#include <vector>

namespace reprise::messages {

struct loaded_schema {
  /// Throws kj::Exception for what is no bundle.
  explicit loaded_schema(bytes_view encoded);

  // The schemas below live in it.
  capnp::SchemaLoader loader;
  capnp::InterfaceSchema interface;
  capnp::StructSchema events;
  capnp::StructSchema state;
  /// By discriminant.
  std::vector<std::string> event_names;
  /// Of events and state.
  personal_fields personal;
};

struct schema_bundle::loaded : loaded_schema {
  using loaded_schema::loaded_schema;
};

/// How what was written under `older` reads under `newer`: everything that differs, by name. Throws
/// kj::Exception for schemas that cannot be followed.
[[nodiscard]] std::vector<schema_change> find_changes(const loaded_schema& older,
                                                      const loaded_schema& newer);

}  // namespace reprise::messages
