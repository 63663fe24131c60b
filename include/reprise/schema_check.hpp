// SPDX-License-Identifier: Apache-2.0
//
// Schemas of aggregates as data: what a schema file declares, what a store keeps, and what changed
// from one to the other. A node compares alike when it hosts a type.
//
// Threading: pure functions.

#pragma once

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace reprise {

/// The schema of one aggregate type.
struct declared_schema {
  aggregate_type_id type{};
  /// The interface's name, e.g. `Trip`.
  std::string name{};
  /// As generated code carries it and stores keep it.
  bytes bundle{};
};

/// One thing that differs between two versions of a schema.
struct schema_change {
  enum class kind : std::uint8_t {
    added,
    /// The newer schema says so with `$Reprise.renamed`.
    renamed,
    /// What was written under the older schema would be read otherwise, or not at all.
    refused,
  };
  kind is = kind::added;
  /// `TripEvent.Requested.seats was removed`.
  std::string what{};
};

/// `added`, `renamed` or `refused`.
[[nodiscard]] std::string_view to_string(schema_change::kind kind) noexcept;

/// The aggregates of a request of the schema compiler, as `capnp compile -o- trip.capnp` writes it.
/// `malformed` for other bytes, `invalid_argument` for a schema that Reprise refuses.
[[nodiscard]] result<std::vector<declared_schema>> declared_schemas(bytes_view request);

/// All that differs. `malformed` for bytes that are no bundle, `incompatible` when they are of
/// different types.
[[nodiscard]] result<std::vector<schema_change>> schema_changes(bytes_view older_bundle,
                                                                bytes_view newer_bundle);

/// The schema as a person reads it, several lines.
[[nodiscard]] result<std::string> schema_text(bytes_view bundle);

}  // namespace reprise
