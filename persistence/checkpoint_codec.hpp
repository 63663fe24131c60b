// SPDX-License-Identifier: Apache-2.0
//
// A checkpoint, and the name that it is kept under, as bytes. Format: docs/formats.md#checkpoints.
//
// Threading: pure functions.

#pragma once

#include "persistence/checkpoint_store.hpp"

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <string>
#include <string_view>

namespace reprise::persistence {

/// How keys begin: the name's length, the name, and zeros up to a multiple of 8.
[[nodiscard]] bytes encode_name(std::string_view name);
/// The name that a key begins with. `corrupt` when it is longer than the key.
[[nodiscard]] result<std::string> decode_name(bytes_view key);

[[nodiscard]] bytes encode_checkpoint(const checkpoint& taken);
/// `corrupt` for what encode_checkpoint() did not write, `incompatible` for an unknown format.
[[nodiscard]] result<checkpoint> decode_checkpoint(bytes_view stored);

}  // namespace reprise::persistence
