// SPDX-License-Identifier: Apache-2.0
//
// Bytes from disks and peers that are not what they should be. What these tests are worth they are
// worth under AddressSanitizer.
#include "base/random.hpp"
#include "messages/schema_bundle.hpp"
#include "tests/messages/random_box.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstring>
#include <span>
#include <string>

namespace {

namespace rich = test::rich;
using reprise::bytes;
using reprise::bytes_view;
using reprise::codec;
using reprise::errc;

template <class T>
bytes encoded(const T& value) {
  bytes out;
  codec<T>::encode(value, out);
  return out;
}

bytes words(std::initializer_list<std::uint64_t> list) {
  bytes out(list.size() * 8);
  std::memcpy(out.data(), list.begin(), out.size());
  return out;
}

// Decoding either works or says `malformed`; anything else fails the test.
template <class T>
bool is_safe(bytes_view message) {
  const auto out = codec<T>::decode(message);
  return out || out.error().code == errc::malformed;
}

}  // namespace

TEST_CASE("an empty message and one that is no multiple of 8 are malformed") {
  const auto empty = codec<rich::box_state>::decode({});
  REQUIRE_FALSE(empty);
  CHECK(empty.error().code == errc::malformed);
  const bytes odd(12);
  const auto refused = codec<rich::box_state>::decode(odd);
  REQUIRE_FALSE(refused);
  CHECK(refused.error() ==
        reprise::error{errc::malformed,
                       "an encoded message has a multiple of 8 bytes, this one has 12"});
}

TEST_CASE("a message may lie at any address") {
  const rich::scalars value = reprise::test::random_box(7).scalars();
  const bytes message = encoded(value);
  for (std::size_t offset = 0; offset < 8; ++offset) {
    bytes shifted(offset);
    shifted.insert(shifted.end(), message.begin(), message.end());
    CHECK(codec<rich::scalars>::decode(bytes_view(shifted).subspan(offset)).value_or({}) == value);
  }
}

TEST_CASE("every truncation of a message is decoded or malformed") {
  const bytes message = encoded(reprise::test::random_box(3).state());
  for (std::size_t size = 0; size < message.size(); ++size) {
    // A copy of its own, so that reading past the end is seen.
    const bytes cut(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(size));
    if (!is_safe<rich::box_state>(cut)) FAIL("size " << size);
  }
}

TEST_CASE("random damage is decoded or malformed") {
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    reprise::base::random random(seed);
    bytes message = encoded(reprise::test::random_box(seed % 50).state());
    for (std::uint64_t n = 1 + random.below(8); n > 0; --n) {
      message[random.below(message.size())] = static_cast<std::byte>(random.below(256));
    }
    if (!is_safe<rich::box_state>(message)) FAIL("seed " << seed);
    if (!is_safe<rich::box_ev::filled>(message)) FAIL("seed " << seed);
  }
}

TEST_CASE("pointers out of the message are malformed") {
  // A struct pointer with offset 1000, one word of data.
  const auto out = codec<rich::scalars>::decode(words({1000U << 2U | 1ULL << 32U, 0}));
  REQUIRE_FALSE(out);
  CHECK(out.error().code == errc::malformed);
  CHECK(out.error().message.find(".c++") == std::string::npos);
}

TEST_CASE("a list that claims more elements than it can have is malformed") {
  // Shape.Parts... a root with one pointer to a list of 2^29-1 texts.
  const std::uint64_t root = 8ULL << 48U;
  const std::uint64_t huge_list = 1U | (7ULL * 4U) | 6ULL << 32U | 0x1fffffffULL << 35U;
  CHECK_FALSE(codec<rich::lists>::decode(words({root, 0, 0, 0, huge_list, 0, 0, 0, 0})));
  // Elements without size cost no bytes, but the claim is bounded as well.
  const std::uint64_t list_of_nothing = 1U | 0ULL << 32U | 0x1fffffffULL << 35U;
  bytes nothings = words({14ULL << 48U, 0, 0, 0, 0, 0, 0, 0, 0, 0, list_of_nothing, 0, 0, 0, 0});
  const auto out = codec<rich::lists>::decode(nothings);
  REQUIRE_FALSE(out);
  CHECK(out.error().code == errc::malformed);
}

TEST_CASE("lists that all point to the same bytes cannot multiply the work") {
  // 1000 pointers of List(List(UInt32)), each to the same list of 1000 numbers.
  constexpr std::uint64_t many = 1000;
  bytes message = words({14ULL << 48U, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  const auto put = [&](std::size_t word, std::uint64_t value) {
    if (message.size() < (word + 1) * 8) message.resize((word + 1) * 8);
    std::memcpy(message.data() + word * 8, &value, 8);
  };
  const std::size_t table = 1 + 7;
  const std::size_t pointers = 15;
  const std::size_t numbers = pointers + many;
  put(table, 1U | (pointers - table - 1) << 2U | 6ULL << 32U | many << 35U);
  for (std::size_t i = 0; i < many; ++i) {
    put(pointers + i, 1U | (numbers - pointers - i - 1) << 2U | 4ULL << 32U | many << 35U);
  }
  put(numbers + many / 2 - 1, 0);
  const auto out = codec<rich::lists>::decode(message);
  REQUIRE_FALSE(out);
  CHECK(out.error().code == errc::malformed);
}

TEST_CASE("a union member that this version does not know is malformed, with the union's name") {
  rich::shape shape{.label = "x", .choice = rich::shape_case::corners{.value = 9}};
  bytes message = encoded(shape);
  // Data of Shape: corners, discriminant, ...
  std::uint16_t member = 0;
  std::size_t at = 0;
  for (std::size_t i = 8; i + 2 <= 16; i += 2) {
    std::memcpy(&member, message.data() + i, 2);
    if (member == 1) at = i;
  }
  REQUIRE(at != 0);
  member = 77;
  std::memcpy(message.data() + at, &member, 2);
  const auto out = codec<rich::shape>::decode(message);
  REQUIRE_FALSE(out);
  CHECK(out.error() == reprise::error{errc::malformed,
                                      "rich.capnp:Shape holds member 77, which is not the one "
                                      "expected here"});
}

TEST_CASE("a damaged schema bundle is malformed") {
  const bytes_view schema = rich::door_api::schema();
  for (std::size_t at = 0; at < schema.size(); ++at) {
    bytes damaged(schema.begin(), schema.end());
    damaged[at] ^= std::byte{0x10};
    const auto bundle = reprise::messages::schema_bundle::open(damaged);
    if (bundle || bundle.error().code != errc::malformed) FAIL("byte " << at);
  }
  CHECK_FALSE(reprise::messages::schema_bundle::open({}));
  CHECK_FALSE(reprise::messages::schema_bundle::open(schema.first(8)));
  CHECK_FALSE(reprise::messages::schema_bundle::open(schema.first(schema.size() - 8)));
}

TEST_CASE("the bundle refuses payloads that are none") {
  const auto bundle = reprise::messages::schema_bundle::open(rich::box_api::schema());
  REQUIRE(bundle);
  CHECK(bundle->state_json(bytes(3)).error().code == errc::malformed);
  CHECK(bundle->event_json(99, encoded(rich::box_ev::dropped{})).error().code == errc::malformed);
  CHECK(bundle->event_json(1, encoded(rich::box_ev::dropped{})).error().code == errc::malformed);
  CHECK(bundle->state_json(words({1000U << 2U | 1ULL << 32U, 0})).error().code == errc::malformed);
}

TEST_CASE("JSON that is no payload of an event is refused, and never half taken") {
  const auto bundle = reprise::messages::schema_bundle::open(rich::box_api::schema());
  REQUIRE(bundle);
  const auto refused = [&](std::uint32_t event, const std::string& json) {
    const auto made = bundle->event_payload(event, json);
    return !made && made.error().code == errc::malformed;
  };
  using namespace rich;
  CHECK(refused(box_ev::renamed::tag, ""));
  CHECK(refused(box_ev::renamed::tag, "nonsense"));
  CHECK(refused(box_ev::renamed::tag, "{}"));
  CHECK(refused(box_ev::renamed::tag, "[]"));
  CHECK(refused(box_ev::renamed::tag, R"({"value":[1]})"));
  CHECK(refused(box_ev::priced::tag, R"({"nobody":1})"));
  CHECK(refused(box_ev::priced::tag, R"({"cents":"many"})"));
  CHECK(refused(box_ev::priced::tag, "7"));
  CHECK(refused(box_ev::dropped::tag, R"({"value":1})"));
  CHECK(refused(99, "{}"));
  CHECK(refused(box_ev::priced::tag, std::string(100'000, '[')));
}
