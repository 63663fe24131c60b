// SPDX-License-Identifier: Apache-2.0
#include "base/checksum.hpp"

#include <reprise/ids.hpp>

#include <catch2/catch_test_macros.hpp>

#include <set>
#include <string_view>
#include <vector>

using namespace reprise::base;

namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace

// Checksums stand on disk: a change of algorithm would make every journal unreadable.
TEST_CASE("checksums are XXH3 as published") {
  CHECK(checksum64(bytes_of("")) == 0x2d06800538d394c2U);
  // The published 99aa06d3014798d86001c324468d497f, low half first, each little-endian.
  CHECK(reprise::to_hex(checksum128(bytes_of(""))) == "7f498d4624c30160d8984701d306aa99");
}

TEST_CASE("one changed bit anywhere changes both checksums") {
  for (const std::size_t size : {1U, 8U, 16U, 17U, 128U, 129U, 240U, 241U, 1024U}) {
    CAPTURE(size);
    std::vector<std::byte> data(size, std::byte{0x5a});
    const auto before64 = checksum64(data);
    const auto before128 = checksum128(data);
    for (std::size_t bit = 0; bit < size * 8; ++bit) {
      const auto mask = std::byte{1} << (bit % 8);
      data[bit / 8] ^= mask;
      REQUIRE(checksum64(data) != before64);
      REQUIRE(checksum128(data) != before128);
      data[bit / 8] ^= mask;
    }
  }
}

TEST_CASE("seeds give independent checksums of the same bytes") {
  std::set<std::uint64_t> seen;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) seen.insert(checksum64(bytes_of("trip"), seed));
  CHECK(seen.size() == 1000);
  CHECK(checksum64(bytes_of("trip")) == checksum64(bytes_of("trip"), 0));
}
