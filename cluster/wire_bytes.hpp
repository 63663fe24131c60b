// SPDX-License-Identifier: Apache-2.0
//
// Bytes and ids to and from Cap'n Proto, and reading a message whose sender may have made any
// mistake. Only for sources that see Cap'n Proto.
//
// Threading: pure functions.

#pragma once

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace reprise::cluster {

// A message is read once; a little more, since lists are looked at for their sizes.
inline constexpr std::uint64_t traversals = 2;
inline constexpr int nesting_max = 8;

[[nodiscard]] inline capnp::Data::Reader as_data(bytes_view from) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes seen as Cap'n Proto's.
  return {reinterpret_cast<const kj::byte*>(from.data()), from.size()};
}
[[nodiscard]] inline capnp::Data::Reader as_data(std::string_view from) {
  return as_data(std::as_bytes(std::span(from.data(), from.size())));
}
[[nodiscard]] inline bytes_view view(capnp::Data::Reader from) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the same the other way.
  return {reinterpret_cast<const std::byte*>(from.begin()), from.size()};
}
[[nodiscard]] inline std::string text(capnp::Data::Reader from) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes seen as characters.
  return {reinterpret_cast<const char*>(from.begin()), from.size()};
}
template <class Tag>
bool read_id(capnp::Data::Reader from, id128<Tag>& to) {
  if (from.size() != to.value.size()) return false;
  std::memcpy(to.value.data(), from.begin(), to.value.size());
  return true;
}

[[nodiscard]] inline bytes flat(capnp::MallocMessageBuilder& message) {
  const kj::Array<capnp::word> words = capnp::messageToFlatArray(message);
  const auto raw = words.asBytes();
  const bytes_view all = view({raw.begin(), raw.size()});
  return {all.begin(), all.end()};
}

[[nodiscard]] inline error malformed(std::string_view what) {
  return {errc::malformed, "a message between nodes cannot be read: " + std::string(what)};
}

// Calls `read(root)`; whatever Cap'n Proto says of the bytes ends here.
template <class Root, class Read>
auto reading(bytes_view from, const Read& read) -> decltype(read(typename Root::Reader())) {
  if (from.empty() || from.size() % sizeof(capnp::word) != 0) return malformed("its size is wrong");
  try {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): aligned words.
    const kj::ArrayPtr<const capnp::word> words(reinterpret_cast<const capnp::word*>(from.data()),
                                                from.size() / sizeof(capnp::word));
    capnp::FlatArrayMessageReader message(
        words, {.traversalLimitInWords = words.size() * traversals, .nestingLimit = nesting_max});
    return read(message.getRoot<Root>());
  } catch (const kj::Exception& e) {
    return malformed(e.getDescription().cStr());
  }
}

}  // namespace reprise::cluster
