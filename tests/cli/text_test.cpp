// SPDX-License-Identifier: Apache-2.0
#include "cli/text.hpp"

#include <reprise/inspect.hpp>

#include <catch2/catch_test_macros.hpp>

#include <chrono>

using namespace reprise;
using namespace reprise::cli;
using std::chrono::microseconds;

TEST_CASE("times are UTC with microseconds") {
  CHECK(iso_time(timestamp(microseconds(0))) == "1970-01-01T00:00:00.000000Z");
  CHECK(iso_time(timestamp(microseconds(1'553'385'600'000'123))) == "2019-03-24T00:00:00.000123Z");
  CHECK(iso_time(timestamp(microseconds(-1))) == "1969-12-31T23:59:59.999999Z");
}

TEST_CASE("times that no calendar holds are plain microseconds") {
  CHECK(iso_time(timestamp::max()) == "9223372036854775807us");
  CHECK(iso_time(timestamp::min()) == "-9223372036854775808us");
}

TEST_CASE("control characters are shown instead of obeyed") {
  CHECK(printable("a\x1b[31mb\n\x7f") == "a\\x1b[31mb\\x0a\\x7f");
  CHECK(printable("\xc2\x9b"
                  "2J") == "\\x9b2J");
}

TEST_CASE("other text is kept") {
  CHECK(printable("Zürich \xc2\xa0 100 €") == "Zürich \xc2\xa0 100 €");
  CHECK(printable("\xc2") == "\xc2");
}

TEST_CASE("numbers are grouped by thousands") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1000) == "1,000");
  CHECK(grouped(12'345'678) == "12,345,678");
}

TEST_CASE("sizes have the unit that keeps them short") {
  CHECK(byte_size(0) == "0 B");
  CHECK(byte_size(1023) == "1023 B");
  CHECK(byte_size(1536) == "1.5 KiB");
  CHECK(byte_size(std::uint64_t{3} << 40U) == "3.0 TiB");
}

TEST_CASE("type ids have all their digits") {
  CHECK(hexadecimal(0xabc) == "0x0000000000000abc");
}

TEST_CASE("durations have one unit, and nothing else is one") {
  using std::chrono::seconds;
  CHECK(duration_in("90s") == seconds(90));
  CHECK(duration_in("15m") == seconds(900));
  CHECK(duration_in("12h") == seconds(43'200));
  CHECK(duration_in("30d") == seconds(2'592'000));
  for (const char* odd :
       {"", "d", "30", "0d", "-1d", "1.5h", "1h30m", " 1h", "365251d", "99999999999999999999s"}) {
    CAPTURE(odd);
    REQUIRE_FALSE(duration_in(odd).has_value());
    CHECK(duration_in(odd).error().code == errc::invalid_argument);
  }
}

TEST_CASE("times are in UTC, whole days or to the microsecond, and nothing else is one") {
  const auto day = std::chrono::sys_days(std::chrono::year(2026) / 11 / 29);
  CHECK(time_in("2026-11-29") == timestamp(day));
  CHECK(time_in("2026-11-29T12:30:05Z") == timestamp(day) + std::chrono::seconds(45'005));
  CHECK(time_in("2026-11-29T00:00:00.25Z") == timestamp(day) + std::chrono::milliseconds(250));
  CHECK(time_in("2024-02-29").has_value());
  CHECK(iso_time(*time_in("2026-11-29T23:59:59.000001Z")) == "2026-11-29T23:59:59.000001Z");
  for (const char* odd :
       {"", "2026", "2026-11", "2026-13-01", "2026-02-29", "26-11-29", "2026-11-29T", "now",
        "2026-11-29T12:30:05", "2026-11-29T12:30Z", "2026-11-29T24:00:00Z", "2026-11-29T12:60:00Z",
        "2026-11-29T12:30:05+01:00", "2026-11-29T12:30:05.Z", "2026-11-29T12:30:05.1234567Z",
        "2026-11-29T12:30:05ZZ", " 2026-11-29", "+026-11-29", "2026-11--1"}) {
    CAPTURE(odd);
    REQUIRE_FALSE(time_in(odd).has_value());
    CHECK(time_in(odd).error().code == errc::invalid_argument);
  }
}

TEST_CASE("the width of text is counted in code points") {
  CHECK(width_of("") == 0);
  CHECK(width_of("Zürich") == 6);
}
