// SPDX-License-Identifier: Apache-2.0
//
// Exports of a store, wherever it is read: from its files, or through a node that has it open.
//
// Threading: confined to one thread; blocks until it is done.

#pragma once

#include "persistence/inspected_log.hpp"

#include <reprise/exchange.hpp>
#include <reprise/result.hpp>

#include <filesystem>
#include <functional>

namespace reprise::persistence {

/// As reprise::export_records(). `unavailable` when it is read through nodes, and none answers, or
/// another one that has less.
[[nodiscard]] result<export_summary> export_log(const inspected_log& from, const export_sink& to,
                                                const export_options& what,
                                                const progress_listener& listener);

/// Has `write` fill a file, which gets its name when that was done. As
/// reprise::export_to_file().
[[nodiscard]] result<export_summary> export_into(
    const std::filesystem::path& to, bool replace,
    const std::function<result<export_summary>(const export_sink&)>& write);

}  // namespace reprise::persistence
