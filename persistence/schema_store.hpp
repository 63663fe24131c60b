// SPDX-License-Identifier: Apache-2.0
//
// The port through which a store remembers the schemas of the types that it holds, so that any
// program can read it.
//
// Threading: every method may be called from any thread; each blocks until it is done.

#pragma once

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <string>
#include <vector>

namespace reprise::persistence {

/// The schema of one aggregate type, as messages/schema_bundle.hpp reads it.
struct stored_schema {
  aggregate_type_id type{};
  /// The interface's name in the schema, e.g. `Trip`.
  std::string name{};
  bytes bundle{};
};

class schema_store {
 public:
  virtual ~schema_store() = default;

  /// Durably adds or replaces the schema of one type.
  [[nodiscard]] virtual result<void> save(const stored_schema& schema) = 0;
  [[nodiscard]] virtual result<std::vector<stored_schema>> all() const = 0;
};

}  // namespace reprise::persistence
