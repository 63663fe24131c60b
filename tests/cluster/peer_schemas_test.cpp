// SPDX-License-Identifier: Apache-2.0
//
// Whether the programs of two nodes fit each other.
#include "cluster/peer_schemas.hpp"

#include "messages/generator/bundle_code.hpp"
#include "messages/generator/catalogue.hpp"
#include "tests/messages/schema_compiler.hpp"

#include <catch2/catch_test_macros.hpp>

#include <span>
#include <string>

namespace reprise::cluster {
namespace {

using persistence::stored_schema;
using newcomer = peer_schemas::newcomer;

constexpr std::uint64_t trip = 0xa0b1c2d3e4f50617U;

// A trip whose events have these fields.
stored_schema trips_with(const std::string& fields) {
  reprise::test::compiled_schema compiled(reprise::test::schema_text(
      "interface Trip @0xa0b1c2d3e4f50617 $Reprise.aggregate(events = \"TripEvent\", state = "
      "\"TripState\") { go @0 (); }\n"
      "struct TripState { rider @0 :Text; }\n"
      "struct TripEvent { union { requested @0 :Requested; started @1 :Void; }\n"
      "  struct Requested { " +
      fields + " } }\n"));
  const generator::catalogue all(compiled.request());
  const auto types = all.aggregate_of(trip);
  REQUIRE(types);
  const auto words = generator::bundle_words(all, trip, *types);
  const auto bundle = std::as_bytes(std::span(words));
  return {.type = {trip}, .name = "Trip", .bundle = {bundle.begin(), bundle.end()}};
}

const std::string first = "rider @0 :Text;";
const std::string second = "rider @0 :Text; seats @1 :UInt16;";
const std::string strange = "rider @0 :UInt64;";

std::string why(const peer_schemas& known, newcomer who) {
  const auto objection = known.objection("n2", who);
  if (!objection) return "";
  CHECK(objection->code == errc::incompatible);
  return objection->message;
}

// What the node with the first program says of the one with the second.
std::string said_of(const std::string& here, const std::string& there, newcomer who) {
  peer_schemas known;
  REQUIRE(known.handle(trips_with(here)).has_value());
  REQUIRE(known.hear("n2", trips_with(there)).has_value());
  peer_schemas heard_first;
  REQUIRE(heard_first.hear("n2", trips_with(there)).has_value());
  REQUIRE(heard_first.handle(trips_with(here)).has_value());
  CHECK(why(known, who) == why(heard_first, who));
  return why(known, who);
}

bool names_the_field(const std::string& said, const std::string& whose, const std::string& field) {
  return said.starts_with(whose) && said.find("schema of Trip") != std::string::npos &&
         said.find(field) != std::string::npos;
}

TEST_CASE("C-110 a newcomer must read what is written here, and says of others what it cannot") {
  const std::string its = "its program does not read what is written here: ";
  const std::string own = "this node's program does not read what that cluster writes: ";
  CHECK(said_of(second, second, newcomer::there).empty());
  CHECK(said_of(first, second, newcomer::there).empty());
  CHECK(names_the_field(said_of(second, first, newcomer::there), its, "seats"));
  CHECK(names_the_field(said_of(first, strange, newcomer::there), its, "rider"));
  CHECK(said_of(second, first, newcomer::here).empty());
  CHECK(names_the_field(said_of(first, second, newcomer::here), own, "seats"));
  CHECK(names_the_field(said_of(strange, first, newcomer::here), own, "rider"));
}

TEST_CASE("a program is replaced node by node: of two that take part one reads the other") {
  CHECK(said_of(first, second, newcomer::none).empty());
  CHECK(said_of(second, first, newcomer::none).empty());
  CHECK(names_the_field(said_of(first, strange, newcomer::none), "its program", "rider"));
}

TEST_CASE("a newcomer must handle what is handled here; of others it is not asked") {
  peer_schemas known;
  CHECK(why(known, newcomer::there).empty());
  REQUIRE(known.handle(trips_with(first)).has_value());
  CHECK(why(known, newcomer::there) == "its program does not handle Trip yet");
  CHECK(why(known, newcomer::none).empty());
  CHECK(why(known, newcomer::here).empty());
  REQUIRE(known.hear("n2", trips_with(first)).has_value());
  CHECK(why(known, newcomer::there).empty());
  known.forget("n2");
  CHECK(why(known, newcomer::there) == "its program does not handle Trip yet");
}

TEST_CASE("what is no schema is refused, and so are more types than there can be") {
  peer_schemas known;
  stored_schema damaged = trips_with(first);
  damaged.bundle.resize(damaged.bundle.size() / 2);
  CHECK(known.hear("n2", damaged).error().code == errc::malformed);
  CHECK(known.handle(damaged).error().code == errc::malformed);
  stored_schema many = trips_with(first);
  for (std::size_t i = 0; i < peer_schemas::types_max; ++i) {
    many.type = {i + 1};
    REQUIRE(known.hear("n2", many).has_value());
  }
  many.type = {peer_schemas::types_max + 1};
  CHECK(known.hear("n2", many).error().code == errc::too_large);
}

}  // namespace
}  // namespace reprise::cluster
