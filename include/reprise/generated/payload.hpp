// SPDX-License-Identifier: Apache-2.0
//
// What the code that `capnpc-reprise` writes calls. Not for hand-written code; the only public
// header that needs Cap'n Proto.
//
// Generated code has for each pair of a value type and its Cap'n Proto type two functions in the
// Cap'n Proto type's namespace, found by argument-dependent lookup:
//   void write(const ride::place& from, ride::wire::Place::Builder to);
//   void read(ride::wire::Place::Reader from, ride::place& to);
//
// Invariants
//  * An encoded message is one raw segment without framing, so its size is a multiple of 8.
//  * No exception of Cap'n Proto leaves decode(): each becomes errc::malformed.
//  * Decoding reads at most four times as many words as the message has (at least 1024), and
//    follows at most 64 pointers in depth.
// Threading: pure functions.

#pragma once

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <capnp/dynamic.h>
#include <capnp/message.h>
#include <capnp/serialize.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::generated {

/// Thrown by read() when a union holds a member that this version does not know, and by event
/// codecs when the message holds another event. Never leaves decode().
struct unreadable {
  std::string why{};
};
[[noreturn]] void throw_unreadable(std::string_view what, unsigned member);

/// Most payloads fit; larger ones cost one more copy.
inline constexpr std::size_t scratch_words = 128;

/// Builds one message on the stack. The scratch must be zero: Cap'n Proto relies on it.
class writer {
 public:
  template <class Wire>
  typename Wire::Builder root() {
    return message_.initRoot<Wire>();
  }
  /// Appends the message as one raw segment.
  void append_to(bytes& out);

 private:
  capnp::word scratch_[scratch_words]{};
  capnp::MallocMessageBuilder message_{kj::arrayPtr(scratch_, scratch_words)};
};

/// Reads one raw segment, which must outlive it; copies it first when it is not aligned.
class reader {
 public:
  explicit reader(bytes_view message, std::uint64_t traversals = 4)
      : segment_(aligned(message)), message_(one(), limits(traversals)) {}
  reader(const reader&) = delete;
  reader& operator=(const reader&) = delete;

  template <class Wire>
  typename Wire::Reader root() {
    return message_.getRoot<Wire>();
  }
  /// For a type that is known at run time only.
  capnp::DynamicStruct::Reader root(capnp::StructSchema type) {
    return message_.getRoot<capnp::DynamicStruct>(type);
  }

 private:
  using segment = kj::ArrayPtr<const capnp::word>;

  segment aligned(bytes_view message);
  kj::ArrayPtr<const segment> one() const { return kj::arrayPtr(&segment_, 1); }
  capnp::ReaderOptions limits(std::uint64_t traversals) const;

  kj::Array<capnp::word> copy_;
  segment segment_;
  capnp::SegmentArrayMessageReader message_;
};

/// What went wrong, without Cap'n Proto's own words for places and source lines.
[[nodiscard]] error malformed(const kj::Exception& e);
[[nodiscard]] error malformed(const unreadable& e);
/// Names the reason why `message` cannot be one; nothing when it may be.
[[nodiscard]] std::optional<error> refuse_size(bytes_view message);

/// Throws std::length_error when the value is larger than a Cap'n Proto message can be.
template <class Wire, class T>
void encode(const T& value, bytes& out) {
  try {
    writer message;
    write(value, message.root<Wire>());
    message.append_to(out);
  } catch (const kj::Exception&) {
    throw std::length_error("the value is larger than a Cap'n Proto message can be");
  }
}

template <class Wire, class T>
result<T> decode(bytes_view message) {
  if (auto refused = refuse_size(message)) return std::move(*refused);
  try {
    reader in(message);
    T out;
    read(in.root<Wire>(), out);
    return out;
  } catch (const kj::Exception& e) {
    return malformed(e);
  } catch (const unreadable& e) {
    return malformed(e);
  }
}

/// One line of JSON.
[[nodiscard]] std::string to_json(capnp::DynamicStruct::Reader value);
/// One line of JSON of what the struct's anonymous union holds, without its name: the fields of a
/// struct or group, `{}` for Void, `{"value":...}` for everything else.
[[nodiscard]] std::string member_to_json(capnp::DynamicStruct::Reader value);

template <class Wire, class T>
std::string json(const T& value) {
  writer message;
  auto root = message.root<Wire>();
  write(value, root);
  return to_json(root.asReader());
}
template <class Wire, class T>
std::string member_json(const T& value) {
  writer message;
  auto root = message.root<Wire>();
  write(value, root);
  return member_to_json(root.asReader());
}

// Between values and Cap'n Proto's views of them.

inline std::string text(capnp::Text::Reader from) {
  return {from.begin(), from.size()};
}
inline capnp::Text::Reader text(const std::string& from) {
  return {from.c_str(), from.size()};
}

inline bytes data(capnp::Data::Reader from) {
  bytes out(from.size());
  if (!out.empty()) std::memcpy(out.data(), from.begin(), out.size());
  return out;
}
inline capnp::Data::Reader data(const bytes& from) {
  return {reinterpret_cast<const kj::byte*>(from.data()), from.size()};
}

/// Cap'n Proto counts with 29 bits; what it cannot count it must refuse, not cut off.
inline unsigned count(std::size_t size) {
  if (size >= (1U << 29U)) {
    throw std::length_error("a list is longer than a Cap'n Proto message can hold");
  }
  return static_cast<unsigned>(size);
}

template <class T, class Reader>
T value(Reader from) {
  T out;
  read(from, out);
  return out;
}

template <class T, class List, class Read>
std::vector<T> read_list(List from, Read each) {
  std::vector<T> out;
  out.reserve(from.size());
  for (unsigned i = 0; i < from.size(); ++i) out.push_back(each(from[i]));
  return out;
}
template <class T, class List, class Write>
void write_list(const std::vector<T>& from, List to, Write each) {
  for (unsigned i = 0; i < to.size(); ++i) each(to, i, from[i]);
}

/// The message must hold the union member that the codec is for.
template <class Which>
void require_member(Which holds, unsigned wanted, std::string_view what) {
  if (static_cast<unsigned>(holds) != wanted) {
    throw_unreadable(what, static_cast<unsigned>(holds));
  }
}

}  // namespace reprise::generated
