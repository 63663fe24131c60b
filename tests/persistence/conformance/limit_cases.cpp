// SPDX-License-Identifier: Apache-2.0
//
// Chapter "Limits".

#include "tests/persistence/conformance/scene.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

namespace reprise::persistence::conformance {
namespace {

constexpr std::size_t id_bytes_max = 1024;
constexpr std::size_t tenant_bytes_max = 255;

/// Bytes that differ from place to place and from seed to seed.
bytes pattern(std::size_t size, unsigned seed) {
  bytes all(size);
  for (std::size_t i = 0; i < size; ++i) {
    all[i] = static_cast<std::byte>((i * 131 + std::size_t{seed} * 7 + i / 251) & 0xffU);
  }
  return all;
}

}  // namespace

TEST_CASE("J-135 an event of the largest size is stored and one byte more is refused", "[limits]") {
  constexpr std::size_t limit = 4096;
  scene s({.payload_bytes_max = limit});
  const bytes largest = pattern(limit, 1);
  CHECK(s.append("acct-7", {event("e1", largest)}).expecting(none()) == stored(1));
  const outcome above = s.append("acct-7", {event("e2", pattern(limit + 1, 2))}).expecting(any());
  CHECK(above == refused(errc::too_large));
  REQUIRE(above.refused());
  CHECK(above.is.error().message.find("4096") != std::string::npos);
  CHECK(above.is.error().message.find("4097") != std::string::npos);
  CHECK(s.committed() == 1);
  const reading all = s.read("acct-7");
  REQUIRE(all.records.size() == 1);
  CHECK(all.records[0].payload == largest);
}

TEST_CASE("J-136 a batch whose sum exceeds the limit is refused whole", "[limits]") {
  constexpr std::size_t payload = 4096;
  scene s({.payload_bytes_max = payload, .batch_bytes_max = 4 * payload});
  std::vector<new_event> batch;
  for (unsigned i = 0; i < 5; ++i) {
    batch.push_back(event("e" + std::to_string(i), pattern(payload, i)));
  }
  CHECK(s.append("acct-7", batch).expecting(none()) == refused(errc::too_large));
  CHECK(s.history("acct-7") == "not_found");
  CHECK(s.committed() == 0);
  batch.resize(3);
  CHECK(s.append("acct-7", batch).expecting(none()) == stored(3));
}

TEST_CASE("J-137 payloads of awkward sizes come back byte for byte and aligned", "[limits]") {
  scene s;
  const std::vector<std::size_t> sizes{0,    1,    7,    8,    9,    2021,
                                       2022, 2023, 4095, 4096, 4097, std::size_t{1} << 20U};
  unsigned seed = 0;
  for (int round = 0; round < 3; ++round) {
    for (const std::size_t size : sizes) {
      const std::string id = "acct-" + std::to_string(size);
      const std::string name = std::to_string(round) + "/" + std::to_string(size);
      REQUIRE_FALSE(s.append(id, {event(name, pattern(size, ++seed))}).expecting(any()).refused());
    }
    // Rewrites and deletes between the rounds move what comes after them.
    REQUIRE_FALSE(s.truncate("acct-7", static_cast<std::uint64_t>(round) + 2).refused());
    REQUIRE_FALSE(s.remove("acct-9", any()).refused());
  }
  seed = 0;
  const scanning all = s.scan();
  std::size_t found = 0;
  for (const seen_record& r : all.records) {
    if (r.kind != record_kind::event) continue;
    const std::size_t size = sizes[found++ % sizes.size()];
    CAPTURE(size, r.at.value);
    CHECK(r.payload == pattern(size, ++seed));
    CHECK((r.aligned || size == 0));
  }
  CHECK(found == 3 * sizes.size());
  for (const seen_record& r : s.read("acct-4097").records) CHECK(r.aligned);
}

TEST_CASE("J-139 long ids with a long common prefix do not collide", "[limits]") {
  scene s({.partitions = 4});
  const std::string common(id_bytes_max - 1, 'x');
  for (const char last : {'a', 'b', 'c'}) {
    REQUIRE(s.append(common + last, {std::string(1, last)}).expecting(none()) == stored(1));
  }
  REQUIRE(s.append(common, {"short"}).expecting(none()) == stored(1));
  CHECK(s.history(common + 'a') == "1:a");
  CHECK(s.history(common + 'b') == "1:b");
  CHECK(s.history(common + 'c') == "1:c");
  CHECK(s.history(common) == "1:short");
  CHECK(s.read(common + 'a').records.front().aggregate.id == common + 'a');

  const aggregate_key longest{account_type, std::string(tenant_bytes_max, 't'), common + 'a'};
  REQUIRE(s.append(longest, {"t"}).expecting(none()) == stored(1));
  CHECK(s.read(longest).records.front().aggregate == longest);
}

TEST_CASE("J-139 ids and tenants above the limit are refused", "[limits]") {
  scene s;
  const std::string long_id(id_bytes_max + 1, 'x');
  const aggregate_key long_tenant{account_type, std::string(tenant_bytes_max + 1, 't'), "id"};
  const outcome by_id = s.append(long_id, {"e1"}).expecting(none());
  const outcome by_tenant = s.append(long_tenant, {"e1"}).expecting(none());
  for (const outcome& o : {by_id, by_tenant}) {
    REQUIRE(o.refused());
    CHECK((o.is.error().code == errc::too_large || o.is.error().code == errc::invalid_argument));
  }
  CHECK(by_id.is.error().message.find("1024") != std::string::npos);
  CHECK(by_tenant.is.error().message.find("255") != std::string::npos);
  CHECK(s.remove(long_id, any()).refused());
  CHECK(s.committed() == 0);
}

TEST_CASE("J-140 ids of any bytes are distinct and come back unchanged", "[limits]") {
  scene s({.partitions = 4});
  using namespace std::string_literals;
  const std::vector<std::string> ids{"a",     "a "s, " a"s,           "a\0"s,
                                     "a\0b"s, "\0"s, "\0\0"s,         "a/b"s,
                                     "a//b"s, "/"s,  "\xc3\xa9"s,     "e\xcc\x81"s,
                                     "\xff"s, "A"s,  "\xe2\x82\xac"s, std::string(8, '\0'),
                                     "a\nb"s, "%61"s};
  for (std::size_t i = 0; i < ids.size(); ++i) {
    REQUIRE(s.append(ids[i], {"e" + std::to_string(i)}).expecting(none()) == stored(1));
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    CAPTURE(i);
    const reading all = s.read(ids[i]);
    CHECK(all == "1:e" + std::to_string(i) + " end");
    REQUIRE(all.records.size() == 1);
    CHECK(all.records[0].aggregate.id == ids[i]);
  }
}

TEST_CASE("J-141 an empty id is refused by every call", "[limits]") {
  scene s;
  CHECK(s.append("", {"e1"}).expecting(none()) == refused(errc::invalid_argument));
  CHECK(s.append("", std::vector<new_event>{}).expecting(any()) == refused(errc::invalid_argument));
  CHECK(s.remove("", any()) == refused(errc::invalid_argument));
  CHECK(s.read("") == "invalid_argument");
  const result<aggregate_head> head = s.log().head(who("").key);
  REQUIRE_FALSE(head.has_value());
  CHECK(head.error().code == errc::invalid_argument);
  CHECK(s.committed() == 0);
}

TEST_CASE("J-147 a queue at its byte bound answers overloaded and recovers", "[limits]") {
  constexpr std::size_t bound = 65'536;
  constexpr std::size_t payload = 4096;
  scene s({.partitions = 2, .staged_bytes_max = bound});
  const std::string acct = s.id_in(0, "acct");
  held_commits hold(s);
  std::vector<ticket> asked;
  // Twice of what fits, so that some must be refused.
  for (unsigned i = 0; i < 2 * bound / payload; ++i) {
    asked.push_back(s.append(acct, {event("e" + std::to_string(i), pattern(payload, i))})
                        .later_expecting(any()));
  }
  CHECK(s.log().saturated({0}));
  hold.release();

  std::uint64_t accepted = 0;
  std::uint64_t refusals = 0;
  for (const ticket& t : asked) {
    const outcome o = t.answer();
    if (o == refused(errc::overloaded)) {
      ++refusals;
    } else {
      CHECK(o == stored(++accepted));
    }
  }
  CHECK(accepted > 0);
  CHECK(accepted * payload <= bound + payload);
  CHECK(refusals > 0);
  CHECK_FALSE(s.log().saturated({0}));
  CHECK(s.append(acct, {"next"}).expecting(exact(accepted)) == stored(accepted + 1));
  CHECK(s.read(acct).records.size() == accepted + 1);
}

TEST_CASE("port: a batch of 4096 events is stored and one more is refused", "[limits]") {
  scene s;
  CHECK(s.append("a", events("e", 4097)).expecting(none()) == refused(errc::too_large));
  CHECK(s.committed() == 0);
  CHECK(s.append("a", events("e", 4096)).expecting(none()) == stored(4096));
  CHECK(s.read("a").records.size() == 4096);
}

}  // namespace reprise::persistence::conformance
