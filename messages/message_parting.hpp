// SPDX-License-Identifier: Apache-2.0
//
// Takes one message apart by the personal fields of its type.
//
// Threading: pure functions.

#pragma once

#include "messages/personal_fields.hpp"
#include "messages/personal_parts.hpp"

namespace reprise::messages {

/// Throws kj::Exception for a message that is not of that type.
[[nodiscard]] parted_message part_message(bytes_view message, capnp::StructSchema type,
                                          const personal_fields& fields);

}  // namespace reprise::messages
