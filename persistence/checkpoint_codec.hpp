// SPDX-License-Identifier: Apache-2.0
//
// A checkpoint as bytes. Format: docs/formats.md#checkpoints.
//
// Threading: pure functions.

#pragma once

#include "persistence/checkpoint_store.hpp"

#include <reprise/ids.hpp>

namespace reprise::persistence {

[[nodiscard]] bytes encode_checkpoint(const checkpoint& taken);
/// `corrupt` for what encode_checkpoint() did not write, `incompatible` for an unknown format.
[[nodiscard]] result<checkpoint> decode_checkpoint(bytes_view stored);

}  // namespace reprise::persistence
