// SPDX-License-Identifier: Apache-2.0
#include "tests/messages/refused_schema.hpp"
#include "tests/messages/schema_compiler.hpp"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <string>

namespace {

using reprise::test::refused;
using reprise::test::schema_text;

const std::string state_and_events =
    "struct S { x @0 :Text; }\n"
    "struct E { union { a @0 :Void; b @1 :Void; } }\n";

}  // namespace

TEST_CASE("generic types are refused") {
  CHECK(refused("struct Box(T) { content @0 :T; }") == "t.capnp:Box: generic types are not taken");
  CHECK(refused("struct A { box @0 :Box(Text); struct Box(T) { content @0 :T; } }") ==
        "t.capnp:A.box: generic types are not taken");
}

TEST_CASE("AnyPointer is refused") {
  CHECK(refused("struct A { any @0 :AnyPointer; }") ==
        "t.capnp:A.any: AnyPointer is not taken: a value must have a type");
  CHECK(refused("struct A { any @0 :AnyStruct; }") ==
        "t.capnp:A.any: AnyPointer is not taken: a value must have a type");
}

TEST_CASE("interfaces as values are refused") {
  CHECK(refused("interface I {}\nstruct A { all @0 :List(I); }") ==
        "t.capnp:A.all: an interface cannot be a value; hold the aggregate's id as Text instead");
}

TEST_CASE("structs that hold themselves are refused") {
  const std::string why =
      ": it holds itself, directly or through others; values cannot: keep such things as "
      "aggregates of their own, or in a list with indices";
  CHECK(refused("struct A { next @0 :A; }") == "t.capnp:A" + why);
  CHECK(refused("struct A { all @0 :List(List(A)); }") == "t.capnp:A" + why);
  CHECK(refused("struct A { g :group { u :union { n @0 :Void; b @1 :B; } } }\n"
                "struct B { a @0 :A; }")
            .ends_with(why));
}

TEST_CASE("the annotation's names are checked") {
  CHECK(refused("interface I $Reprise.aggregate(events = \"E\", state = \"T\") { a @0 (); }\n" +
                state_and_events) ==
        "t.capnp:I: $Reprise.aggregate says state = \"T\", and this file has no struct of that "
        "name");
  CHECK(
      refused("interface I $Reprise.aggregate(state = \"S\") { a @0 (); }\n" + state_and_events) ==
      "t.capnp:I: $Reprise.aggregate must name its events: events = \"SomeStruct\"");
  CHECK(refused("interface I $Reprise.aggregate(events = \"N\", state = \"S\") { a @0 (); }\n"
                "enum N { a @0; }\n" +
                state_and_events) ==
        "t.capnp:I: the events of an aggregate must be a struct, and N is none");
}

TEST_CASE("events that are not one anonymous union are refused") {
  const std::string interface =
      "interface I $Reprise.aggregate(events = \"E\", state = \"S\") { a @0 (); }\n"
      "struct S { x @0 :Text; }\n";
  const std::string why =
      "t.capnp:E: the events of I must be one anonymous union and nothing beside it";
  CHECK(refused(interface + "struct E { a @0 :Void; }") == why);
  CHECK(refused(interface + "struct E { a @0 :Text; union { b @1 :Void; c @2 :Void; } }") == why);
  CHECK(refused(interface + "struct E { u :union { b @0 :Void; c @1 :Void; } }") == why);
}

TEST_CASE("an aggregate's interface that extends another, has no command or is nested is refused") {
  const std::string aggregate = " $Reprise.aggregate(events = \"E\", state = \"S\") ";
  CHECK(refused("interface J {}\ninterface I extends(J)" + aggregate + "{ a @0 (); }\n" +
                state_and_events) ==
        "t.capnp:I: an aggregate's interface cannot extend another one");
  CHECK(refused("interface I" + aggregate + "{}\n" + state_and_events) ==
        "t.capnp:I: an aggregate needs a command");
  CHECK(refused("struct A { interface I" + aggregate + "{ a @0 (); } }\n" + state_and_events) ==
        "t.capnp:A.I: an aggregate must be declared in the file itself");
}

TEST_CASE("names that would be the same in C++ are refused") {
  CHECK(refused("struct TripState {}\nstruct Tripstate {}").empty());
  CHECK(refused("struct TripState {}\nstruct Trip { struct State {} }") ==
        "t.capnp: two types would be called `trip_state` in C++");
  CHECK(refused("interface Trip $Reprise.aggregate(events = \"E\", state = \"S\") { a @0 (); }\n"
                "struct TripApi {}\n" +
                state_and_events) == "t.capnp: two types would be called `trip_api` in C++");
  CHECK(refused("struct A { union { x @0 :Void; y @1 :Void; } choice @2 :Text; }") ==
        "t.capnp:A: two members would be called `choice` in C++");
  CHECK(refused("struct A { union { aBC @0 :Void; aBc @1 :Void; } }") ==
        "t.capnp:A.aBc: two members of the union would be called `a_bc` in C++");
  CHECK(refused("interface Trip $Reprise.aggregate(events = \"E\", state = \"S\") {\n"
                "  goOn @0 () -> (a :Text); goOnReply @1 (); }\n" +
                state_and_events) ==
        "t.capnp:Trip.goOnReply: two structs of trip_cmd would have the same name");
}

TEST_CASE("only what can be text is taken as a tag") {
  CHECK(refused("interface I $Reprise.aggregate(events = \"E\", state = \"S\") { a @0 (); }\n"
                "struct S { x @0 :Text; }\n"
                "struct E { union { a @0 :A; b @1 :Void; }\n"
                "  struct A { x @0 :Float64 $Reprise.tag; } }\n") ==
        "t.capnp:E.A.x: a tag must be Text, Bool, an integer or an enum");
}

TEST_CASE("a refused schema leaves no file and says why on standard error") {
  const reprise::test::temporary_folder folder;
  const auto done = reprise::test::generate(folder, schema_text("struct A { next @0 :A; }"));
  CHECK(done.exit_code != 0);
  CHECK(done.output.find("t.capnp:A: it holds itself") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder.path("t.reprise.hpp")));
  CHECK_FALSE(std::filesystem::exists(folder.path("t.capnp.h")));
}

TEST_CASE("a file without an aggregate is taken, and so is an interface that is none") {
  const reprise::test::temporary_folder folder;
  const auto done = reprise::test::generate(
      folder, schema_text("struct A { x @0 :Text; }\ninterface I { call @0 (i :I) -> (i :I); }"));
  CHECK(done.output.empty());
  CHECK(done.exit_code == 0);
  CHECK(std::filesystem::exists(folder.path("t.reprise.hpp")));
  CHECK(std::filesystem::exists(folder.path("t.reprise.cpp")));
}
