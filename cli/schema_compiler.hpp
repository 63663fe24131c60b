// SPDX-License-Identifier: Apache-2.0
//
// Runs Cap'n Proto's schema compiler.
//
// Threading: confined to one thread.

#pragma once

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <string>
#include <vector>

namespace reprise::cli {

/// The request that `capnp compile -o-` makes of these files. Its complaints go to standard error.
/// `invalid_argument` when it refuses them, `io_error` when there is no `capnp` on the path.
[[nodiscard]] result<bytes> compile_schemas(const std::vector<std::string>& files,
                                            const std::vector<std::string>& import_folders);

/// All bytes of a file, or of standard input for `-`.
[[nodiscard]] result<bytes> read_whole(const std::string& file);

}  // namespace reprise::cli
