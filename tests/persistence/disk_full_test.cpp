// SPDX-License-Identifier: Apache-2.0
//
// A disk that is really full: a small file system in memory, where this process may mount one, and
// otherwise a small map.

#include "tests/persistence/small_disk.hpp"
#include "tests/persistence/store_scene.hpp"

#include <catch2/catch_test_macros.hpp>

#include <fstream>

namespace reprise::persistence {
namespace {

constexpr std::size_t event_bytes = 200'000;

// Appends until the store is full; how many were stored.
std::uint64_t fill(store_scene& s) {
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const auto outcome = s.answer(s.send("big", 1, event_bytes, "fill-" + std::to_string(i)));
    if (!outcome) {
      CHECK(outcome.error().code == errc::disk_full);
      return i;
    }
  }
  FAIL("it was never full");
  return 0;
}

}  // namespace

TEST_CASE("J-152 a full disk refuses appends, and takes them again when there is room") {
  store_scene s;
  const small_disk disk(s.folder());
  s.options.map_size_bytes = disk.mounted() ? std::uint64_t{256} << 20U : std::uint64_t{8} << 20U;
  const std::filesystem::path ballast = s.folder() / "ballast";
  if (disk.mounted()) {
    std::ofstream(ballast, std::ios::binary) << std::string(std::size_t{5} << 20U, 'b');
  }
  s.open();
  REQUIRE(s.append("small", {"s1"}).has_value());
  const std::uint64_t stored = fill(s);
  REQUIRE(stored > 3);
  const auto head = s.log().head(store_scene::key("big"));
  REQUIRE(head.has_value());
  CHECK(head->last.value == stored);

  // Small appends do not slip past the big one that waits for room; reads go on.
  const auto refused = s.append("small", {"s2"});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::disk_full);
  CHECK(s.history("small") == "1:s1");

  if (disk.mounted()) {
    std::filesystem::remove(ballast);
    CHECK(s.append("small", {"s2"}, expectation::exact({1})).has_value());
    const auto again = s.answer(s.send("big", 1, event_bytes, "once more"));
    REQUIRE(again.has_value());
    CHECK(again->last.sequence.value == stored + 1);
    CHECK(s.history("small") == "1:s1 2:s2");
  }
  s.reopen();
  CHECK(s.log().head(store_scene::key("big"))->last.value == stored + (disk.mounted() ? 1U : 0U));
}

}  // namespace reprise::persistence
