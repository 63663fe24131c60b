// SPDX-License-Identifier: Apache-2.0
#include "messages/schema_bundle.hpp"
#include "tests/messages/random_box.hpp"

#include <catch2/catch_test_macros.hpp>

#include <limits>
#include <string>
#include <utility>

namespace {

namespace rich = test::rich;
using reprise::bytes;
using reprise::codec;
using reprise::test::random_box;

template <class T>
bytes encoded(const T& value) {
  bytes out;
  codec<T>::encode(value, out);
  return out;
}

template <class T>
bool survives(const T& value) {
  const auto back = codec<T>::decode(encoded(value));
  return back && *back == value;
}

constexpr std::uint64_t seeds = 3000;

}  // namespace

TEST_CASE("random states come back as they were encoded") {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const rich::box_state state = random_box(seed).state();
    if (!survives(state)) FAIL("seed " << seed << ": " << codec<rich::box_state>::json(state));
  }
}

TEST_CASE("random commands, replies and events come back as they were encoded") {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    random_box box(seed);
    INFO("seed " << seed);
    const rich::shape shape = box.shape();
    const bool all =
        survives(rich::box_cmd::fill{
            .scalars = box.scalars(), .lists = box.lists(), .nested = box.nested()}) &&
        survives(rich::box_cmd::rename{.name_ = box.text(), .readonly_ = box.flip()}) &&
        survives(rich::box_cmd::paint{.label = shape.label, .choice = shape.choice}) &&
        survives(rich::box_cmd::drop{.from = {.metres = box.real()}}) &&
        survives(rich::box_cmd::weigh_reply{.kilograms = box.real(), .exact = box.flip()}) &&
        survives(rich::box_ev::filled{.scalars = box.scalars(),
                                      .lists = box.lists(),
                                      .nested = box.nested(),
                                      .why = rich::box_event_filled_reason::told}) &&
        survives(rich::box_ev::renamed{.value = box.text()}) &&
        survives(rich::box_ev::painted{.label = shape.label, .choice = shape.choice}) &&
        survives(rich::box_ev::dropped{}) &&
        survives(
            rich::box_ev::colour{.colour = box.colour(),
                                 .tags_ = {box.text()},
                                 .how = rich::box_event_colour_how_case::spray{.value = 2.5F}}) &&
        survives(rich::box_ev::weighed{.value = {box.real(), box.real()}}) &&
        survives(rich::box_ev::priced{.cents = 5, .currency = shared_schema::currency::new_});
    if (!all) FAIL();
  }
}

TEST_CASE("a message larger than the scratch is one raw segment, too") {
  rich::box_state state;
  state.boxState = std::string(100'000, 'x');
  for (int i = 0; i < 1000; ++i) state.lists.words.push_back(std::to_string(i));
  CHECK(survives(state));
}

TEST_CASE("values begin with the defaults of the schema") {
  const rich::defaults fresh;
  CHECK(fresh.flag);
  CHECK(fresh.tiny == -128);
  CHECK(fresh.large == std::numeric_limits<std::int64_t>::min());
  CHECK(fresh.unsignedLarge == std::numeric_limits<std::uint64_t>::max());
  CHECK(fresh.single == 0.1F);
  CHECK(fresh.twofold == std::numeric_limits<double>::infinity());
  CHECK(fresh.colour == rich::colour::darkGreen);
  CHECK(fresh.text == std::string("say \"hi\"\n\0 7, \xc3\xa4", 16));
  CHECK(fresh.data == bytes{std::byte{0}, std::byte{255}, std::byte{16}});
  CHECK(fresh.money ==
        shared_schema::money{.cents = 250, .currency = shared_schema::currency::usd});
  CHECK(fresh.words == std::vector<std::string>{"one", "two"});
  CHECK(fresh.pairs == std::vector<std::vector<std::string>>{{"a", "b"}, {}});
  CHECK(std::get<rich::shape_case::round>(fresh.shape.choice).radius == 2.5);
  REQUIRE(fresh.shapes.size() == 2);
  CHECK(fresh.shapes[1].label == "none");
  CHECK(std::get<rich::defaults_case::by_number>(fresh.choice).value == 7);
}

TEST_CASE("a message that sets nothing decodes to the same defaults") {
  // A null root pointer is what Cap'n Proto reads as a struct with all its defaults.
  const bytes null_root(8);
  CHECK(codec<rich::defaults>::decode(null_root).value_or({}) == rich::defaults{});
  CHECK(codec<shared_schema::money>::decode(null_root).value_or({}) == shared_schema::money{});
}

TEST_CASE("an empty value stays empty where the schema has a default") {
  rich::defaults emptied;
  emptied.text.clear();
  emptied.data.clear();
  emptied.numbers.clear();
  emptied.shapes.clear();
  emptied.choice = rich::defaults_case::by_name{.value = ""};
  CHECK(survives(emptied));
}

TEST_CASE("tags become text") {
  CHECK(rich::box_ev::marked::tags({.text = "a b",
                                    .number = -7,
                                    .small = 200,
                                    .flag = true,
                                    .colour = rich::colour::default_}) ==
        reprise::attributes{{"text", "a b"},
                            {"number", "-7"},
                            {"small", "200"},
                            {"flag", "true"},
                            {"colour", "default"}});
}

TEST_CASE("what an event is rendered as makes the event again") {
  const auto bundle = reprise::messages::schema_bundle::open(rich::box_api::schema());
  REQUIRE(bundle);
  const auto again = [&]<class E>(const E& event) {
    const auto payload = bundle->event_payload(E::tag, codec<E>::json(event));
    return payload && codec<E>::decode(*payload).value() == event;
  };
  CHECK(again(rich::box_ev::dropped{}));
  CHECK(again(rich::box_ev::renamed{.value = "a \"b\" \\ \n \t \x01 \u00fc \u6f22"}));
  CHECK(again(rich::box_ev::priced{.cents = 5}));
  CHECK(again(rich::box_ev::weighed{.value = {1, 2.5, -1e300}}));
  CHECK(again(rich::box_ev::colour{.how = rich::box_event_colour_how_case::spray{.value = 1}}));
  CHECK(again(rich::box_ev::filled{}));
  random_box box(1);
  rich::scalars scalars = box.scalars();
  scalars.colour = rich::colour::red;
  CHECK(again(rich::box_ev::filled{.scalars = scalars}));
}

TEST_CASE("every kind of event renders as the bundle renders it") {
  const auto bundle = reprise::messages::schema_bundle::open(rich::box_api::schema());
  REQUIRE(bundle);
  CHECK(bundle->name() == "Box");
  CHECK(bundle->type() == rich::box_api::type);
  CHECK(bundle->event_names() == std::vector<std::string>{"filled", "renamed", "painted", "dropped",
                                                          "colour", "weighed", "priced", "marked"});
  CHECK(bundle->event_name(1) == "renamed");
  CHECK(bundle->event_name(8).empty());

  const auto same = [&]<class E>(const E& event) {
    return bundle->event_json(E::tag, encoded(event)).value_or("") == codec<E>::json(event);
  };
  CHECK(codec<rich::box_ev::renamed>::json({.value = "x"}) == R"({"value":"x"})");
  CHECK(codec<rich::box_ev::dropped>::json({}) == "{}");
  CHECK(codec<rich::box_ev::weighed>::json({.value = {1, 2.5}}) == R"({"value":[1,2.5]})");
  CHECK(codec<rich::box_ev::priced>::json({.cents = 5}) == R"({"cents":"5","currency":"eur"})");
  CHECK(codec<rich::box_ev::colour>::json(
            {.how = rich::box_event_colour_how_case::spray{.value = 1}}) ==
        R"({"colour":"red","how":{"spray":1}})");
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    random_box box(seed);
    const rich::box_state state = box.state();
    CHECK(bundle->state_json(encoded(state)).value_or("") == codec<rich::box_state>::json(state));
    CHECK(same(rich::box_ev::renamed{.value = box.text()}));
    CHECK(same(rich::box_ev::painted{.label = box.text(), .choice = box.shape().choice}));
    CHECK(same(rich::box_ev::colour{.colour = box.colour()}));
    CHECK(same(rich::box_ev::weighed{.value = {box.real()}}));
    CHECK(same(rich::box_ev::filled{.scalars = box.scalars()}));
  }
}
