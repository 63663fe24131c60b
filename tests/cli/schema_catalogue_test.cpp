// SPDX-License-Identifier: Apache-2.0
#include "persistence/schema_catalogue.hpp"

#include "parcel.reprise.hpp"
#include "persistence/memory_schema_store.hpp"

#include <reprise/codec.hpp>

#include <catch2/catch_test_macros.hpp>

using namespace reprise;
using namespace reprise::persistence;

namespace {

constexpr aggregate_type_id strange{0xbadc0de};

template <class Api>
stored_schema schema_of(std::string name = std::string(Api::name)) {
  return {Api::type, std::move(name), {Api::schema().begin(), Api::schema().end()}};
}

struct known_schemas {
  memory_schema_store schemas;
  schema_catalogue catalogue{[this] { return schemas.all(); }};

  known_schemas() {
    REQUIRE(schemas.save(schema_of<post::parcel_api>()));
    REQUIRE(schemas.save(schema_of<post::courier_shift_api>()));
    REQUIRE(catalogue.refresh());
  }
};

stored_record record_of(aggregate_type_id type, std::uint32_t event_type, bytes_view payload) {
  return {.type = type,
          .tenant = "acme",
          .id = "p-1",
          .event_type = event_type,
          .partition = {2},
          .at = {7},
          .sequence = {3},
          .command = derive_command_id("c"),
          .payload = payload};
}

}  // namespace

TEST_CASE("types are listed by name with their events") {
  known_schemas known;
  const auto types = known.catalogue.types();
  REQUIRE(types.size() == 2);
  CHECK(types[0].name == "CourierShift");
  CHECK(types[0].events == std::vector<std::string>{"begun", "paused"});
  CHECK(types[1].name == "Parcel");
  CHECK(types[1].id == post::parcel_api::type);
  CHECK(types[1].events == std::vector<std::string>{"sent", "delayed", "delivered"});
}

TEST_CASE("a type is found however a person spells it") {
  known_schemas known;
  for (const char* name :
       {"CourierShift", "courierShift", "courier_shift", "courier-shift", "COURIERSHIFT"}) {
    const auto type = known.catalogue.type(name);
    REQUIRE(type);
    CHECK(type->id == post::courier_shift_api::type);
  }
  const auto by_id = known.catalogue.type("0xdabc1faa21521422");
  REQUIRE(by_id);
  CHECK(by_id->name == "Parcel");
}

TEST_CASE("a type that is not there is answered with those that are") {
  known_schemas known;
  const auto type = known.catalogue.type("trip");
  REQUIRE_FALSE(type);
  CHECK(type.error().code == errc::not_found);
  CHECK(type.error().message ==
        "the store has no type 'trip'; the types it has: CourierShift, Parcel");
}

TEST_CASE("an event is chosen by type and name") {
  known_schemas known;
  const auto choice = known.catalogue.choice("parcel.Delivered");
  REQUIRE(choice);
  CHECK(choice->type == post::parcel_api::type);
  CHECK(choice->event == 2);
  const auto whole = known.catalogue.choice("parcel");
  REQUIRE(whole);
  CHECK_FALSE(whole->event);
  const auto none = known.catalogue.choice("parcel.lost");
  REQUIRE_FALSE(none);
  CHECK(none.error().message == "Parcel has no event 'lost'; its events: sent, delayed, delivered");
}

TEST_CASE("a record is rendered by the stored schema") {
  known_schemas known;
  bytes payload;
  codec<post::parcel_ev::sent>::encode({.to = "ann", .weightGrams = 1200}, payload);
  const inspected_record seen =
      known.catalogue.render(record_of(post::parcel_api::type, 0, payload));
  CHECK(seen.type == "Parcel");
  CHECK(seen.event == "sent");
  CHECK(seen.payload == R"({"to":"ann","weightGrams":"1200"})");
  CHECK(seen.unrendered.empty());
  CHECK(seen.meta.aggregate == aggregate_key{post::parcel_api::type, "acme", "p-1"});
  CHECK(seen.meta.partition == partition_id{2});
  CHECK(seen.meta.at == position{7});
  CHECK(seen.meta.sequence == sequence{3});
  CHECK(seen.meta.causation.value == derive_command_id("c").value);
}

TEST_CASE("a payload that is not what the schema says is named, not shown") {
  known_schemas known;
  const bytes payload(8, std::byte{0xff});
  const inspected_record seen =
      known.catalogue.render(record_of(post::parcel_api::type, 0, payload));
  CHECK(seen.event == "sent");
  CHECK(seen.payload.empty());
  CHECK_FALSE(seen.unrendered.empty());
  CHECK(seen.payload_size_bytes == 8);
}

TEST_CASE("a type without a schema is called by its id, and looked for only once") {
  int reads = 0;
  schema_catalogue catalogue([&] {
    ++reads;
    return std::vector<stored_schema>();
  });
  for (int i = 0; i < 100; ++i) {
    const inspected_record seen = catalogue.render(record_of(strange, 4, {}));
    CHECK(seen.type == "0x000000000badc0de");
    CHECK(seen.event == "4");
    CHECK(seen.unrendered == "the store has no schema for this type");
  }
  // Once for the type's name, once for the event.
  CHECK(reads == 2);
}

TEST_CASE("a type that is hosted later is known from its first record on") {
  memory_schema_store schemas;
  schema_catalogue catalogue([&] { return schemas.all(); });
  REQUIRE(catalogue.refresh());
  REQUIRE(schemas.save(schema_of<post::parcel_api>()));
  bytes payload;
  codec<post::parcel_ev::delivered>::encode({}, payload);
  const inspected_record seen = catalogue.render(record_of(post::parcel_api::type, 2, payload));
  CHECK(seen.type == "Parcel");
  CHECK(seen.event == "delivered");
  CHECK(seen.payload == "{}");
}

TEST_CASE("a name that several types have is refused with their ids") {
  memory_schema_store schemas;
  schema_catalogue catalogue([&] { return schemas.all(); });
  stored_schema twin = schema_of<post::parcel_api>();
  REQUIRE(schemas.save(twin));
  twin.type = strange;
  REQUIRE(schemas.save(twin));
  REQUIRE(catalogue.refresh());
  const auto type = catalogue.type("parcel");
  REQUIRE_FALSE(type);
  CHECK(type.error().code == errc::invalid_argument);
}

TEST_CASE("a record that says what stays readable shows it") {
  known_schemas known;
  const std::array<std::byte, 8> five{std::byte{5}};
  stored_record record = record_of(post::parcel_api::type, 0, five);
  record.kind = record_kind::truncation;
  const inspected_record seen = known.catalogue.render(record);
  CHECK(seen.kind == inspected_kind::truncation);
  CHECK(seen.event == "truncation");
  CHECK(seen.payload == R"({"firstReadable":5})");
}

TEST_CASE("a state is rendered by the stored schema") {
  known_schemas known;
  snapshot saved{.at = {4}, .place = {9}};
  codec<post::parcel_state>::encode({.to = "ann", .delivered = true}, saved.state);
  const inspected_snapshot seen = known.catalogue.render(post::parcel_api::type, saved);
  CHECK(seen.state == R"({"to":"ann","delayMinutes":0,"delivered":true})");
  CHECK(seen.at == sequence{4});
  const inspected_snapshot unknown = known.catalogue.render(strange, saved);
  CHECK(unknown.state.empty());
  CHECK(unknown.unrendered == "the store has no schema for this type");
}
