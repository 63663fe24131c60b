// SPDX-License-Identifier: Apache-2.0
//
// A message taken apart: what is nobody's in particular, and for each person what is theirs.
//
// Invariants
//  * Putting back all parts gives a message that reads like the first. Without a part, the fields
//    in it read as their defaults, those that the schema declares included.
//  * Putting back needs no schema: a part says itself where in the message its values stand. So
//    anybody who has the keys can read what a program wrote that is not there.
//  * Nothing that a part holds is left in the rest, nor how long it was.
// Format: docs/formats.md#sealed. Threading: pure functions.

#pragma once

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <span>
#include <string>
#include <vector>

namespace reprise::messages {

/// What one message holds of one person.
struct personal_part {
  /// The value of the field that names whose it is, as text.
  std::string subject{};
  bytes values{};
};

struct parted_message {
  /// A message of the same type.
  bytes rest{};
  /// Sorted by subject. Empty where all personal fields have their defaults.
  std::vector<personal_part> parts{};
};

/// The message with these parts put back. `errc::malformed` for what part_event() and part_state()
/// of a schema do not write.
[[nodiscard]] result<bytes> join_parts(bytes_view rest, std::span<const bytes> parts);

}  // namespace reprise::messages
