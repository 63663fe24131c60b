// SPDX-License-Identifier: Apache-2.0
#include <reprise/ids.hpp>

#include <catch2/catch_test_macros.hpp>

#include <set>
#include <string>
#include <type_traits>

using namespace reprise;

namespace {

constexpr std::string_view text_of_example = "00ff10a5000102030405060708090aff";

event_id example() {
  event_id id;
  REQUIRE(from_hex(text_of_example, id.value));
  return id;
}

}  // namespace

TEST_CASE("an id and its text name each other") {
  CHECK(to_hex(example().value) == text_of_example);
  CHECK(example().value[1] == std::byte{0xff});
  CHECK(to_hex(event_id{}.value) == std::string(32, '0'));
}

TEST_CASE("text that is no id leaves the id untouched") {
  const event_id before = example();
  for (const auto* text :
       {"", "00ff10a5000102030405060708090af", "00ff10a5000102030405060708090aff0",
        "00ff10a5000102030405060708090afg", "00ff10a5000102030405060708090afF"}) {
    CAPTURE(text);
    event_id id = before;
    CHECK_FALSE(from_hex(text, id.value));
    CHECK(id == before);
  }
}

TEST_CASE("only the id of zeros is empty") {
  CHECK(event_id{}.empty());
  CHECK_FALSE(example().empty());
}

TEST_CASE("ids of different kinds do not mix") {
  STATIC_CHECK_FALSE(std::is_convertible_v<event_id, command_id>);
  STATIC_CHECK_FALSE(std::is_convertible_v<sequence, position>);
  STATIC_CHECK_FALSE(std::is_convertible_v<std::uint64_t, sequence>);
}

TEST_CASE("a counter starts before its first value and goes up by one") {
  CHECK(sequence{}.value == 0);
  CHECK(sequence{}.next() == sequence{1});
  CHECK(position{7} < position{8});
}

// Programs that are run again rely on it: their command ids must stay the same for ever.
TEST_CASE("a command id derived from a text is always the same, and another for another text") {
  CHECK(derive_command_id("trip-1/request") == derive_command_id("trip-1/request"));
  CHECK(to_hex(derive_command_id("trip-1/request").value) == "2ea08ab6ba6c113f4ccc173710b76ab5");
  std::set<command_id> seen;
  for (int i = 0; i < 10'000; ++i) seen.insert(derive_command_id("trip-" + std::to_string(i)));
  CHECK(seen.size() == 10'000);
}

TEST_CASE("an aggregate is another one when its type, tenant or id is another") {
  const aggregate_key key{{1}, "acme", "trip-1"};
  CHECK(key == aggregate_key{{1}, "acme", "trip-1"});
  CHECK(key != aggregate_key{{2}, "acme", "trip-1"});
  CHECK(key != aggregate_key{{1}, "", "trip-1"});
  CHECK(key != aggregate_key{{1}, "acme", "trip-2"});
}
