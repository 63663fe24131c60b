// SPDX-License-Identifier: Apache-2.0
//
// What types of a loaded schema are called.
//
// Threading: pure functions.

#pragma once

#include <capnp/schema.h>

#include <string>

namespace reprise::messages {

[[nodiscard]] std::string string_of(capnp::Text::Reader text);
/// `TripEvent.Requested`: Cap'n Proto's display name without the file.
[[nodiscard]] std::string name_of(capnp::Schema type);
/// `List(UInt16)`, `TripEvent.Requested`.
[[nodiscard]] std::string describe(capnp::Type type);

}  // namespace reprise::messages
