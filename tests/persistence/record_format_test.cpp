// SPDX-License-Identifier: Apache-2.0
//
// The bytes of records and entries: messages/record.hpp and messages/entry.hpp.

#include "messages/entry.hpp"
#include "messages/record.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <limits>
#include <string>

namespace reprise::messages {
namespace {

bytes bytes_of(std::string_view text) {
  const auto view = std::as_bytes(std::span(text.data(), text.size()));
  return {view.begin(), view.end()};
}

// Everything that a record can carry, and views to it that stay valid.
struct full_record {
  bytes headers{};
  bytes tags{};
  bytes payload = bytes_of("a payload of 21 bytes");
  record value{};

  full_record() {
    REQUIRE(encode_attributes({{"user", "kay"}, {"", ""}}, headers).has_value());
    REQUIRE(encode_attributes({{"city", "Oslo"}}, tags).has_value());
    value = {.kind = 1,
             .type = {0xa001'0203'0405'0607},
             .tenant = "acme",
             .id = "trip-42",
             .sequence = {17},
             .previous = {5},
             .time = timestamp(std::chrono::microseconds(-12'345)),
             .event_type = 3,
             .batch_index = 2,
             .command = derive_command_id("command"),
             .command_hash = 0xfeed'beef,
             .event = {derive_command_id("event").value},
             .correlation = {derive_command_id("correlation").value},
             .headers = headers,
             .tags = tags,
             .payload = payload};
  }
};

void check_equal(const record& read, const record& written) {
  CHECK(read.kind == written.kind);
  CHECK(read.type == written.type);
  CHECK(read.tenant == written.tenant);
  CHECK(read.id == written.id);
  CHECK(read.sequence == written.sequence);
  CHECK(read.previous == written.previous);
  CHECK(read.time == written.time);
  CHECK(read.event_type == written.event_type);
  CHECK(read.batch_index == written.batch_index);
  CHECK(read.command == written.command);
  CHECK(read.command_hash == written.command_hash);
  CHECK(read.event == written.event);
  CHECK(read.correlation == written.correlation);
  CHECK(std::ranges::equal(read.headers, written.headers));
  CHECK(std::ranges::equal(read.tags, written.tags));
  CHECK(std::ranges::equal(read.payload, written.payload));
}

bytes encoded(const record& value, position at = {9}) {
  bytes out;
  encode_record(value, at, out);
  REQUIRE(out.size() % 8 == 0);
  return out;
}

void check_round_trip(const record& value) {
  const bytes stored = encoded(value);
  const auto read = decode_record(stored, {9});
  REQUIRE(read.has_value());
  check_equal(*read, value);
  CHECK((read->payload.data() - stored.data()) % 8 == 0);
}

// An entry of `count` records with ids r0, r1, ..., from position 100 on if nothing else is said.
bytes entry_of(std::uint32_t count, std::uint64_t first = 100) {
  bytes body;
  std::vector<std::uint32_t> offsets;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::string id = "r" + std::to_string(i);
    const bytes payload(i % 20);
    offsets.push_back(static_cast<std::uint32_t>(body.size()));
    encode_record({.kind = 1, .id = id, .sequence = {i + 1}, .payload = payload}, {first + i},
                  body);
  }
  const entry_header header{.partition = {7},
                            .records = count,
                            .first = {first},
                            .index = 12,
                            .term = 3,
                            .committed = {first - 1}};
  bytes stored(entry_prefix_size(count));
  encode_entry_prefix(header, offsets, body.size(), stored.data());
  stored.insert(stored.end(), body.begin(), body.end());
  return stored;
}

}  // namespace

TEST_CASE("a record with everything comes back as it was written") {
  check_round_trip(full_record().value);
}

TEST_CASE("a record comes back whichever of its parts are left out") {
  // Each bit of the number leaves one part out.
  for (unsigned without = 0; without < 128; ++without) {
    full_record full;
    record& r = full.value;
    if ((without & 1U) != 0) r.command = {};
    if ((without & 2U) != 0) r.command_hash = 0;
    if ((without & 4U) != 0) r.event = {};
    if ((without & 8U) != 0) r.correlation = {};
    if ((without & 16U) != 0) r.headers = {};
    if ((without & 32U) != 0) r.tags = {};
    if ((without & 64U) != 0) r.tenant = {};
    CAPTURE(without);
    check_round_trip(r);
  }
}

TEST_CASE("ids that follow from the command are not stored") {
  full_record full;
  const std::size_t with_all = encoded(full.value).size();
  full.value.event = derive_event_id(full.value.command, full.value.batch_index);
  full.value.correlation.value = full.value.command.value;
  check_round_trip(full.value);
  CHECK(encoded(full.value).size() == with_all - 32);
}

TEST_CASE("a common record is small") {
  const bytes payload(32);
  const command_id command = derive_command_id("c");
  const record common{.kind = 1,
                      .id = "trip-42",
                      .command = command,
                      .command_hash = 1,
                      .event = derive_event_id(command, 0),
                      .correlation = {command.value},
                      .payload = payload};
  CHECK(encoded(common).size() == 128);
}

TEST_CASE("derived event ids differ by command and by index") {
  const command_id a = derive_command_id("a");
  const command_id b = derive_command_id("b");
  CHECK(derive_event_id(a, 0) == derive_event_id(a, 0));
  CHECK(derive_event_id(a, 0) != derive_event_id(a, 1));
  CHECK(derive_event_id(a, 0) != derive_event_id(b, 0));
}

TEST_CASE("payloads of every size up to two words come back") {
  for (std::size_t size = 0; size <= 17; ++size) {
    CAPTURE(size);
    const bytes payload(size, std::byte{0x5a});
    check_round_trip({.kind = 1,
                      .id = std::string_view("0123456789").substr(0, size % 8 + 1),
                      .payload = payload});
  }
}

TEST_CASE("a flipped bit anywhere in a record is found, with its position") {
  bytes stored = encoded(full_record().value);
  for (std::size_t i = 0; i < stored.size() * 8; ++i) {
    const auto bit = static_cast<std::byte>(1U << (i % 8));
    stored[i / 8] ^= bit;
    const auto read = decode_record(stored, {9});
    CAPTURE(i);
    REQUIRE_FALSE(read.has_value());
    REQUIRE(read.error().code == errc::corrupt);
    REQUIRE(read.error().number == 9);
    stored[i / 8] ^= bit;
  }
}

TEST_CASE("a record that lost its end is found") {
  const bytes stored = encoded(full_record().value);
  for (std::size_t size = 0; size < stored.size(); ++size) {
    // A copy of its own, so that a read behind its end is seen by AddressSanitizer.
    const bytes cut(stored.begin(), stored.begin() + static_cast<std::ptrdiff_t>(size));
    const auto read = decode_record(cut, {9});
    CAPTURE(size);
    REQUIRE_FALSE(read.has_value());
    REQUIRE(read.error().code == errc::corrupt);
  }
}

TEST_CASE("a record at another position than its own is found") {
  const bytes stored = encoded(full_record().value, {9});
  CHECK(decode_record(stored, {9}).has_value());
  CHECK_FALSE(decode_record(stored, {10}).has_value());
}

TEST_CASE("attributes beyond a length field are refused and leave nothing behind") {
  bytes out = bytes_of("before");
  const attributes longest{{std::string(attribute_bytes_max, 'n'), "v"}};
  const attributes beyond{{"n", "v"}, {"n", std::string(attribute_bytes_max + 1, 'v')}};
  const auto refused = encode_attributes(beyond, out);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::too_large);
  CHECK(out == bytes_of("before"));
  bytes fits;
  REQUIRE(encode_attributes(longest, fits).has_value());
  const auto read = decode_attributes(fits);
  REQUIRE(read.has_value());
  CHECK(*read == longest);
}

TEST_CASE("attributes that end too early are malformed") {
  bytes all;
  REQUIRE(encode_attributes({{"name", "value"}}, all).has_value());
  for (std::size_t size = 1; size < all.size(); ++size) {
    const bytes cut(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK_FALSE(decode_attributes(cut).has_value());
  }
}

TEST_CASE("an entry gives each of its records by position") {
  const std::uint32_t count = GENERATE(1U, 2U, 3U, 100U, 4096U);
  const bytes stored = entry_of(count);
  const auto read = entry::open(stored);
  REQUIRE(read.has_value());
  CHECK(read->header().partition == partition_id{7});
  CHECK(read->header().index == 12);
  CHECK(read->header().term == 3);
  CHECK(read->header().committed == position{99});
  CHECK(read->header().last() == position{100 + count - 1});
  CHECK_FALSE(read->holds({99}));
  CHECK_FALSE(read->holds({100 + count}));
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto record = read->at({100 + i});
    REQUIRE(record.has_value());
    REQUIRE(record->id == "r" + std::to_string(i));
  }
}

TEST_CASE("a flipped bit anywhere in an entry is found") {
  bytes stored = entry_of(3);
  for (std::size_t i = 0; i < stored.size() * 8; ++i) {
    const auto bit = static_cast<std::byte>(1U << (i % 8));
    stored[i / 8] ^= bit;
    const auto read = entry::open(stored);
    bool whole = read.has_value();
    for (std::uint64_t at = 100; whole && at < 103; ++at) whole = read->at({at}).has_value();
    CAPTURE(i);
    REQUIRE_FALSE(whole);
    stored[i / 8] ^= bit;
  }
}

TEST_CASE("an entry that lost its end is found") {
  const bytes stored = entry_of(2);
  for (std::size_t size = 0; size < stored.size(); ++size) {
    const bytes cut(stored.begin(), stored.begin() + static_cast<std::ptrdiff_t>(size));
    const auto read = entry::open(cut);
    CAPTURE(size);
    REQUIRE_FALSE(read.has_value());
    REQUIRE(read.error().code == errc::corrupt);
  }
}

TEST_CASE("an entry that claims positions that there cannot be is refused") {
  static constexpr std::uint64_t greatest = std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t first = GENERATE(std::uint64_t{0}, greatest, greatest - 1);
  CAPTURE(first);
  const bytes stored = entry_of(3, first);
  const auto read = entry::open(stored);
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error().code == errc::corrupt);
  CHECK(entry::open(entry_of(3, greatest - 2)).has_value());
}

}  // namespace reprise::messages
