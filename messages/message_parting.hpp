// SPDX-License-Identifier: Apache-2.0
//
// What is done with one message by the personal fields of its type: takes it apart, and writes out
// what was forgotten.
//
// Threading: pure functions.

#pragma once

#include "messages/personal_fields.hpp"
#include "messages/personal_parts.hpp"

#include <capnp/dynamic.h>

namespace reprise::messages {

/// Throws kj::Exception for a message that is not of that type.
[[nodiscard]] parted_message part_message(bytes_view message, capnp::StructSchema type,
                                          const personal_fields& fields);

/// Personal fields that are not there get the values that they read as: JSON leaves out what is
/// not there.
void write_out_defaults(capnp::DynamicStruct::Builder message, const personal_fields& fields);

}  // namespace reprise::messages
