// SPDX-License-Identifier: Apache-2.0
//
// What is behind a saga_store: where it reads.
//
// Threading: confined to one thread.

#pragma once

#include "persistence/inspected_log.hpp"

#include <reprise/saga_store.hpp>

#include <map>
#include <memory>
#include <string>
#include <utility>

namespace reprise {

struct saga_store::opened {
  /// `at`: where orders are left for a program that does not run; empty where a node is read, which
  /// carries them out at once.
  explicit opened(std::unique_ptr<persistence::inspected_log> from, std::string at = {})
      : log(std::move(from)), directory(std::move(at)) {}

  [[nodiscard]] result<std::map<std::string, aggregate_type_id>> sagas() const;
  /// `not_found` names those that there are.
  [[nodiscard]] result<aggregate_type_id> type_of(const std::string& name) const;

  const std::unique_ptr<persistence::inspected_log> log;
  const std::string directory;
};

}  // namespace reprise
