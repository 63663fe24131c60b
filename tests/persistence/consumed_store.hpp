// SPDX-License-Identifier: Apache-2.0
//
// What `store_child consume` keeps beside its log, and whether a store holds it whole: a projection
// that counts the records of each partition, in a row at each end of many that never change, and a
// subscription that follows behind it.
//
// Threading: confined to the caller.

#pragma once

#include "persistence/lmdb_journal.hpp"

#include <filesystem>
#include <functional>
#include <string>

namespace reprise::persistence {

/// Appends events one by one and consumes each; says a line whenever all of that is durable. Ends
/// only when something fails, and returns why.
[[nodiscard]] error consume_without_end(lmdb_journal& log, const std::filesystem::path& directory,
                                        const std::function<void(const std::string&)>& say);

/// The first thing that is wrong with what consumers keep in a store that nobody has open, or
/// nothing: rows and checkpoint that do not belong together, or that know of more than the log.
[[nodiscard]] std::string fault_in_consumed(const std::filesystem::path& directory);

}  // namespace reprise::persistence
