// SPDX-License-Identifier: Apache-2.0
//
// The form in which a payload with personal data is stored: the rest of the message as it is, and
// behind it each subject's part, sealed with a key of that subject.
//
// Invariants
//  * What is sealed begins like no encoded message, so it is told from one by itself.
//  * A part opens only in the payload that it was sealed in: type, event and rest are bound to it.
//  * What cannot be authenticated is `errc::corrupt`, never a default.
// Format: docs/formats.md#sealed. Threading: pure functions, but for the keys.

#pragma once

#include "messages/personal_parts.hpp"
#include "persistence/key_source.hpp"
#include "persistence/subject_keys.hpp"

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <optional>

namespace reprise::persistence {

/// What a payload is of.
struct sealed_as {
  aggregate_type_id type{};
  /// Nothing for a state.
  std::optional<std::uint32_t> event{};
};

[[nodiscard]] bool is_sealed(bytes_view payload);

/// Makes keys where there are none.
[[nodiscard]] bytes seal(const messages::parted_message& parted, const sealed_as& what,
                         subject_keys& keys);
/// The whole message; the fields of whose key is gone have their defaults. `corrupt`.
[[nodiscard]] result<bytes> unseal(bytes_view payload, const sealed_as& what,
                                   const key_source& keys);
/// The message as it is without any key. `corrupt`.
[[nodiscard]] result<bytes_view> without_sealed(bytes_view payload);

}  // namespace reprise::persistence
