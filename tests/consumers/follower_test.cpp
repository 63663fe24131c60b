// SPDX-License-Identifier: Apache-2.0
#include "consumers/follower.hpp"

#include "base/random.hpp"
#include "tests/consumers/log_scene.hpp"
#include "tests/environment.hpp"

#include <catch2/catch_test_macros.hpp>

#include <map>
#include <string>
#include <vector>

namespace reprise::consumers {
namespace {

using persistence::stored_record;
using testing::account_type;
using testing::log_scene;
using testing::order_type;

std::vector<partition_cursor> from(std::uint64_t through) {
  return {{partition_id{0}, {through}}};
}

// Takes everything up to the end, and says which positions that were.
std::string drain(follower& f) {
  std::string seen;
  for (;;) {
    const auto step = f.advance([&](const stored_record& r) {
      seen += std::to_string(r.at.value) + ' ';
      return true;
    });
    REQUIRE(step);
    if (step->at_end) return seen + "end";
  }
}

TEST_CASE("P-001 a follower hands out what is there, and then what comes, without gap or repeat") {
  log_scene log;
  log.store("ann", 3);
  follower f(log.journal(), from(0), {});
  CHECK(drain(f) == "1 2 3 end");
  CHECK(drain(f) == "end");
  log.store("bob", 2);
  CHECK(drain(f) == "4 5 end");
}

TEST_CASE("P-010 what is staged and not committed is not seen") {
  log_scene log;
  follower f(log.journal(), from(0), {});
  log.append("ann", 2);
  CHECK(drain(f) == "end");
  log.commit();
  CHECK(drain(f) == "1 2 end");
}

TEST_CASE("P-004 a follower begins behind the position that it is given") {
  log_scene log;
  log.store("ann", 5);
  follower f(log.journal(), from(3), {});
  CHECK(f.lag() == 2);
  CHECK(drain(f) == "4 5 end");
  CHECK(f.lag() == 0);
}

TEST_CASE("P-005 from beyond the end nothing comes until the log has passed that position") {
  log_scene log;
  log.store("ann", 2);
  follower f(log.journal(), from(4), {});
  CHECK(f.lag() == 0);
  CHECK(drain(f) == "end");
  log.store("ann", 2);
  CHECK(drain(f) == "end");
  log.store("ann", 2);
  CHECK(drain(f) == "5 6 end");
}

TEST_CASE("P-006 the end is told once, at once without history, and again after falling behind") {
  log_scene log;
  follower f(log.journal(), from(0), {}, {.records = 2});
  CHECK(drain(f) == "end");
  CHECK(f.take_caught_up());
  CHECK_FALSE(f.take_caught_up());
  // Within a page it has not fallen behind.
  log.store("ann", 2);
  CHECK(drain(f) == "1 2 end");
  CHECK_FALSE(f.take_caught_up());
  log.store("ann", 3);
  CHECK(drain(f) == "3 4 5 end");
  CHECK(f.take_caught_up());
}

TEST_CASE("a record that is not taken is offered again, and what lies before it is done with") {
  log_scene log;
  log.store("ann", 2);
  log.store("shop", 1, order_type);
  log.store("ann", 1);
  follower f(log.journal(), from(0), {.types = {order_type}});
  const auto refused = f.advance([](const stored_record&) { return false; });
  REQUIRE(refused);
  CHECK(refused->taken == 0);
  CHECK(refused->passed == 2);
  CHECK(f.cursors() == from(2));
  CHECK(drain(f) == "3 end");
  CHECK(f.cursors() == from(4));
}

TEST_CASE("P-026 P-027 pages in which every record is filtered out hold up nothing behind them") {
  log_scene log;
  log.store("ann", 50);
  log.store("shop", 1, order_type);
  follower f(log.journal(), from(0), {.types = {order_type}}, {.records = 4, .window = 4});
  CHECK(drain(f) == "51 end");
  log.store("ann", 50);
  CHECK(drain(f) == "end");
  CHECK(f.cursors() == from(101));
}

TEST_CASE("P-021 each partition keeps its order, and none waits for another's history") {
  log_scene log(4);
  for (int i = 0; i < 40; ++i) log.store("id-" + std::to_string(i), 5);
  std::vector<partition_cursor> all;
  for (std::uint32_t p = 0; p < 4; ++p) all.push_back({partition_id{p}, {}});
  follower f(log.journal(), all, {}, {.records = 3});
  std::map<std::uint32_t, std::uint64_t> last;
  std::vector<std::uint32_t> turns;
  for (bool end = false; !end;) {
    const auto step = f.advance([&](const stored_record& r) {
      CHECK(r.at.value == ++last[r.partition.value]);
      if (turns.empty() || turns.back() != r.partition.value) turns.push_back(r.partition.value);
      return true;
    });
    REQUIRE(step);
    end = step->at_end;
  }
  std::uint64_t seen = 0;
  for (const partition_cursor& c : f.cursors()) {
    CHECK(c.through == log.journal().committed(c.partition));
    seen += c.through.value;
  }
  CHECK(seen == 200);
  REQUIRE(turns.size() > 4);
  CHECK(std::vector(turns.begin(), turns.begin() + 4) == std::vector<std::uint32_t>{0, 1, 2, 3});
}

// Appends, commits, reads and refuses in an order that one seed decides; appends and commits happen
// within a page too, while its records are handed out.
void follow_at_random(std::uint64_t seed) {
  CAPTURE(seed);
  base::random random(seed);
  log_scene log(2);
  log.store("early", random.below(6));
  follower f(log.journal(), {{partition_id{0}, {}}, {partition_id{1}, {}}}, {},
             {.records = 1 + random.below(4), .window = 1 + random.below(6)});
  std::map<std::uint32_t, std::uint64_t> last;
  const auto change = [&] {
    switch (random.below(3)) {
      case 0:
        log.append("id-" + std::to_string(random.below(8)), 1 + random.below(3));
        break;
      case 1:
        log.commit();
        break;
      default:
        break;
    }
  };
  const auto read = [&] {
    const auto step = f.advance([&](const stored_record& r) {
      change();
      if (random.below(5) == 0) return false;
      REQUIRE(r.at.value == ++last[r.partition.value]);
      return true;
    });
    REQUIRE(step);
    return step->at_end;
  };
  for (int i = 0; i < 40; ++i) {
    change();
    if (random.below(2) == 0) read();
  }
  log.commit();
  while (!read()) {
  }
  log.commit();
  for (int quiet = 0; quiet < 2; quiet = read() ? quiet + 1 : 0) log.commit();
  for (const std::uint32_t p : {0U, 1U}) {
    REQUIRE(last[p] == log.journal().committed(partition_id{p}).value);
  }
}

TEST_CASE("P-002 what is appended while history ends comes exactly once, in 1000 interleavings") {
  const std::uint64_t first = test::number_from("REPRISE_SEED", 2026);
  for (std::uint64_t seed = first; seed < first + 1000; ++seed) follow_at_random(seed);
}

}  // namespace
}  // namespace reprise::consumers
