// SPDX-License-Identifier: Apache-2.0
//
// An aggregate whose event loses its only field when it is encoded. Written by hand, because the
// generator does not make such codecs.

#pragma once

#include <reprise/aggregate.hpp>
#include <reprise/codec.hpp>
#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace reprise::conformance {

struct forgetful_api;

struct note {
  std::string text{};
  bool operator==(const note&) const = default;
};
struct write_down {
  using api = forgetful_api;
  static constexpr std::uint32_t tag = 0;
  static constexpr std::string_view name = "writeDown";
  std::string text{};
};
struct read_out {
  using api = forgetful_api;
  using reply = note;
  static constexpr std::uint32_t tag = 1;
  static constexpr std::string_view name = "readOut";
};
struct written_down {
  using api = forgetful_api;
  static constexpr std::uint32_t tag = 0;
  static constexpr std::string_view name = "writtenDown";
  std::string text{};
  bool operator==(const written_down&) const = default;
};

struct forgetful_api {
  static constexpr std::string_view name = "Forgetful";
  static constexpr aggregate_type_id type{0xf0};
  struct cmd {};
  struct ev {};
  using state = note;
  using event = std::variant<written_down>;
  using command = std::variant<write_down, read_out>;
  static bytes_view schema() { return {}; }
};

template <class A>
consteval void check_complete(std::type_identity<A>, forgetful_api) {}

struct forgetful : aggregate<forgetful_api> {
  decision on(const write_down& c) const { return written_down{.text = c.text}; }
  decision on(const read_out&) const { return nothing; }
  void apply(const written_down& e) { text = e.text; }
};

// Text padded with blanks to a multiple of 8.
inline void encode_text(std::string_view text, bytes& out) {
  for (const char c : text) out.push_back(static_cast<std::byte>(c));
  while (out.size() % 8 != 0) out.push_back(std::byte{' '});
}
inline std::string decode_text(bytes_view message) {
  std::string text;
  for (const std::byte b : message) text += static_cast<char>(b);
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

template <class T>
struct text_codec {
  static void encode(const T& value, bytes& out) { encode_text(value.text, out); }
  static result<T> decode(bytes_view message) { return T{.text = decode_text(message)}; }
  static std::string json(const T& value) { return "{\"text\":\"" + value.text + "\"}"; }
};

}  // namespace reprise::conformance

template <>
struct reprise::codec<reprise::conformance::note>
    : reprise::conformance::text_codec<reprise::conformance::note> {};
template <>
struct reprise::codec<reprise::conformance::write_down>
    : reprise::conformance::text_codec<reprise::conformance::write_down> {};
template <>
struct reprise::codec<reprise::conformance::written_down>
    : reprise::conformance::text_codec<reprise::conformance::written_down> {
  static void encode(const conformance::written_down&, bytes& out) { out.resize(out.size() + 8); }
  static result<conformance::written_down> decode(bytes_view) {
    return conformance::written_down{};
  }
};
template <>
struct reprise::codec<reprise::conformance::read_out> {
  static void encode(const conformance::read_out&, bytes& out) { out.resize(out.size() + 8); }
  static result<conformance::read_out> decode(bytes_view) { return conformance::read_out{}; }
  static std::string json(const conformance::read_out&) { return "{}"; }
};
