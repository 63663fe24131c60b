// SPDX-License-Identifier: Apache-2.0
//
// Keys and values of rows as bytes. The order of encoded keys is the order of the keys, and no
// encoded key is the beginning of another, so that several can stand in a row.
//
// Invariant: encodings stand on disk and must not change.
// Threading: pure functions.

#pragma once

#include <reprise/codec.hpp>
#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace reprise::detail {

inline void append_big_endian(std::uint64_t value, bytes& out) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    out.push_back(static_cast<std::byte>(value >> static_cast<unsigned>(shift)));
  }
}

inline bool take_big_endian(bytes_view& from, std::uint64_t& value) {
  if (from.size() < 8) return false;
  value = 0;
  for (int i = 0; i < 8; ++i)
    value = value << 8U | std::to_integer<std::uint64_t>(from[static_cast<std::size_t>(i)]);
  from = from.subspan(8);
  return true;
}

/// How a K becomes a key: `encode` appends, `decode` takes off the front and says whether it could.
template <class K>
struct row_key;

template <std::unsigned_integral K>
struct row_key<K> {
  static void encode(K key, bytes& out) { append_big_endian(key, out); }
  static bool decode(bytes_view& from, K& key) {
    std::uint64_t wide = 0;
    if (!take_big_endian(from, wide)) return false;
    key = static_cast<K>(wide);
    return true;
  }
};

template <std::signed_integral K>
struct row_key<K> {
  // The sign turned round: negative ones come first.
  static constexpr std::uint64_t sign = std::uint64_t{1} << 63U;
  static void encode(K key, bytes& out) {
    append_big_endian(static_cast<std::uint64_t>(std::int64_t{key}) ^ sign, out);
  }
  static bool decode(bytes_view& from, K& key) {
    std::uint64_t wide = 0;
    if (!take_big_endian(from, wide)) return false;
    key = static_cast<K>(static_cast<std::int64_t>(wide ^ sign));
    return true;
  }
};

template <>
struct row_key<std::string> {
  // A zero is written as 0 255, the end as 0 0: a text comes before those that it begins.
  static void encode_open(std::string_view key, bytes& out) {
    while (!key.empty()) {
      const std::size_t zero = std::min(key.find('\0'), key.size());
      const auto whole = std::as_bytes(std::span(key.substr(0, zero)));
      out.insert(out.end(), whole.begin(), whole.end());
      if (zero == key.size()) return;
      out.insert(out.end(), {std::byte{0}, std::byte{255}});
      key.remove_prefix(zero + 1);
    }
  }
  static void encode(std::string_view key, bytes& out) {
    encode_open(key, out);
    out.insert(out.end(), 2, std::byte{0});
  }
  static bool decode(bytes_view& from, std::string& key) {
    key.clear();
    for (std::size_t i = 0; i < from.size(); ++i) {
      if (from[i] != std::byte{0}) {
        key += static_cast<char>(from[i]);
        continue;
      }
      if (++i == from.size()) return false;
      if (from[i] == std::byte{0}) {
        from = from.subspan(i + 1);
        return true;
      }
      key += '\0';
    }
    return false;
  }
};

template <class Tag>
struct row_key<id128<Tag>> {
  static void encode(const id128<Tag>& key, bytes& out) {
    out.insert(out.end(), key.value.begin(), key.value.end());
  }
  static bool decode(bytes_view& from, id128<Tag>& key) {
    if (from.size() < key.value.size()) return false;
    std::memcpy(key.value.data(), from.data(), key.value.size());
    from = from.subspan(key.value.size());
    return true;
  }
};

template <class... K>
struct row_key<std::tuple<K...>> {
  static void encode(const std::tuple<K...>& key, bytes& out) {
    std::apply([&](const K&... part) { (row_key<K>::encode(part, out), ...); }, key);
  }
  static bool decode(bytes_view& from, std::tuple<K...>& key) {
    return std::apply([&](K&... part) { return (row_key<K>::decode(from, part) && ...); }, key);
  }
};

/// The parts of Lead are the first ones of K.
template <class Lead, class K>
inline constexpr bool is_lead = false;
template <class... Lead, class... K>
inline constexpr bool is_lead<std::tuple<Lead...>, std::tuple<K...>> = [] {
  if constexpr (sizeof...(Lead) > sizeof...(K)) {
    return false;
  } else {
    return []<std::size_t... i>(std::index_sequence<i...>) {
      return (std::same_as<std::tuple_element_t<i, std::tuple<Lead...>>,
                           std::tuple_element_t<i, std::tuple<K...>>> &&
              ...);
    }
    (std::index_sequence_for<Lead...>{});
  }
}();
template <class Lead, class K>
concept leads = is_lead<Lead, K>;

/// What the keys of a table begin with: the length of its name, and the name. Its first byte is
/// between 1 and 33, which leaves the others to those who store rows of their own beside it.
inline bytes table_prefix(std::string_view name) {
  constexpr std::size_t name_bytes_max = 33;
  if (name.empty() || name.size() > name_bytes_max) {
    throw std::invalid_argument("the name of a table has 1 to 32 bytes: " + std::string(name));
  }
  bytes prefix{static_cast<std::byte>(name.size())};
  for (const char c : name) prefix.push_back(static_cast<std::byte>(c));
  return prefix;
}

/// The first bytes that come after everything that begins with these, of which one is not 255.
inline bytes behind(bytes start) {
  while (start.back() == std::byte{255}) start.pop_back();
  start.back() = static_cast<std::byte>(std::to_integer<unsigned>(start.back()) + 1);
  return start;
}

/// How a V becomes a value: a generated struct by its codec, a number as 8 bytes, a text as it is.
/// `encode` appends to nothing, that is, `out` must be empty.
template <class V>
struct row_value {
  static void encode(const V& value, bytes& out) { codec<V>::encode(value, out); }
  static result<V> decode(bytes_view stored) { return codec<V>::decode(stored); }
};

template <class V>
requires std::is_arithmetic_v<V>
struct row_value<V> {
  using wide =
      std::conditional_t<std::floating_point<V>, double,
                         std::conditional_t<std::signed_integral<V>, std::int64_t, std::uint64_t>>;
  static void encode(V value, bytes& out) {
    const wide stored{value};
    out.resize(sizeof stored);
    std::memcpy(out.data(), &stored, sizeof stored);
  }
  static result<V> decode(bytes_view stored) {
    wide value{};
    if (stored.size() != sizeof value) return error{errc::malformed, "a row holds no number"};
    std::memcpy(&value, stored.data(), sizeof value);
    return static_cast<V>(value);
  }
};

template <>
struct row_value<std::string> {
  static void encode(const std::string& value, bytes& out) {
    const auto all = std::as_bytes(std::span(value));
    out.assign(all.begin(), all.end());
  }
  static result<std::string> decode(bytes_view stored) {
    std::string value(stored.size(), '\0');
    if (!stored.empty()) std::memcpy(value.data(), stored.data(), stored.size());
    return value;
  }
};

}  // namespace reprise::detail
