// SPDX-License-Identifier: Apache-2.0
//
// What is found out of a store by reading its whole log, wherever it is read.
//
// Threading: confined to one thread.

#pragma once

#include "persistence/inspected_log.hpp"
#include "persistence/schema_catalogue.hpp"

#include <reprise/inspect.hpp>
#include <reprise/result.hpp>

#include <cstddef>

namespace reprise::persistence {

/// As store_reader::stats(); names are those of `schemas`.
[[nodiscard]] result<store_statistics> statistics_of(const inspected_log& log,
                                                     schema_catalogue& schemas,
                                                     const progress_listener& progress);
/// As store_reader::space().
[[nodiscard]] result<store_space> space_of(const inspected_log& log, schema_catalogue& schemas,
                                           std::size_t largest, const progress_listener& progress);

}  // namespace reprise::persistence
