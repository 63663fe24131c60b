// SPDX-License-Identifier: Apache-2.0
//
// What a node seals and unseals with: the keys of its store, and the types that hold personal data.
//
// Invariants
//  * A type without personal fields is not known here, and costs one look at a flag.
// Threading: every method may be called from any thread.

#pragma once

#include "messages/schema_bundle.hpp"
#include "persistence/journal.hpp"
#include "persistence/subject_keys.hpp"

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <atomic>
#include <map>
#include <memory>
#include <shared_mutex>

namespace reprise::persistence {

class sealing {
 public:
  explicit sealing(std::unique_ptr<subject_keys> keys) : keys_(std::move(keys)) {}

  /// From now on events and states of a type with such a schema are sealed. Only for one that has
  /// personal fields.
  void learn(messages::schema_bundle schema);
  [[nodiscard]] bool seals(aggregate_type_id type) const { return find(type) != nullptr; }

  /// Seals the events in it. What cannot be taken apart makes the journal refuse the request.
  void seal(append_request& request) const;
  /// A state as it is to be stored.
  [[nodiscard]] result<bytes> seal_state(aggregate_type_id type, bytes state) const;

  [[nodiscard]] subject_keys& keys() const { return *keys_; }

 private:
  using known_schema = std::shared_ptr<const messages::schema_bundle>;
  /// Null for types that hold nothing personal.
  [[nodiscard]] known_schema find(aggregate_type_id type) const;

  const std::unique_ptr<subject_keys> keys_;
  std::atomic<bool> any_{false};
  mutable std::shared_mutex mutex_;
  std::map<aggregate_type_id, known_schema> schemas_;
};

}  // namespace reprise::persistence
