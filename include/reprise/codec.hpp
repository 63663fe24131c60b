// SPDX-License-Identifier: Apache-2.0
//
// How generated value structs become bytes and JSON. `capnpc-reprise` specialises `codec` for
// every command, event, state and reply; users never write one.
//
// Format: one Cap'n Proto message as a single raw segment without framing, padded to 8 bytes.
// Threading: pure functions.

#pragma once

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <string>

namespace reprise {

/// Encoding of T. Every specialisation has exactly these members:
///   static void encode(const T& value, bytes& out);       appends; `out.size()` stays a multiple
///   of 8 static result<T> decode(bytes_view message);          `errc::malformed` for what it
///   cannot read static std::string json(const T& value);              one line, field order of the
///   schema
/// and where fields of T, or of what it holds, are marked as personal in the schema:
///   static constexpr bool holds_personal_data = true;
/// `decode` copes with any alignment and bounds its work by the size of `message`.
template <class T>
struct codec;

/// Fields of T, or of what it holds, are marked as personal.
template <class T>
concept holds_personal_data = requires {
  codec<T>::holds_personal_data;
};

}  // namespace reprise
