// SPDX-License-Identifier: Apache-2.0
//
// What a saga's turn asks for, as lines of text for a person, by which two turns are compared.
//
// Invariant: turns that ask for the same have the same lines, whatever they do to the data.
// Threading: confined to one thread.

#pragma once

#include "messages/schema_bundle.hpp"
#include "persistence/schema_store.hpp"
#include "saga_log.reprise.hpp"

#include <reprise/ids.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace reprise::sagas {

class effect_text {
 public:
  /// Schemas name and render what they know; one that cannot be read is as one that is not there.
  explicit effect_text(const std::vector<persistence::stored_schema>& schemas);

  /// In the order in which it was asked for. `before`: what the turn began with.
  [[nodiscard]] std::vector<std::string> lines_of(const log::change& change,
                                                  const log::saga_state& before) const;
  /// `Order.placed`.
  [[nodiscard]] std::string event_name(aggregate_type_id type, std::uint32_t event_type) const;

 private:
  [[nodiscard]] std::string line_of(const log::effect& what) const;
  [[nodiscard]] std::string branch_of(const std::vector<bytes>& encoded) const;
  [[nodiscard]] const messages::schema_bundle* find(aggregate_type_id type) const;
  [[nodiscard]] std::string name_of(aggregate_type_id type) const;

  std::map<aggregate_type_id, messages::schema_bundle> bundles_;
};

}  // namespace reprise::sagas
