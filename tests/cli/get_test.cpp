// SPDX-License-Identifier: Apache-2.0
#include "tool.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace reprise;
using namespace reprise::test;
using ev = post::parcel_ev;

namespace {

struct parcel_with_snapshot {
  written_store store;
  receipt second;

  parcel_with_snapshot() {
    store.append(parcel("p-1"), "send", 0, ev::sent{"ann", 1200});
    second = store.append(parcel("p-1"), "delay", 60, ev::delayed{15, "snow"});
    store.append(parcel("p-1"), "deliver", 120, ev::delivered{});
    store.save(parcel("p-1"), second, {.to = "ann", .delayMinutes = 15});
  }
};

}  // namespace

TEST_CASE("get shows the newest snapshot and the events after it, and says so") {
  const parcel_with_snapshot written;
  const program_end get = tool(written.store, {"get", "parcel", "p-1"});
  CHECK(get.code == 0);
  CHECK(get.out ==
        "Parcel p-1 at sequence 3 of 3\n"
        "State at sequence 2, saved 2026-01-02T12:00:00.000000Z:\n"
        "{\n"
        "  \"to\": \"ann\",\n"
        "  \"delayMinutes\": 15,\n"
        "  \"delivered\": false\n"
        "}\n"
        "and these events after it:\n"
        "SEQUENCE  POSITION  TIME                         EVENT      COMMAND                       "
        "    PAYLOAD\n"
        "       3         3  2026-01-02T12:02:00.000000Z  delivered  " +
            hex("deliver") + "  {}\n");
}

TEST_CASE("get at the snapshot's own sequence shows that no event came after it") {
  const parcel_with_snapshot written;
  const program_end get = tool(written.store, {"get", "parcel", "p-1", "--at", "2"});
  CHECK(get.code == 0);
  CHECK(get.out.starts_with("Parcel p-1 at sequence 2 of 3\nState at sequence 2, saved "));
  CHECK(get.out.ends_with("}\nNo event came after it.\n"));
}

TEST_CASE("get below the first snapshot shows the events to fold") {
  const parcel_with_snapshot written;
  const program_end get = tool(written.store, {"get", "parcel", "p-1", "--at", "1"});
  CHECK(get.code == 0);
  CHECK(get.out.starts_with(
      "Parcel p-1 at sequence 1 of 3\n"
      "No snapshot was saved at or below it. Its state is the fold of these events:\n"));
  CHECK(get.out.find("sent") != std::string::npos);
  CHECK(get.out.find("delayed") == std::string::npos);
}

TEST_CASE("get --json prints the aggregate and its snapshot first, then the events") {
  const parcel_with_snapshot written;
  const auto lines = lines_of(tool(written.store, {"--json", "get", "parcel", "p-1"}).out);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["type"] == "Parcel");
  CHECK(lines[0]["id"] == "p-1");
  CHECK(lines[0]["at"] == 3);
  CHECK(lines[0]["head"] == 3);
  CHECK(lines[0]["events_after"] == 1);
  CHECK(lines[0]["snapshot"]["sequence"] == 2);
  CHECK(lines[0]["snapshot"]["position"] == written.second.at.value);
  CHECK(lines[0]["snapshot"]["state"]["delayMinutes"] == 15);
  CHECK(lines[1]["event"] == "delivered");

  const auto before =
      lines_of(tool(written.store, {"--json", "get", "parcel", "p-1", "--at", "1"}).out);
  REQUIRE(before.size() == 2);
  CHECK(before[0]["snapshot"].is_null());
  CHECK(before[1]["event"] == "sent");
}

TEST_CASE("get beyond the head says where the head is") {
  const parcel_with_snapshot written;
  const program_end get = tool(written.store, {"get", "parcel", "p-1", "--at", "4"});
  CHECK(get.code == 1);
  CHECK(get.out.empty());
  CHECK(get.err.starts_with("reprise: Parcel 'p-1' is at sequence 3; there is no 4 yet\n"));
}

TEST_CASE("get does not show the snapshot of a life that is over") {
  parcel_with_snapshot written;
  written.store.retire(parcel("p-1"), persistence::record_kind::deletion, 200);
  const program_end deleted = tool(written.store, {"get", "parcel", "p-1"});
  CHECK(deleted.code == 1);
  CHECK(deleted.err.starts_with("reprise: Parcel 'p-1' was deleted\n"));

  written.store.append(parcel("p-1"), "send again", 300, ev::sent{"bob", 5});
  const program_end again = tool(written.store, {"get", "parcel", "p-1"});
  CHECK(again.code == 0);
  CHECK(again.out.find("No snapshot was saved") != std::string::npos);
  CHECK(again.out.find("bob") != std::string::npos);
  CHECK(again.out.find("ann") == std::string::npos);
}

TEST_CASE("get of events that were truncated without a snapshot says what is left") {
  written_store store;
  store.append(parcel("p-1"), "a", 0, ev::sent{"ann", 1}, ev::delayed{1, ""}, ev::delivered{});
  store.retire(parcel("p-1"), persistence::record_kind::truncation, 1, {3});
  const program_end get = tool(store, {"get", "parcel", "p-1", "--at", "2"});
  CHECK(get.code == 1);
  CHECK(get.out.empty());
  CHECK(get.err.find("the first event left is 3") != std::string::npos);
}
