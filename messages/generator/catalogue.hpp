// SPDX-License-Identifier: Apache-2.0
//
// Everything that one request of the schema compiler holds, found by id, with the C++ names that
// each type gets.
//
// Invariants
//  * A type's C++ name depends on nothing but its own file, so that files generated in different
//    runs agree on it.
// Threading: confined to the program's only thread.

#pragma once

#include "messages/annotations.hpp"

#include <capnp/schema-loader.h>
#include <capnp/schema.capnp.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace reprise::generator {

using node_id = std::uint64_t;
namespace schema = capnp::schema;

/// The events and the state of an annotated interface.
struct aggregate_types {
  node_id events = 0;
  node_id state = 0;
};

class catalogue {
 public:
  /// The request must outlive the catalogue.
  explicit catalogue(schema::CodeGeneratorRequest::Reader request);

  [[nodiscard]] schema::Node::Reader node(node_id id) const { return nodes_.at(id); }
  [[nodiscard]] bool has(node_id id) const { return nodes_.contains(id); }
  [[nodiscard]] capnp::Schema load(node_id id) const { return loader_.get(id); }
  [[nodiscard]] const std::map<node_id, schema::Node::Reader>& nodes() const { return nodes_; }

  /// What Cap'n Proto calls it in messages: `trip.capnp:TripState`.
  [[nodiscard]] std::string display(node_id id) const;
  /// Its own name without its scope's.
  [[nodiscard]] std::string short_name(node_id id) const;
  /// The comment in the schema, without a newline at its end; empty where there is none.
  [[nodiscard]] std::string doc(node_id id) const;
  [[nodiscard]] std::string member_doc(node_id id, unsigned index) const;

  /// The file that declares it.
  [[nodiscard]] node_id file_of(node_id id) const;
  /// `ride`, without leading colons.
  [[nodiscard]] std::string cpp_namespace(node_id id) const;
  /// `trip_event_reason`: the names of the type and of all that it is declared in. Nested C++ types
  /// would not do: C++ cannot put one of them into a std::variant of the type around it, and a
  /// member hides a nested type of its name.
  [[nodiscard]] std::string cpp_type(node_id id) const;
  /// `::ride::trip_event_reason`.
  [[nodiscard]] std::string cpp_name(node_id id) const;
  /// Namespace of Cap'n Proto's own generated code: `ride::wire`, or what `$Cxx.namespace` says.
  [[nodiscard]] std::string wire_namespace(node_id id) const;
  /// `::ride::wire::TripEvent::Reason`.
  [[nodiscard]] std::string wire_name(node_id id) const;

  /// What the interface's `$Reprise.aggregate` names; nothing when it has none. Refuses names that
  /// are not there or not of the right kind.
  [[nodiscard]] std::optional<aggregate_types> aggregate_of(node_id interface) const;

 private:
  [[nodiscard]] node_id find_struct(node_id interface, const std::string& name,
                                    const std::string& what) const;

  capnp::SchemaLoader loader_;
  std::map<node_id, schema::Node::Reader> nodes_;
  std::map<node_id, schema::Node::SourceInfo::Reader> sources_;
};

/// The annotation of that id; nothing when the node or field has none.
[[nodiscard]] std::optional<schema::Value::Reader> annotation(
    capnp::List<schema::Annotation>::Reader among, node_id id);

}  // namespace reprise::generator
