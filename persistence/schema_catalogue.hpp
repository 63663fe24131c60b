// SPDX-License-Identifier: Apache-2.0
//
// Names and renders records and states by the schemas that a store keeps.
//
// Threading: confined to one thread.

#pragma once

#include "messages/schema_bundle.hpp"
#include "persistence/journal.hpp"
#include "persistence/schema_store.hpp"
#include "persistence/snapshot_store.hpp"

#include <reprise/inspect.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reprise::persistence {

class schema_catalogue {
 public:
  /// Answers the schemas that the store has now.
  using source = std::function<result<std::vector<stored_schema>>()>;

  /// Empty until refresh().
  explicit schema_catalogue(source schemas) : schemas_(std::move(schemas)) {}

  /// Reads the schemas again. One that cannot be read is as one that is not there.
  [[nodiscard]] result<void> refresh();

  /// By name, then id.
  [[nodiscard]] std::vector<stored_type> types() const;
  /// The type that a person means, see store_reader::type().
  [[nodiscard]] result<stored_type> type(std::string_view wanted) const;
  /// See store_reader::choice().
  [[nodiscard]] result<record_choice> choice(std::string_view wanted) const;

  /// Name of the type; its id in hexadecimal where there is no schema for it.
  [[nodiscard]] std::string name_of(aggregate_type_id type);
  /// The record with the names of its type and event, and without its payload.
  [[nodiscard]] inspected_record named(const stored_record& record);
  /// The record as a person sees it.
  [[nodiscard]] inspected_record render(const stored_record& record);
  [[nodiscard]] inspected_snapshot render(aggregate_type_id type, const snapshot& saved);

 private:
  /// The newest schema of the type: one that names the event, where there is such a one. Null
  /// when there is none at all.
  [[nodiscard]] const messages::schema_bundle* find(aggregate_type_id type,
                                                    std::uint32_t event_type = 0);

  const source schemas_;
  std::map<aggregate_type_id, messages::schema_bundle> bundles_;
  // Types and events that were looked for in vain, so that a log full of their records does not
  // read the schemas for each.
  std::set<std::pair<aggregate_type_id, std::uint32_t>> missing_;
};

}  // namespace reprise::persistence
