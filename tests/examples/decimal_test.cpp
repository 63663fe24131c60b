// SPDX-License-Identifier: Apache-2.0
#include "examples/trip/decimal.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <string_view>

namespace {

std::string fault_of(std::string_view text) {
  const auto reading = taxi::parse_cents(text);
  return reading.fault ? reading.fault->what : "";
}

}  // namespace

TEST_CASE("an amount with up to two decimals is exact in cents") {
  CHECK(taxi::parse_cents("12.95").value == 1295);
  CHECK(taxi::parse_cents("7.0").value == 700);
  CHECK(taxi::parse_cents("7.5").value == 750);
  CHECK(taxi::parse_cents("0.01").value == 1);
  CHECK(taxi::parse_cents("12").value == 1200);
  CHECK(taxi::parse_cents("007.10").value == 710);
}

TEST_CASE("every amount of cents comes back from its text") {
  for (std::uint32_t cents = 0; cents <= 30'000; ++cents) {
    const auto reading = taxi::parse_cents(taxi::cents_text(cents));
    REQUIRE_FALSE(reading.fault);
    REQUIRE(reading.value == cents);
  }
}

TEST_CASE("more than two decimals are accepted only where they are zero") {
  CHECK(taxi::parse_cents("1.230").value == 123);
  CHECK(fault_of("1.230").empty());
  CHECK(fault_of("1.235") == "has a fraction of a cent");
  CHECK(fault_of("1.2300001") == "has a fraction of a cent");
}

TEST_CASE("the largest amount is accepted and the next one is not") {
  CHECK(taxi::parse_cents("42949672.95").value == 4'294'967'295U);
  CHECK(fault_of("42949672.95").empty());
  CHECK(fault_of("42949672.96") == "is too large");
  CHECK(fault_of("99999999999999999999999999") == "is too large");
}

TEST_CASE("an amount that is negative or no number is refused") {
  CHECK(fault_of("-3.00") == "is negative");
  for (const auto* text :
       {"", "-", ".", "1.", ".5", "+1", " 1", "1 ", "1,5", "1.2.3", "1e3", "nan", "--1", "0x10"}) {
    CAPTURE(text);
    CHECK(fault_of(text) == "is not a number");
  }
}

TEST_CASE("a distance is a plain number that is not negative") {
  CHECK(taxi::parse_number("1.37").value == 1.37);
  CHECK(taxi::parse_number("0").value == 0.0);
  CHECK(taxi::parse_number("-1.5").fault.has_value());
  CHECK(taxi::parse_number("inf").fault.has_value());
  CHECK(taxi::parse_number("1e400").fault.has_value());
  CHECK(taxi::parse_number(std::string(400, '9')).fault.has_value());
}

TEST_CASE("a count is a whole number of at most 16 bits") {
  CHECK(taxi::parse_count("0") == 0);
  CHECK(taxi::parse_count("65535") == 65535);
  for (const auto* text : {"", "65536", "-1", "1.0", "1 ", "one"}) {
    CAPTURE(text);
    CHECK_FALSE(taxi::parse_count(text).has_value());
  }
}
