// SPDX-License-Identifier: Apache-2.0
//
// What is kept in mind of the rows that a batch has read.
#include "consumers/rows_read.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <vector>

namespace reprise::consumers {
namespace {

bytes key(std::uint32_t n) {
  bytes out(8);
  for (std::size_t i = 0; i < 4; ++i) out[i] = static_cast<std::byte>(n >> (24 - 8 * i));
  return out;
}

TEST_CASE("rows and ranges that were read are found among those that were changed") {
  rows_read read;
  CHECK_FALSE(read.holds_any({key(1)}));
  read.row(key(5));
  read.range(key(10), key(20));
  CHECK(read.holds_any({key(1), key(5)}));
  CHECK(read.holds_any({key(1), key(10)}));
  CHECK(read.holds_any({key(19), key(40)}));
  CHECK_FALSE(read.holds_any({key(1), key(6), key(20)}));
  CHECK_FALSE(read.holds_any({}));
  // The same beginning, and further.
  read.range(key(10), key(30));
  read.range(key(10), key(15));
  CHECK(read.holds_any({key(29)}));
  read.clear();
  CHECK_FALSE(read.holds_any({key(5), key(10)}));
}

TEST_CASE("more rows or ranges than are kept in mind stand for all") {
  rows_read rows;
  for (std::uint32_t i = 0; i <= 1U << 20U; ++i) rows.row(key(i));
  CHECK(rows.holds_any({key(~0U)}));
  CHECK_FALSE(rows.holds_any({}));
  rows_read ranges;
  for (std::uint32_t i = 0; i <= 1U << 10U; ++i) ranges.range(key(2 * i), key(2 * i + 1));
  CHECK(ranges.holds_any({key(~0U)}));
  ranges.clear();
  CHECK_FALSE(ranges.holds_any({key(~0U)}));
}

}  // namespace
}  // namespace reprise::consumers
