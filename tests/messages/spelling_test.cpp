// SPDX-License-Identifier: Apache-2.0
#include "messages/generator/spelling.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace reprise::generator;

TEST_CASE("schema names become snake_case") {
  CHECK(snake_case("TripState") == "trip_state");
  CHECK(snake_case("tripState") == "trip_state");
  CHECK(snake_case("HTTPCall") == "http_call");
  CHECK(snake_case("callHTTP") == "call_http");
  CHECK(snake_case("TripV2State") == "trip_v2_state");
  CHECK(snake_case("x") == "x");
}

TEST_CASE("names that C++ needs itself get an underscore") {
  CHECK(identifier("class") == "class_");
  CHECK(identifier("std") == "std_");
  CHECK(identifier("klass") == "klass");
}

TEST_CASE("string literals keep every byte") {
  using namespace std::string_view_literals;
  CHECK(string_literal("a\"b\\c\n\x01"
                       "7\xff"sv) == R"("a\"b\\c\012\0017\377")");
}

TEST_CASE("file names become namespaces and output files") {
  CHECK(file_stem("a/b/trip-log.capnp") == "trip_log");
  CHECK(output_base("a/b/trip.capnp") == "a/b/trip.reprise");
}
