// SPDX-License-Identifier: Apache-2.0
//
// Rows as a projection sees them in the midst of a batch.
#include "consumers/row_overlay.hpp"

#include "base/random.hpp"
#include "persistence/memory_row_store.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace reprise::consumers {
namespace {

bytes key(std::uint64_t n) {
  bytes out(8, std::byte{1});
  out[7] = static_cast<std::byte>(n);
  return out;
}

bytes value(std::uint64_t n) {
  return bytes(n % 40, static_cast<std::byte>(n));
}

using model = std::map<bytes, bytes>;

std::optional<bytes> found(const row_overlay& rows, const bytes& at) {
  const auto seen = rows.find(at).value();
  if (!seen) return {};
  return bytes(seen->begin(), seen->end());
}

model scanned(const row_overlay& rows, const bytes& from, const bytes& below) {
  model out;
  REQUIRE(rows.scan(from, below, [&](bytes_view at, bytes_view what) {
    out.emplace(bytes(at.begin(), at.end()), bytes(what.begin(), what.end()));
    return true;
  }));
  return out;
}

TEST_CASE("what events put, erase and take back is seen as in a map, and committed as in one") {
  constexpr std::uint64_t keys = 12;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    base::random chance(seed);
    persistence::memory_row_store store;
    row_overlay rows;
    // As committed, with the kept events, and with the present event.
    model committed;
    model kept;
    model now;
    rows.begin(store.read("p").value());
    for (int step = 0; step < 400; ++step) {
      const bytes at = key(chance.below(keys));
      switch (chance.below(8)) {
        case 0:
        case 1:
        case 2: {
          bytes what = value(chance.below(200));
          now.insert_or_assign(at, what);
          REQUIRE(rows.put(at, what));
          break;
        }
        case 3:
          now.erase(at);
          REQUIRE(rows.erase(at));
          break;
        case 4:
          rows.keep_event();
          kept = now;
          break;
        case 5:
          rows.forget_event();
          now = kept;
          break;
        case 6: {
          // Not in every batch: what is in order is kept so from then on.
          if (chance.below(4) != 0) break;
          const bytes below = key(chance.below(keys));
          const auto end = at < below ? now.lower_bound(below) : now.lower_bound(at);
          CHECK(scanned(rows, at, below) == model(now.lower_bound(at), end));
          break;
        }
        default:
          if (chance.below(10) != 0) break;
          rows.forget_event();
          now = kept;
          CHECK((rows.changed() || kept == committed));
          REQUIRE(store.commit("p", rows.take_batch(), {}));
          rows.begin(store.read("p").value());
          CHECK_FALSE(rows.changed());
          CHECK(rows.batch_bytes() == 0);
          committed = kept;
          break;
      }
      const bytes looked_at = key(chance.below(keys));
      const auto expected = now.find(looked_at);
      CHECK(found(rows, looked_at) ==
            (expected == now.end() ? std::nullopt : std::optional(expected->second)));
    }
    CHECK(scanned(rows, key(0), key(keys)) == now);
  }
}

TEST_CASE("a range that ends where it begins or before is empty") {
  persistence::memory_row_store store;
  row_overlay rows;
  rows.begin(store.read("p").value());
  for (const std::uint64_t n : {1U, 2U, 3U}) {
    bytes what = value(n);
    REQUIRE(rows.put(key(n), what));
  }
  CHECK(scanned(rows, key(3), key(1)).empty());
  CHECK(scanned(rows, key(2), key(2)).empty());
  CHECK(scanned(rows, key(1), key(3)).size() == 2);
}

TEST_CASE("rows that are changed again and again take no more room in a batch") {
  persistence::memory_row_store store;
  row_overlay rows;
  rows.begin(store.read("p").value());
  const auto put = [&] {
    bytes what(100);
    REQUIRE(rows.put(key(1), what));
    rows.keep_event();
  };
  put();
  const std::uint64_t once = rows.batch_bytes();
  CHECK(once >= 108);
  for (int i = 0; i < 100; ++i) put();
  CHECK(rows.batch_bytes() == once);
  REQUIRE(rows.erase(key(1)));
  rows.keep_event();
  CHECK(rows.batch_bytes() == once - 100);
}

}  // namespace
}  // namespace reprise::consumers
