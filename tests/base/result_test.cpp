// SPDX-License-Identifier: Apache-2.0
#include <reprise/result.hpp>

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <set>
#include <string>
#include <string_view>

using namespace reprise;

namespace {

constexpr auto codes = static_cast<unsigned>(errc::stopped) + 1;

// snippet: half
result<int> half(int n) {
  if (n % 2 != 0) return error{errc::invalid_argument, std::to_string(n) + " is odd", 17};
  return n / 2;
}
// snippet end

}  // namespace

TEST_CASE("a result holds a value or an error") {
  const result<int> good = half(4);
  REQUIRE(good.has_value());
  CHECK(good);
  CHECK(*good == 2);
  CHECK(good.value_or(9) == 2);

  const result<int> bad = half(3);
  REQUIRE_FALSE(bad.has_value());
  CHECK(bad.error() == error{errc::invalid_argument, "3 is odd", 17});
  CHECK(bad.value_or(9) == 9);
}

TEST_CASE("a result of nothing tells success from failure") {
  const result<void> good;
  CHECK(good.has_value());
  const result<void> bad = error{errc::disk_full, "no room"};
  CHECK_FALSE(bad.has_value());
  CHECK(bad.error().code == errc::disk_full);
}

TEST_CASE("a value that can only be moved is moved out of its result") {
  result<std::unique_ptr<int>> held = std::make_unique<int>(5);
  const std::unique_ptr<int> taken = *std::move(held);
  CHECK(*taken == 5);
}

TEST_CASE("the arrow reaches into the value") {
  result<std::string> text = std::string("trip");
  text->append("-1");
  CHECK(*text == "trip-1");
}

TEST_CASE("every code has a name of its own and a sentence") {
  std::set<std::string_view> names;
  for (unsigned i = 0; i < codes; ++i) {
    const auto code = static_cast<errc>(i);
    CAPTURE(i);
    CHECK_FALSE(to_string(code).empty());
    CHECK(describe(code).ends_with("."));
    names.insert(to_string(code));
  }
  CHECK(names.size() == codes);
}

// The table of meanings stands in the order of the enumeration; these would slip if it did not.
TEST_CASE("names belong to their codes") {
  CHECK(to_string(errc::invalid_argument) == "invalid_argument");
  CHECK(to_string(errc::overloaded) == "overloaded");
  CHECK(to_string(errc::commit_unknown) == "commit_unknown");
  CHECK(to_string(errc::corrupt) == "corrupt");
  CHECK(to_string(errc::handler_failed) == "handler_failed");
  CHECK(to_string(errc::beyond_head) == "beyond_head");
  CHECK(to_string(errc::stopped) == "stopped");
}

TEST_CASE("an unknown outcome is none of the certain ones") {
  for (unsigned i = 0; i < codes; ++i) {
    const auto code = static_cast<errc>(i);
    CAPTURE(to_string(code));
    CHECK(is_unknown(code) == (code == errc::commit_unknown || code == errc::timed_out));
  }
}

TEST_CASE("what may succeed when repeated is retryable, what cannot is not") {
  for (const errc code : {errc::overloaded, errc::unavailable, errc::disk_full, errc::timed_out,
                          errc::commit_unknown, errc::expired}) {
    CAPTURE(to_string(code));
    CHECK(is_retryable(code));
  }
  for (const errc code : {errc::invalid_argument, errc::sequence_conflict, errc::id_conflict,
                          errc::too_large, errc::corrupt, errc::incompatible, errc::tombstoned}) {
    CAPTURE(to_string(code));
    CHECK_FALSE(is_retryable(code));
  }
}

TEST_CASE("an error as text begins with its code") {
  CHECK(to_string(error{errc::sequence_conflict, "append acct-7 at 12: journal is at 14", 14}) ==
        "sequence_conflict: append acct-7 at 12: journal is at 14");
}
