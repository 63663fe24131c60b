// SPDX-License-Identifier: Apache-2.0
//
// What is behind a store_reader: where it reads, and the schemas that it makes sense of it with.
//
// Threading: confined to one thread.

#pragma once

#include "persistence/inspected_files.hpp"
#include "persistence/inspected_log.hpp"
#include "persistence/schema_catalogue.hpp"

#include <reprise/inspect.hpp>

#include <memory>
#include <utility>

namespace reprise {

struct store_reader::opened {
  explicit opened(std::unique_ptr<persistence::inspected_log> from)
      : log(std::move(from)), schemas([this] { return log->schemas(); }) {}
  explicit opened(std::unique_ptr<persistence::inspected_files> from)
      : log(std::move(from)),
        files(static_cast<const persistence::inspected_files*>(log.get())),
        schemas([this] { return log->schemas(); }) {}

  /// For what needs more than the log. `not_hosted` where a node is read.
  [[nodiscard]] result<const persistence::inspected_files*> own_files() const;

  const std::unique_ptr<persistence::inspected_log> log;
  /// The same; null where it reads no files.
  const persistence::inspected_files* const files = nullptr;
  persistence::schema_catalogue schemas;
};

}  // namespace reprise
