// SPDX-License-Identifier: Apache-2.0
//
// What is behind a store_reader: where it reads, and the schemas that it makes sense of it with.
//
// Threading: confined to one thread.

#pragma once

#include "persistence/inspected_log.hpp"
#include "persistence/schema_catalogue.hpp"

#include <reprise/inspect.hpp>

#include <memory>
#include <utility>

namespace reprise {

struct store_reader::opened {
  explicit opened(std::unique_ptr<persistence::inspected_log> from)
      : log(std::move(from)), schemas([this] { return log->schemas(); }) {}

  const std::unique_ptr<persistence::inspected_log> log;
  persistence::schema_catalogue schemas;
};

}  // namespace reprise
