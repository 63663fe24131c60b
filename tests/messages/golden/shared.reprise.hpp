// Made by capnpc-reprise from shared.capnp; changes here are lost.

#pragma once

#include <reprise/codec.hpp>
#include <reprise/ids.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace shared_schema {

enum class currency : std::uint16_t {
  usd,
  eur,
  /// A keyword of C++.
  new_,
};

struct money {
  std::int64_t cents{};
  ::shared_schema::currency currency{::shared_schema::currency::eur};

  bool operator==(const money&) const = default;
};

// The schema's name; empty for a number that this version does not know.
[[nodiscard]] std::string_view to_string(currency value) noexcept;

}  // namespace shared_schema

template <>
struct reprise::codec<shared_schema::money> {
  static void encode(const shared_schema::money& value, bytes& out);
  static result<shared_schema::money> decode(bytes_view message);
  static std::string json(const shared_schema::money& value);
};
