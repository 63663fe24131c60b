// SPDX-License-Identifier: Apache-2.0
#include "messages/personal_parts.hpp"

#include "clinic.reprise.hpp"
#include "messages/schema_bundle.hpp"

#include <reprise/codec.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstring>
#include <set>
#include <string>

namespace {

using namespace reprise;
using namespace reprise::messages;
using ev = clinic::visit_ev;

// What nobody would seal can refuse it when it is compiled.
static_assert(holds_personal_data<clinic::visit_state>);
static_assert(holds_personal_data<clinic::note>);
static_assert(!holds_personal_data<clinic::bell_state>);
static_assert(!holds_personal_data<clinic::address>);

const schema_bundle& visit() {
  static const auto bundle = schema_bundle::open(clinic::visit_api::schema());
  REQUIRE(bundle.has_value());
  return *bundle;
}

template <class T>
bytes encoded(const T& value) {
  bytes out;
  codec<T>::encode(value, out);
  return out;
}

template <class T>
parted_message parted(const T& event) {
  auto out = visit().part_event(encoded(event));
  REQUIRE(out.has_value());
  return *out;
}

// What is read when the parts of these subjects are put back.
template <class T>
T joined(const parted_message& from, const std::set<std::string>& subjects) {
  std::vector<bytes> parts;
  for (const personal_part& part : from.parts) {
    if (subjects.contains(part.subject)) parts.push_back(part.values);
  }
  const auto whole = join_parts(from.rest, parts);
  REQUIRE(whole.has_value());
  auto value = codec<T>::decode(*whole);
  REQUIRE(value.has_value());
  return *value;
}

bool holds(const bytes& in, const std::string& text) {
  const auto* const begin = reinterpret_cast<const char*>(in.data());
  return std::search(begin, begin + in.size(), text.begin(), text.end()) != begin + in.size();
}

ev::measured everything() {
  ev::measured m;
  m.patient = "ann";
  m.flag = false;
  m.other = true;
  m.i8 = 8;
  m.i16 = -16;
  m.i32 = 32;
  m.i64 = -64;
  m.u8 = 200;
  m.u64 = 640;
  m.f32 = -0.5F;
  m.f64 = 1e300;
  m.mood = clinic::mood::upset;
  m.text = "secret text";
  m.data = bytes(3, std::byte{9});
  m.words = {"secret word", ""};
  m.places = {{.street = "secret street", .number = 2}, {}};
  m.home = {.street = "secret home", .number = 4};
  m.plain = {.street = "known to all", .number = 5};
  m.doctor = "doc";
  m.remark = "secret remark";
  return m;
}

clinic::guest guest(std::int32_t id, const std::string& name) {
  return {.id = id,
          .name = name,
          .home = {.street = name + "'s street", .number = 12},
          .pay = clinic::guest_pay_case::card{
              .holder = "holder of " + name, .number = "card of " + name, .code = 42}};
}

ev::received party() {
  ev::received p;
  p.room = "hall";
  p.table = {guest(1, "eve"), guest(2, "bob")};
  p.rows = {{guest(2, "bob two")}, {}, {guest(3, "cat"), guest(1, "eve two")}};
  p.first = guest(-4, "dan");
  p.first.pay = clinic::guest_pay_case::cash{};
  return p;
}

}  // namespace

TEST_CASE("what is taken out of a message and put back makes the same message, for every type") {
  const ev::measured before = everything();
  const parted_message apart = parted(before);
  REQUIRE(apart.parts.size() == 2);
  CHECK(apart.parts[0].subject == "ann");
  CHECK(apart.parts[1].subject == "doc");
  CHECK(joined<ev::measured>(apart, {"ann", "doc"}) == before);
}

TEST_CASE("without its part a field has the default that the schema declares") {
  const parted_message apart = parted(everything());
  ev::measured expected;
  expected.patient = "ann";
  expected.other = true;
  expected.plain = {.street = "known to all", .number = 5};
  expected.doctor = "doc";
  CHECK(joined<ev::measured>(apart, {}) == expected);
  CHECK(expected.flag);
  CHECK(expected.home == clinic::address{.street = "withheld", .number = 3});
  CHECK(expected.places == std::vector<clinic::address>{{.street = "x", .number = 7}});
  CHECK(expected.words == std::vector<std::string>{"a", "b"});
  CHECK(expected.mood == clinic::mood::gone);
  expected.remark = "secret remark";
  CHECK(joined<ev::measured>(apart, {"doc"}) == expected);
}

TEST_CASE("nothing of a part is left in the rest, nor how long it was") {
  ev::measured m = everything();
  const parted_message apart = parted(m);
  CHECK_FALSE(holds(apart.rest, "secret"));
  CHECK(holds(apart.rest, "known to all"));
  m.text = std::string(1000, 'x');
  m.words = {};
  CHECK(parted(m).rest == apart.rest);
}

TEST_CASE("owners may be nested, in lists of lists, in groups and in members of unions") {
  const ev::received before = party();
  const parted_message apart = parted(before);
  std::set<std::string> subjects;
  for (const personal_part& part : apart.parts) subjects.insert(part.subject);
  CHECK(subjects == std::set<std::string>{"1", "2", "3", "-4", "holder of eve", "holder of bob",
                                          "holder of bob two", "holder of cat",
                                          "holder of eve two"});
  CHECK(joined<ev::received>(apart, subjects) == before);

  subjects.erase("2");
  subjects.erase("holder of cat");
  ev::received expected = before;
  for (clinic::guest* const bob : {&expected.table[1], &expected.rows[0][0]}) {
    bob->name = "a guest";
    bob->home = {.street = "withheld", .number = 1};
  }
  auto& cats = std::get<clinic::guest_pay_case::card>(expected.rows[2][0].pay);
  cats.number = "";
  cats.code = 111;
  CHECK(joined<ev::received>(apart, subjects) == expected);
}

TEST_CASE("states are taken apart too, and what has its defaults belongs to nobody") {
  clinic::visit_state state;
  state.patient = "ann";
  state.called = "Ann A.";
  state.notes = {{.about = 5, .text = "five"}, {.about = 6, .text = ""}};
  const auto apart = visit().part_state(encoded(state));
  REQUIRE(apart.has_value());
  REQUIRE(apart->parts.size() == 2);
  CHECK(apart->parts[0].subject == "5");
  CHECK(joined<clinic::visit_state>(*apart, {"5", "ann"}) == state);
  const auto empty = visit().part_state(encoded(clinic::visit_state{.patient = "ann"}));
  REQUIRE(empty.has_value());
  CHECK(empty->parts.size() <= 1);
  CHECK(parted(ev::left{}).parts.empty());
}

TEST_CASE("only types with marked fields have personal ones") {
  CHECK(visit().has_personal_fields());
  const auto bell = schema_bundle::open(clinic::bell_api::schema());
  REQUIRE(bell.has_value());
  CHECK_FALSE(bell->has_personal_fields());
}

TEST_CASE("parts that are damaged or belong elsewhere are refused, and never crash") {
  const parted_message apart = parted(party());
  const parted_message other = parted(everything());
  for (const personal_part& part : apart.parts) {
    for (std::size_t cut = 1; cut < part.values.size(); ++cut) {
      const std::vector<bytes> shorter{
          {part.values.begin(), part.values.end() - static_cast<std::ptrdiff_t>(cut)}};
      static_cast<void>(join_parts(apart.rest, shorter));
    }
    for (std::size_t at = 0; at < part.values.size(); ++at) {
      for (const int change : {1, 0x80, 0xff}) {
        std::vector<bytes> changed{part.values};
        changed[0][at] ^= static_cast<std::byte>(change);
        static_cast<void>(join_parts(apart.rest, changed));
      }
    }
    const std::vector<bytes> alone{part.values};
    static_cast<void>(join_parts(other.rest, alone));
  }
  const std::vector<bytes> rubbish{bytes(7, std::byte{0xff})};
  const auto refused = join_parts(apart.rest, rubbish);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::malformed);
  CHECK_FALSE(join_parts(bytes(3), {}).has_value());
}
