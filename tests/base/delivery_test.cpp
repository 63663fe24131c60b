// SPDX-License-Identifier: Apache-2.0
#include <reprise/detail/delivery.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace reprise;
using reprise::detail::delivery;

namespace {

constexpr delivery some{
    .consumer = 0x8000000000000001U, .partition = {7}, .at = {1234}, .index = 2};

attributes headers(std::string text) {
  return {{"other", "1/2/3/4"}, {std::string(detail::delivery_header), std::move(text)}};
}

}  // namespace

TEST_CASE("where a command comes from is read back from its header") {
  CHECK(detail::to_text(some) == "8000000000000001/7/1234/2");
  CHECK(detail::delivery_in(headers(detail::to_text(some))) == some);
}

TEST_CASE("a header that says nothing readable is none") {
  CHECK_FALSE(detail::delivery_in({}));
  for (const char* text : {"", "1", "1/2/3", "1/2/3/", "1/2/3/4/5", "1/2/3/4 ", "x/2/3/4",
                           "1/-2/3/4", "1/2/3/99999999999", "11111111111111111/2/3/4"}) {
    INFO(text);
    CHECK_FALSE(detail::delivery_in(headers(text)));
  }
}

TEST_CASE("of two from one source the one that was asked for later comes after") {
  delivery later = some;
  later.index = 3;
  CHECK(later.comes_after(some));
  later = {.consumer = some.consumer, .partition = some.partition, .at = {1235}, .index = 0};
  CHECK(later.comes_after(some));
  CHECK_FALSE(some.comes_after(later));
  CHECK_FALSE(some.comes_after(some));
  later.partition = {8};
  CHECK_FALSE(later.same_source(some));
}

TEST_CASE("the command's id is the same for each repeat, and another for each receiver") {
  const aggregate_key ann{{1}, "", "ann"};
  CHECK(detail::command_of(some, ann) == detail::command_of(some, ann));
  CHECK(detail::command_of(some, ann) != detail::command_of(some, {{1}, "a", "nn"}));
  CHECK(detail::command_of(some, ann) != detail::command_of(some, {{2}, "", "ann"}));
  delivery other = some;
  other.index = 3;
  CHECK(detail::command_of(some, ann) != detail::command_of(other, ann));
}
