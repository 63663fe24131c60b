// SPDX-License-Identifier: Apache-2.0
#include "messages/generator/bundle_code.hpp"
#include "messages/generator/catalogue.hpp"
#include "messages/schema_bundle.hpp"
#include "tests/messages/schema_compiler.hpp"

#include <reprise/generated/payload.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstring>
#include <set>
#include <string>

namespace {

using reprise::bytes;
using reprise::errc;
using reprise::messages::schema_bundle;

const std::string interface =
    "interface Trip @0xa0b1c2d3e4f50617 $Reprise.aggregate(events = \"TripEvent\", state = "
    "\"TripState\") { go @0 (); }\n";
const std::string original_state =
    "struct TripState { rider @0 :Text; phase @1 :Phase; stops @2 :List(Stop);\n"
    "  pay :union { cash @3 :Void; card @4 :Text; }\n"
    "  fee @5 :UInt32 = 3; }\n"
    "struct Stop { zone @0 :Text; }\n"
    "enum Phase { none @0; under @1; }\n";
const std::string original_events =
    "struct TripEvent { union { requested @0 :Requested; started @1 :Void; }\n"
    "  struct Requested { rider @0 :Text; seats @1 :UInt16; } }\n";

schema_bundle bundle_of(const std::string& declarations) {
  reprise::test::compiled_schema compiled(reprise::test::schema_text(declarations));
  const reprise::generator::catalogue all(compiled.request());
  constexpr std::uint64_t trip = 0xa0b1c2d3e4f50617U;
  const auto types = all.aggregate_of(trip);
  REQUIRE(types);
  const auto words = reprise::generator::bundle_words(all, trip, *types);
  auto out = schema_bundle::open(std::as_bytes(std::span(words)));
  REQUIRE(out);
  return std::move(*out);
}

// Why the changed schema does not accept the original one; empty when it does.
std::string broken(const std::string& state, const std::string& events) {
  const auto done = bundle_of(interface + state + events)
                        .accepts(bundle_of(interface + original_state + original_events));
  if (done) return {};
  CHECK(done.error().code == errc::incompatible);
  return done.error().message;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

std::string state_broken(const std::string& what, const std::string& by) {
  return broken(replaced(original_state, what, by), original_events);
}
std::string events_broken(const std::string& what, const std::string& by) {
  return broken(original_state, replaced(original_events, what, by));
}

}  // namespace

TEST_CASE("a mark of personal data may be added and taken away: what is stored is readable") {
  const std::string marked =
      replaced(original_state, "rider @0 :Text;", "rider @0 :Text $Reprise.personal(\"fee\");");
  CHECK(broken(marked, original_events) == "");
  const auto unmarked = bundle_of(interface + original_state + original_events);
  CHECK(unmarked.accepts(bundle_of(interface + marked + original_events)).has_value());
  CHECK_FALSE(unmarked.has_personal_fields());
}

TEST_CASE("a schema accepts itself, and what only adds to it") {
  CHECK(broken(original_state, original_events).empty());
  CHECK(state_broken("fee @5 :UInt32 = 3;", "fee @5 :UInt32 = 3; tip @6 :UInt32;").empty());
  CHECK(state_broken("under @1;", "under @1; over @2;").empty());
  CHECK(state_broken("card @4 :Text;", "card @4 :Text; gift @6 :Text;").empty());
  CHECK(state_broken("zone @0 :Text;", "zone @0 :Text; borough @1 :Text;").empty());
  CHECK(events_broken("started @1 :Void;", "started @1 :Void; ended @2 :Void;").empty());
  CHECK(events_broken("seats @1 :UInt16;", "seats @1 :UInt16; pets @2 :UInt16;").empty());
}

TEST_CASE("removed fields, members and enumerants are named") {
  CHECK(events_broken("rider @0 :Text; seats @1 :UInt16;", "rider @0 :Text;") ==
        "schema of Trip: TripEvent.Requested.seats was removed");
  CHECK(state_broken("none @0; under @1;", "none @0;") ==
        "schema of Trip: Phase.under was removed or renamed");
  CHECK(events_broken("started @1 :Void;", "begun @1 :Void;") ==
        "schema of Trip: TripEvent.started was renamed to begun, or removed and its number used "
        "again");
}

TEST_CASE("renamed fields are named") {
  CHECK(events_broken("rider @0", "passenger @0") ==
        "schema of Trip: TripEvent.Requested.rider was renamed to passenger, or removed and its "
        "number used again");
}

TEST_CASE("retyped fields are named with both types") {
  CHECK(events_broken("rider @0 :Text", "rider @0 :Data") ==
        "schema of Trip: TripEvent.Requested.rider was Text and is Data");
  CHECK(events_broken("seats @1 :UInt16", "seats @1 :Int16") ==
        "schema of Trip: TripEvent.Requested.seats was UInt16 and is Int16");
  CHECK(state_broken("stops @2 :List(Stop)", "stops @2 :List(Text)") ==
        "schema of Trip: TripState.stops was Stop and is Text");
  CHECK(state_broken("zone @0 :Text", "zone @0 :UInt8") ==
        "schema of Trip: Stop.zone was Text and is UInt8");
  CHECK(state_broken("card @4 :Text", "card @4 :UInt8") ==
        "schema of Trip: TripState.pay.card was Text and is UInt8");
}

TEST_CASE("renumbered fields, members and enumerants are named") {
  CHECK(events_broken("rider @0 :Text; seats @1 :UInt16;", "rider @1 :Text; seats @0 :UInt16;") ==
        "schema of Trip: TripEvent.Requested.rider was renumbered");
  CHECK(state_broken("none @0; under @1;", "none @1; under @0;") ==
        "schema of Trip: Phase.none was renumbered");
}

TEST_CASE("another default and a move into a union are named") {
  CHECK(state_broken("fee @5 :UInt32 = 3;", "fee @5 :UInt32 = 4;") ==
        "schema of Trip: TripState.fee has another default");
  CHECK(events_broken("seats @1 :UInt16;", "union { seats @1 :UInt16; sum @2 :UInt16; }") ==
        "schema of Trip: TripEvent.Requested.seats was moved into, out of or within a union");
}

TEST_CASE("the schema of another type is not accepted") {
  const auto other = bundle_of(interface + original_state + original_events);
  reprise::test::compiled_schema compiled(reprise::test::schema_text(
      "interface Taxi @0xb0b1c2d3e4f50617 $Reprise.aggregate(events = \"TripEvent\", state = "
      "\"TripState\") { go @0 (); }\n" +
      original_state + original_events));
  const reprise::generator::catalogue all(compiled.request());
  constexpr std::uint64_t taxi = 0xb0b1c2d3e4f50617U;
  const auto words = reprise::generator::bundle_words(all, taxi, *all.aggregate_of(taxi));
  const auto opened = schema_bundle::open(std::as_bytes(std::span(words)));
  REQUIRE(opened);
  CHECK(opened->accepts(other).error().message ==
        "schema of Taxi: it is compared with that of another type, Trip");
}

TEST_CASE("fields that a newer schema added are ignored by an older one") {
  const std::string newer = interface + original_state +
                            replaced(original_events, "seats @1 :UInt16;",
                                     "seats @1 :UInt16; pets @2 :List(Text); luggage @3 :Float64;");
  reprise::test::compiled_schema compiled(reprise::test::schema_text(newer));
  const reprise::generator::catalogue all(compiled.request());
  const auto types = all.aggregate_of(0xa0b1c2d3e4f50617U);
  REQUIRE(types);
  capnp::MallocMessageBuilder message;
  auto event = message.initRoot<capnp::DynamicStruct>(all.load(types->events).asStruct());
  auto requested = event.init("requested").as<capnp::DynamicStruct>();
  requested.set("rider", "ann");
  requested.set("seats", 4);
  requested.init("pets", 2);
  requested.set("luggage", 7.5);
  const auto segment = message.getSegmentsForOutput()[0];
  const auto written = std::as_bytes(std::span(segment.begin(), segment.size()));

  const schema_bundle older = bundle_of(interface + original_state + original_events);
  CHECK(older.event_json(0, written).value_or("") == R"({"rider":"ann","seats":4})");
}

TEST_CASE("a rename passes when the schema says so") {
  CHECK(events_broken("rider @0 :Text", "passenger @0 :Text $Reprise.renamed(\"rider\")").empty());
  CHECK(events_broken("rider @0 :Text", "guest @0 :Text $Reprise.renamed(\"client, rider\")")
            .empty());
  CHECK(
      events_broken("started @1 :Void;", "begun @1 :Void $Reprise.renamed(\"started\");").empty());
  CHECK(state_broken("under @1;", "below @1 $Reprise.renamed(\"under\");").empty());
}

TEST_CASE("a rename does not hide what else was changed") {
  CHECK(events_broken("rider @0 :Text", "passenger @0 :Data $Reprise.renamed(\"rider\")") ==
        "schema of Trip: TripEvent.Requested.rider was Text and is Data");
  CHECK(events_broken("rider @0 :Text; seats @1 :UInt16;",
                      "passenger @1 :Text $Reprise.renamed(\"rider\"); seats @0 :UInt16;") ==
        "schema of Trip: TripEvent.Requested.rider was renumbered");
  CHECK(state_broken("none @0; under @1;", "none @1; below @0 $Reprise.renamed(\"under\");")
            .find("was renumbered") != std::string::npos);
}

TEST_CASE("all changes are found, and each is of its kind") {
  const std::string events = replaced(
      replaced(original_events, "rider @0 :Text; seats @1 :UInt16;",
               "passenger @0 :Text $Reprise.renamed(\"rider\"); seats @1 :UInt8; pets @2 :Bool;"),
      "started @1 :Void;", "started @1 :Void; ended @2 :Void;");
  const std::string state = replaced(original_state, "under @1;", "under @1; over @2;");
  const auto changes = bundle_of(interface + state + events)
                           .changes_since(bundle_of(interface + original_state + original_events));
  REQUIRE(changes.has_value());
  std::set<std::string> said;
  for (const reprise::schema_change& change : *changes) {
    said.insert(std::string(to_string(change.is)) + ": " + change.what);
  }
  CHECK(said == std::set<std::string>{"renamed: TripEvent.Requested.rider was renamed to passenger",
                                      "refused: TripEvent.Requested.seats was UInt16 and is UInt8",
                                      "added: TripEvent.Requested.pets was added",
                                      "added: TripEvent.ended was added",
                                      "added: Phase.over was added"});
}

TEST_CASE("a schema is shown as a person reads it") {
  const std::string text = bundle_of(interface + original_state + original_events).text();
  for (const char* const part :
       {"interface Trip @0xa0b1c2d3e4f50617 {", "  go @0 ();", "struct TripEvent {",
        "    requested @0 :TripEvent.Requested;", "    started @1 :Void;", "  seats @1 :UInt16;",
        "  stops @2 :List(Stop);", "  pay :group {", "      card @4 :Text;",
        "  fee @5 :UInt32 = 3;", "enum Phase {", "  under @1;"}) {
    INFO(part);
    CHECK(text.find(part) != std::string::npos);
  }
}
