// SPDX-License-Identifier: Apache-2.0
#include "tests/messages/refused_schema.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

using reprise::test::refused;

TEST_CASE("a personal field names a Text or an integer beside it") {
  CHECK(refused("struct A { who @0 :Text; x @1 :Text $Reprise.personal(\"who\"); }").empty());
  CHECK(refused("struct A { who @0 :Int8; x @1 :List(Bool) $Reprise.personal(\"who\"); }").empty());
  CHECK(refused("struct A { x @0 :Text $Reprise.personal(\"who\"); }") ==
        "t.capnp:A.x: it is marked as personal data of who, and there is no field of that name "
        "beside it");
  for (const std::string type : {"Bool", "Float64", "Data", "List(Text)", "Void", "B"}) {
    CAPTURE(type);
    CHECK(refused("struct B { b @0 :Bool; }\nstruct A { who @0 :" + type +
                  "; x @1 :Text $Reprise.personal(\"who\"); }") ==
          "t.capnp:A.x: whose personal data it is must be said by a Text or an integer, and who is "
          "neither");
  }
}

TEST_CASE("who is named is not personal itself, nor absent at times") {
  CHECK(refused("struct A { who @0 :Text $Reprise.personal(\"id\"); id @1 :Text;\n"
                "x @2 :Text $Reprise.personal(\"who\"); }") ==
        "t.capnp:A.x: it is marked as personal data of who, which is marked itself");
  CHECK(refused("struct A { x @0 :Text $Reprise.personal(\"x\"); }") ==
        "t.capnp:A.x: it is marked as personal data of x, which is marked itself");
  CHECK(refused("struct A { x @0 :Text $Reprise.personal(\"who\");\n"
                "union { who @1 :Text; none @2 :Void; } }") ==
        "t.capnp:A.x: whose personal data it is says who, which a union may lack");
}

TEST_CASE("what cannot be sealed is not marked") {
  const std::string member =
      ": a member of a union cannot be personal: let the member be a struct or a group, and mark "
      "the fields in it";
  CHECK(refused("struct A { who @0 :Text; union { x @1 :Text $Reprise.personal(\"who\");\n"
                "none @2 :Void; } }") == "t.capnp:A.x" + member);
  CHECK(refused("interface I $Reprise.aggregate(events = \"E\", state = \"S\") { a @0 (); }\n"
                "struct S { x @0 :Text; }\n"
                "struct E { union { a @0 :Text $Reprise.personal(\"b\"); b @1 :Void; } }") ==
        "t.capnp:E.a" + member);
  CHECK(refused("struct A { who @0 :Text; x @1 :Void $Reprise.personal(\"who\"); }") ==
        "t.capnp:A.x: a Void field says nothing that could be personal");
  CHECK(refused("struct A { who @0 :Text; x @1 :Text $Reprise.personal(\"who\") $Reprise.tag; }") ==
        "t.capnp:A.x: a tag is stored beside the event where everybody can read it, so it cannot "
        "be personal");
}

TEST_CASE("what is personal holds nothing that is another's") {
  CHECK(refused("struct B { of @0 :Text; y @1 :Text $Reprise.personal(\"of\"); }\n"
                "struct A { who @0 :Text; x @1 :List(B) $Reprise.personal(\"who\"); }") ==
        "t.capnp:A.x: it holds fields that are marked as personal themselves; only one of them can "
        "say whose they are");
}

TEST_CASE("a type of events may be a parameter of commands as well") {
  const std::string rest =
      "struct S { x @0 :Text; }\n"
      "struct E { union { a @0 :Void; b @1 :Void; } }\n";
  CHECK(refused("interface I $Reprise.aggregate(events = \"E\", state = \"S\") {\n"
                "  go @0 (p :P); }\n"
                "struct P { who @0 :Text; x @1 :Text $Reprise.personal(\"who\"); }\n" +
                rest)
            .empty());
}
