// SPDX-License-Identifier: Apache-2.0
#include "examples/trip/progress_bar.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <sstream>

using taxi::progress_bar;
using taxi::progress_line;

TEST_CASE("a progress line shows the share as a bar and as a number") {
  CHECK(progress_line(0, 200, "") == "[..............................]   0 %  ");
  CHECK(progress_line(90, 200, "90 rows") == "[#############.................]  45 %  90 rows");
  CHECK(progress_line(200, 200, "") == "[##############################] 100 %  ");
}

TEST_CASE("a progress line never exceeds a hundred percent") {
  CHECK(progress_line(300, 200, "") == progress_line(200, 200, ""));
  CHECK(progress_line(0, 0, "") == progress_line(200, 200, ""));
}

TEST_CASE("a hidden bar writes nothing") {
  std::ostringstream out;
  {
    progress_bar bar(out, progress_bar::output::hidden, 10);
    bar.show(5, "half");
    bar.clear();
  }
  CHECK(out.str().empty());
}

TEST_CASE("a shown bar draws once for each percent, however often it is told") {
  std::ostringstream out;
  progress_bar bar(out, progress_bar::output::shown, 100'000);
  for (std::uint64_t done = 0; done <= 100'000; ++done) bar.show(done, "");
  CHECK(std::ranges::count(out.str(), '\r') == 101);
}

TEST_CASE("a bar that goes away leaves an empty line behind") {
  std::ostringstream out;
  { progress_bar(out, progress_bar::output::shown, 10).show(5, "half"); }
  CHECK(out.str().ends_with("half\r\x1b[K"));
}
