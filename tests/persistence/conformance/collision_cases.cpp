// SPDX-License-Identifier: Apache-2.0
//
// Ids are bytes that users choose, so they can be chosen to collide in a hash that is not secret.
//
// XXH3 mixes its input in pieces of 16 bytes. Of a piece (a, b) and two words (s, t) of its fixed
// secret, one half of the 128-bit state gets (a ^ s) * (b ^ t) and the other a + b. So the pieces
// (s, sum - s) and (sum - t, t) leave the same state for every sum: 0 and the sum. A journal that
// knows aggregates by such a hash needs a seed of its own, or has to look at the ids too.

#include "base/checksum.hpp"
#include "tests/persistence/conformance/scene.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstring>
#include <span>

namespace reprise::persistence::conformance {
namespace {

// Words 4 and 5 of XXH3's default secret: what the second piece of an input of 33 to 64 bytes
// meets.
constexpr std::uint64_t secret_4 = 0x78e5'c0cc'4ee6'79cb;
constexpr std::uint64_t secret_5 = 0x2172'ffcc'7dd0'5a82;
constexpr std::size_t piece = 16;
constexpr std::size_t hashed_bytes = 64;

std::string words(std::uint64_t a, std::uint64_t b) {
  std::string text(piece, '\0');
  std::memcpy(text.data(), &a, sizeof a);
  std::memcpy(text.data() + sizeof a, &b, sizeof b);
  return text;
}

struct colliding_ids {
  std::string first;
  std::string second;
};

/// Two ids that collide where `before` bytes, at most a piece, are hashed in front of the id.
colliding_ids at_offset(std::size_t before) {
  constexpr std::uint64_t sum = 0x0123'4567'89ab'cdef;
  const std::string front(piece - before, 'f');
  const std::string back(hashed_bytes - 2 * piece, 'b');
  return {front + words(secret_4, sum - secret_4) + back,
          front + words(sum - secret_5, secret_5) + back};
}

std::array<std::byte, 16> hash_of(const std::string& text) {
  return base::checksum128(std::as_bytes(std::span(text.data(), text.size())));
}

}  // namespace

TEST_CASE("J-024 the chosen ids do collide in the hash without a seed", "[append]") {
  for (std::size_t before = 0; before <= piece; ++before) {
    const colliding_ids ids = at_offset(before);
    const std::string prefix(before, 'p');
    REQUIRE(ids.first != ids.second);
    CHECK(hash_of(prefix + ids.first) == hash_of(prefix + ids.second));
  }
}

TEST_CASE("J-024 ids chosen to collide keep separate events and snapshots", "[append]") {
  scene s;
  // Wherever the id begins within what the journal hashes.
  for (std::size_t before = 0; before <= piece; ++before) {
    CAPTURE(before);
    const auto [first, second] = at_offset(before);
    CHECK(s.append(first, {"a1", "a2"}).expecting(none()) == stored(2));
    CHECK(s.history(second) == "not_found");
    CHECK(s.append(second, {"b1"}).expecting(none()) == stored(1));
    CHECK(s.append(first, {"a3"}).expecting(exact(2)) == stored(3));
    CHECK(s.history(first) == "1:a1 2:a2 3:a3");
    CHECK(s.history(second) == "1:b1");

    const snapshot taken{.at = {3}, .state = bytes(8, std::byte{1})};
    REQUIRE(s.snapshots().save(who(first).key, taken, 0).has_value());
    const auto others = s.snapshots().load(who(second).key, {});
    REQUIRE(others.has_value());
    CHECK_FALSE(others->has_value());
  }
}

}  // namespace reprise::persistence::conformance
