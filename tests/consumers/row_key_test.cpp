// SPDX-License-Identifier: Apache-2.0
//
// Keys of rows as bytes, which stand on disk.
#include <reprise/detail/row_key.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::detail {
namespace {

using namespace std::string_view_literals;

std::string encoded(std::string_view text) {
  bytes out;
  row_key<std::string>::encode(text, out);
  std::string shown;
  for (const std::byte b : out) shown += static_cast<char>(b);
  return shown;
}

TEST_CASE("a text ends with two zeros, and a zero in it is followed by 255") {
  CHECK(encoded("") == "\0\0"sv);
  CHECK(encoded("ann") == "ann\0\0"sv);
  CHECK(encoded("a\0b"sv) == "a\0\377b\0\0"sv);
  CHECK(encoded("\0"sv) == "\0\377\0\0"sv);
  CHECK(encoded("\0\0a\0"sv) == "\0\377\0\377a\0\377\0\0"sv);
}

TEST_CASE("texts are read back, and their bytes have their order") {
  const std::vector<std::string> ordered{
      "", std::string("\0", 1), std::string("\0\0", 2), "a", std::string("a\0", 2), "a\1", "aa",
      "b"};
  std::vector<bytes> keys;
  for (const std::string& text : ordered) {
    bytes& key = keys.emplace_back();
    row_key<std::string>::encode(text, key);
    bytes_view rest = key;
    std::string back;
    REQUIRE(row_key<std::string>::decode(rest, back));
    CHECK(back == text);
    CHECK(rest.empty());
  }
  CHECK(std::ranges::is_sorted(keys));
}

}  // namespace
}  // namespace reprise::detail
