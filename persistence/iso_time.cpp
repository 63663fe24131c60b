// SPDX-License-Identifier: Apache-2.0
#include <reprise/inspect.hpp>

#include <array>
#include <chrono>
#include <cstdio>

namespace reprise {

std::string iso_time(timestamp time) {
  using namespace std::chrono;
  constexpr auto first = sys_days(year(0) / January / 1);
  constexpr auto beyond = sys_days(year(10'000) / January / 1);
  if (time < first || time >= beyond) return std::to_string(time.time_since_epoch().count()) + "us";
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text.data();
}

}  // namespace reprise
