// SPDX-License-Identifier: Apache-2.0
#include "tool.hpp"

#include <reprise/detail/delivery.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace reprise;
using namespace reprise::test;

namespace {

/// A parcel is sent; because of that another; because of that event a third one. One more talks of
/// something else.
struct talked_store {
  written_store store;

  talked_store() {
    const correlation_id talk{derive_command_id("first").value};
    const receipt first =
        store.append(parcel("a"), {stored(post::parcel_ev::sent{"ann", 1})}, "first", 1, talk);
    const detail::delivery from{
        .consumer = 1, .partition = first.partition, .at = first.at, .index = 0};
    store.append(parcel("b"), {stored(post::parcel_ev::sent{"bob", 1})}, "second", 2, talk,
                 {{std::string(detail::delivery_header), detail::to_text(from)}});
    store.append(parcel("c"), {stored(post::parcel_ev::sent{"cy", 1})}, "third", 5, talk,
                 {{std::string(detail::cause_header), id_of("b")}});
    store.append(parcel("d"), {stored(post::parcel_ev::sent{"di", 1})}, "other", 3);
    id = {id_of("a"), id_of("b"), id_of("c"), id_of("d")};
    store.close();
  }

  std::string id_of(const std::string& which) {
    std::string out;
    [[maybe_unused]] const auto read =
        store.journal().read(parcel(which), {}, [&](const persistence::stored_record& r) {
          out = to_hex(r.event.value);
          return true;
        });
    return out;
  }

  std::vector<std::string> id;
};

}  // namespace

TEST_CASE("why draws what led to an event and what it led to, with the times between") {
  const talked_store s;
  const auto shown = tool(s.store, {"why", s.id[1]});
  CHECK(shown.code == 0);
  CHECK(shown.out == "Parcel a sent  #1  2026-01-02T12:00:01.000000Z  " + s.id[0] +
                         "\n"
                         "`- Parcel b sent  #1  +1000 ms  " +
                         s.id[1] +
                         "  <- asked for\n"
                         "   `- Parcel c sent  #1  +3000 ms  " +
                         s.id[2] + "\n");
}

TEST_CASE("why says the same for programs, each event with its cause") {
  const talked_store s;
  const auto lines = lines_of(tool(s.store, {"why", s.id[2], "--json"}).out);
  REQUIRE(lines.size() == 3);
  CHECK_FALSE(lines[0].contains("cause"));
  CHECK(lines[1]["cause"] == s.id[0]);
  CHECK(lines[2]["cause"] == s.id[1]);
  CHECK(lines[2]["asked"] == true);
}

TEST_CASE("an event of a conversation of its own stands alone") {
  const talked_store s;
  CHECK(lines_of(tool(s.store, {"why", s.id[3], "--json"}).out).size() == 1);
}

TEST_CASE("why refuses what is no id, and says when there is no such event") {
  const talked_store s;
  CHECK(tool(s.store, {"why", "trip-42"}).code == 2);
  const auto unknown = tool(s.store, {"why", std::string(32, '0')});
  CHECK(unknown.code == 1);
  CHECK(unknown.err.find("no event has the id") != std::string::npos);
}
