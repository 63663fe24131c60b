// SPDX-License-Identifier: Apache-2.0
#include "tool.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace reprise;
using namespace reprise::test;
using ev = post::parcel_ev;

namespace {

struct one_parcel {
  written_store store;
  receipt first = store.append(parcel("p-1"), "send p-1", 0, ev::sent{"ann", 1200});
  receipt last =
      store.append(parcel("p-1"), "finish p-1", 90, ev::delayed{15, "snow"}, ev::delivered{});
};

}  // namespace

TEST_CASE("log prints the events of one aggregate as a table") {
  const one_parcel written;
  const program_end log = tool(written.store, {"log", "parcel", "p-1"});
  CHECK(log.code == 0);
  CHECK(log.err.empty());
  CHECK(log.out ==
        "SEQUENCE  POSITION  TIME                         EVENT      COMMAND                       "
        "    PAYLOAD\n"
        "       1         1  2026-01-02T12:00:00.000000Z  sent       " +
            hex("send p-1") +
            R"(  {"to":"ann","weightGrams":"1200"})"
            "\n"
            "       2         2  2026-01-02T12:01:30.000000Z  delayed    " +
            hex("finish p-1") +
            R"(  {"minutes":15,"why":"snow"})"
            "\n"
            "       3         3  2026-01-02T12:01:30.000000Z  delivered  " +
            hex("finish p-1") + "  {}\n");
}

TEST_CASE("log --json prints every member of the envelope, one event a line") {
  const one_parcel written;
  const program_end log = tool(written.store, {"--json", "log", "Parcel", "p-1", "--limit", "1"});
  CHECK(log.code == 0);
  const std::string partition = std::to_string(written.first.partition.value);
  const auto lines = lines_of(log.out);
  REQUIRE(lines.size() == 1);
  const std::string event_id = lines[0]["event_id"];
  CHECK(event_id.size() == 32);
  CHECK(log.out == R"({"partition":)" + partition +
                       R"(,"position":1,"time":"2026-01-02T12:00:00.000000Z","type":"Parcel",)"
                       R"("tenant":"","id":"p-1","kind":"event","sequence":1,"event":"sent",)"
                       R"("payload":{"to":"ann","weightGrams":"1200"},"event_id":")" +
                       event_id + R"(","command_id":")" + hex("send p-1") +
                       R"(","correlation_id":")" + hex("send p-1") +
                       R"(","headers":{},"tags":{"to":"ann"}})" + "\n");
}

TEST_CASE("log shows the sequences that were asked for") {
  const one_parcel written;
  const auto sequences = [&](std::initializer_list<std::string> arguments) {
    std::vector<int> seen;
    for (const auto& line : lines_of(tool(written.store, arguments).out)) {
      seen.push_back(line["sequence"]);
    }
    return seen;
  };
  using list = std::vector<int>;
  CHECK(sequences({"log", "parcel", "p-1", "--from", "2", "--json"}) == list{2, 3});
  CHECK(sequences({"log", "parcel", "p-1", "--to", "2", "--json"}) == list{1, 2});
  CHECK(sequences({"log", "parcel", "p-1", "--from", "2", "--to", "2", "--json"}) == list{2});
  CHECK(sequences({"log", "parcel", "p-1", "--from", "2", "--limit", "1", "--json"}) == list{2});
}

TEST_CASE("log names the conversation where the command did not start it") {
  written_store store;
  const correlation_id conversation{derive_command_id("a conversation").value};
  store.append(parcel("p-1"), {stored(ev::delivered{})}, "deliver", 0, conversation);
  const program_end log = tool(store, {"log", "parcel", "p-1"});
  CHECK(log.out.find(hex("deliver") + " of " + hex("a conversation")) != std::string::npos);
}

TEST_CASE("log keeps tenants apart") {
  written_store store;
  store.append(parcel("p-1", "acme"), "a", 0, ev::sent{"ann", 1});
  CHECK(tool(store, {"log", "parcel", "p-1"}).code == 1);
  const program_end log = tool(store, {"log", "parcel", "p-1", "--tenant", "acme", "--json"});
  CHECK(log.code == 0);
  CHECK(lines_of(log.out).at(0)["tenant"] == "acme");
}

TEST_CASE("log shows ids and payloads that are hostile to a terminal harmlessly") {
  written_store store;
  store.append(parcel("p-\x1b[2J"), "a", 0, ev::sent{"\x1b]0;owned\x07", 1});
  const program_end log = tool(store, {"log", "parcel", "p-\x1b[2J"});
  CHECK(log.code == 0);
  CHECK(log.out.find('\x1b') == std::string::npos);
  const program_end tail = tool(store, {"tail"});
  CHECK(tail.out.find('\x1b') == std::string::npos);
  CHECK(tail.out.find("p-\\x1b[2J") != std::string::npos);
}

TEST_CASE("log says what to do about an aggregate that is not there") {
  const one_parcel written;
  const program_end log = tool(written.store, {"log", "parcel", "P-1"});
  CHECK(log.code == 1);
  CHECK(log.out.empty());
  CHECK(log.err ==
        "reprise: no Parcel 'P-1' without a tenant; ids are case-sensitive, `reprise tail --type "
        "Parcel` shows some\n");
}

TEST_CASE("log says where the aggregate stands when asked for what is not there yet") {
  const one_parcel written;
  const program_end log = tool(written.store, {"log", "parcel", "p-1", "--from", "9"});
  CHECK(log.code == 1);
  CHECK(log.err ==
        "reprise: Parcel 'p-1' is at sequence 3; there is no 9 yet\n"
        "  Leave the number out to see the newest.\n");
}

TEST_CASE("log of a truncated aggregate shows what is left, and says when nothing is") {
  one_parcel written;
  written.store.retire(parcel("p-1"), persistence::record_kind::truncation, 100, {3});
  const program_end rest = tool(written.store, {"log", "parcel", "p-1", "--json"});
  CHECK(rest.code == 0);
  CHECK(lines_of(rest.out).size() == 1);
  const program_end gone = tool(written.store, {"log", "parcel", "p-1", "--to", "2"});
  CHECK(gone.code == 1);
  CHECK(gone.err.find("the first one left is 3") != std::string::npos);
}

TEST_CASE("log of a deleted aggregate says that it was deleted") {
  one_parcel written;
  written.store.retire(parcel("p-1"), persistence::record_kind::deletion, 100);
  const program_end log = tool(written.store, {"log", "parcel", "p-1"});
  CHECK(log.code == 1);
  CHECK(log.err.find("p-1 was deleted\n") != std::string::npos);
}
