// SPDX-License-Identifier: Apache-2.0
#include "examples/trip/trip.hpp"
#include "messages/schema_bundle.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <variant>

namespace {

using reprise::bytes;
using reprise::codec;
using reprise::errc;

template <class T>
bytes encoded(const T& value) {
  bytes out;
  codec<T>::encode(value, out);
  return out;
}

const ride::trip_ev::requested asked{.rider = "ann",
                                     .pickup = {.zone = "Astoria", .borough = "Queens"},
                                     .dropoff = {.zone = "SoHo", .borough = "Manhattan"},
                                     .passengers = 2};

}  // namespace

static_assert(reprise::complete<ride::trip>());

TEST_CASE("an event comes back as it was encoded") {
  const auto back = codec<ride::trip_ev::requested>::decode(encoded(asked));
  REQUIRE(back);
  CHECK(*back == asked);
}

TEST_CASE("messages are appended to what is there, each a multiple of 8 bytes") {
  bytes out;
  codec<ride::trip_ev::requested>::encode(asked, out);
  const std::size_t first = out.size();
  codec<ride::trip_ev::arrived>::encode({}, out);
  CHECK(first % 8 == 0);
  CHECK(out.size() % 8 == 0);
  CHECK(codec<ride::trip_ev::arrived>::decode(std::span(out).subspan(first)));
}

TEST_CASE("an event is not taken for another one") {
  const auto back = codec<ride::trip_ev::assigned>::decode(encoded(asked));
  REQUIRE_FALSE(back);
  CHECK(back.error().code == errc::malformed);
  CHECK(back.error().message.find("TripEvent") != std::string::npos);
}

TEST_CASE("tags of an event are the fields that the schema marks") {
  CHECK(ride::trip_ev::assigned::tags({.driver = "bob"}) == reprise::attributes{{"driver", "bob"}});
}

TEST_CASE("enums name their enumerants as the schema does") {
  CHECK(to_string(ride::phase::inProgress) == "inProgress");
  CHECK(to_string(static_cast<ride::phase>(99)).empty());
}

TEST_CASE("generated JSON is the JSON of the schema bundle") {
  const auto bundle = reprise::messages::schema_bundle::open(ride::trip_api::schema());
  REQUIRE(bundle);
  const std::string json = codec<ride::trip_ev::requested>::json(asked);
  CHECK(json == R"({"rider":"ann","pickup":{"zone":"Astoria","borough":"Queens"},)"
                R"("dropoff":{"zone":"SoHo","borough":"Manhattan"},"passengers":2})");
  CHECK(bundle->event_json(0, encoded(asked)).value_or("") == json);
  CHECK(bundle->event_json(2, encoded(ride::trip_ev::arrived{})).value_or("") == "{}");
  const ride::trip_state state{.phase = ride::phase::paid, .rider = "ann", .distanceMiles = 1.5};
  CHECK(bundle->state_json(encoded(state)).value_or("") == codec<ride::trip_state>::json(state));
}
