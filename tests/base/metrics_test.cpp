// SPDX-License-Identifier: Apache-2.0
#include <reprise/metrics.hpp>

#include <catch2/catch_test_macros.hpp>

#include <limits>
#include <thread>
#include <vector>

using namespace reprise;

TEST_CASE("a counter counts, and can be set") {
  counter c;
  c.add();
  c.add(5);
  CHECK(c.value() == 6);
  c.set(2);
  CHECK(c.value() == 2);
}

TEST_CASE("an empty histogram has no values and no quantiles") {
  const histogram h;
  CHECK(h.count() == 0);
  CHECK(h.sum() == 0);
  CHECK(h.quantile(0.5) == 0);
}

TEST_CASE("a quantile is never below the value it stands for, and at most an eighth above") {
  for (std::uint64_t value = 0; value < 64; ++value) {
    for (const std::uint64_t scale :
         {std::uint64_t{1}, std::uint64_t{1000}, std::uint64_t{1} << 40U}) {
      histogram h;
      h.record(value * scale);
      CAPTURE(value, scale);
      CHECK(h.quantile(0.5) >= value * scale);
      CHECK(h.quantile(0.5) - value * scale <= value * scale / 8);
    }
  }
}

TEST_CASE("small values are counted exactly") {
  histogram h;
  for (std::uint64_t value = 0; value < 8; ++value) h.record(value);
  CHECK(h.quantile(0) == 0);
  CHECK(h.quantile(0.5) == 4);
  CHECK(h.quantile(1) == 7);
}

TEST_CASE("the largest value has a place in a histogram") {
  histogram h;
  h.record(std::numeric_limits<std::uint64_t>::max());
  CHECK(h.count() == 1);
  CHECK(h.quantile(1) == std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("quantiles of a thousand values lie where they should") {
  histogram h;
  for (std::uint64_t value = 1; value <= 1000; ++value) h.record(value);
  CHECK(h.count() == 1000);
  CHECK(h.sum() == 500'500);
  CHECK((h.quantile(0.5) >= 500 && h.quantile(0.5) <= 563));
  CHECK((h.quantile(0.99) >= 990 && h.quantile(0.99) <= 1114));
  CHECK(h.quantile(0.999) >= 999);
}

TEST_CASE("the same name finds the same instrument") {
  metrics m;
  m.count("journal.commits").add(3);
  CHECK(&m.count("journal.commits") == &m.count("journal.commits"));
  CHECK(m.count("journal.commits").value() == 3);
  CHECK(m.count("journal.reads").value() == 0);
}

TEST_CASE("a reading lists all instruments by name, counters with their value") {
  metrics m;
  m.count("z").add(9);
  m.distribution("m").record(5);
  m.count("a").add(1);
  const auto all = m.read();
  REQUIRE(all.size() == 3);
  CHECK(all[0].name == "a");
  CHECK(all[1].name == "m");
  CHECK(all[2].name == "z");
  CHECK(all[1].is_histogram);
  CHECK(all[1].value == 1);
  CHECK(all[1].p50 == 5);
  CHECK(all[2].value == 9);
  CHECK_FALSE(all[2].is_histogram);
}

TEST_CASE("threads that record at once lose no value") {
  metrics m;
  {
    std::vector<std::jthread> running;
    for (unsigned t = 0; t < 4; ++t) {
      running.emplace_back([&m] {
        for (std::uint64_t i = 0; i < 5'000; ++i) {
          m.count("seen").add();
          m.distribution("values").record(i);
        }
      });
    }
  }
  CHECK(m.count("seen").value() == 20'000);
  CHECK(m.distribution("values").count() == 20'000);
}
