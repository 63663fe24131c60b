// SPDX-License-Identifier: Apache-2.0
#include "tool.hpp"

#include <catch2/catch_test_macros.hpp>

#include <csignal>
#include <map>
#include <thread>

using namespace reprise;
using namespace reprise::test;
using ev = post::parcel_ev;

namespace {

std::string id_of(int n) {
  return "p-" + std::to_string(n);
}

// Parcels sent one second after the other, over all partitions.
void send_parcels(written_store& store, int first, int last) {
  for (int n = first; n <= last; ++n) {
    store.append(parcel(id_of(n)), id_of(n), n, ev::sent{"ann", 1});
  }
}

std::vector<std::string> ids_of(const std::string& lines) {
  std::vector<std::string> ids;
  for (const auto& line : lines_of(lines)) ids.push_back(line["id"]);
  return ids;
}

std::vector<std::string> ids(int first, int last) {
  std::vector<std::string> all;
  for (int n = first; n <= last; ++n) all.push_back(id_of(n));
  return all;
}

}  // namespace

TEST_CASE("tail shows the last 20 records of all partitions in order of time") {
  written_store store;
  send_parcels(store, 1, 50);
  const program_end tail = tool(store, {"--json", "tail"});
  CHECK(tail.code == 0);
  CHECK(ids_of(tail.out) == ids(31, 50));
  CHECK(ids_of(tool(store, {"--json", "tail", "--limit", "3"}).out) == ids(48, 50));
  CHECK(ids_of(tool(store, {"--json", "tail", "--limit", "100"}).out) == ids(1, 50));
}

TEST_CASE("tail is a table for a person") {
  written_store store;
  const receipt sent = store.append(parcel("p-1", "acme"), "a", 0, ev::sent{"ann", 1});
  CHECK(tool(store, {"tail"}).out ==
        "TIME                         PARTITION  POSITION  AGGREGATE        SEQUENCE  EVENT  "
        "PAYLOAD\n"
        "2026-01-02T12:00:00.000000Z          " +
            std::to_string(sent.partition.value) +
            R"(         1  Parcel acme/p-1         1  sent   {"to":"ann","weightGrams":"1"})"
            "\n");
}

TEST_CASE("tail of an empty store prints nothing") {
  const written_store store;
  const program_end tail = tool(store, {"tail"});
  CHECK(tail.code == 0);
  CHECK(tail.out.empty());
  CHECK(tail.err.empty());
}

TEST_CASE("tail --from shows each partition from that position on, merged by time") {
  written_store store;
  send_parcels(store, 1, 300);
  const program_end all = tool(store, {"--json", "tail", "--from", "1"});
  CHECK(ids_of(all.out) == ids(1, 300));
  CHECK(ids_of(tool(store, {"--json", "tail", "--from", "1", "--limit", "7"}).out) == ids(1, 7));
  for (const auto& line : lines_of(tool(store, {"--json", "tail", "--from", "40"}).out)) {
    CHECK(line["position"] >= 40);
  }
  CHECK(tool(store, {"--json", "tail", "--from", "100000"}).out.empty());
}

TEST_CASE("tail --partition shows one partition, densely") {
  written_store store;
  send_parcels(store, 1, 100);
  std::size_t seen = 0;
  for (std::uint32_t p = 0; p < written_store::partitions; ++p) {
    std::uint64_t expected = 0;
    for (const auto& line :
         lines_of(tool(store, {"--json", "tail", "--from", "1", "--partition", std::to_string(p)})
                      .out)) {
      CHECK(line["partition"] == p);
      CHECK(line["position"] == ++expected);
      ++seen;
    }
  }
  CHECK(seen == 100);
  const program_end none = tool(store, {"tail", "--partition", "4"});
  CHECK(none.code == 2);
  CHECK(none.err.starts_with("reprise: there is no partition 4; this store has 0 to 3\n"));
}

TEST_CASE("tail --type shows types and single events, and joins what is repeated") {
  written_store store;
  store.append(parcel("p-1"), "a", 0, ev::sent{"ann", 1});
  store.append(shift("s-1"), "b", 1, post::courier_shift_ev::begun{"carl"});
  store.append(parcel("p-1"), "c", 2, ev::delivered{});
  store.append(shift("s-1"), "d", 3, post::courier_shift_ev::paused{});
  store.retire(parcel("p-1"), persistence::record_kind::deletion, 4);
  const auto events = [&](std::initializer_list<std::string> arguments) {
    std::string seen;
    for (const auto& line : lines_of(tool(store, arguments).out)) {
      seen += line["event"].get<std::string>() + " ";
    }
    return seen;
  };
  CHECK(events({"--json", "tail"}) == "sent begun delivered paused deletion ");
  CHECK(events({"--json", "tail", "--type", "parcel"}) == "sent delivered deletion ");
  CHECK(events({"--json", "tail", "--type", "parcel.delivered"}) == "delivered ");
  CHECK(events({"--json", "tail", "--type", "courier_shift.begun", "--type", "Parcel"}) ==
        "sent begun delivered deletion ");
  CHECK(events({"--json", "tail", "--type", "courier_shift", "--limit", "1"}) == "paused ");
  CHECK(events({"--json", "tail", "--type", "courier_shift", "--from", "1", "--limit", "1"}) ==
        "begun ");
  const program_end unknown = tool(store, {"tail", "--type", "parcel.lost"});
  CHECK(unknown.code == 1);
  CHECK(unknown.err ==
        "reprise: Parcel has no event 'lost'; its events: sent, delayed, delivered\n");
}

TEST_CASE("tail --follow shows what was and what comes, once each, until it is interrupted") {
  written_store store;
  send_parcels(store, 1, 30);
  running_program tail(tool_on(store.directory(), {"--json", "tail", "--follow"}));
  std::vector<std::string> seen;
  const auto take = [&](std::size_t count) {
    while (seen.size() < count) seen.push_back(nlohmann::json::parse(tail.line())["id"]);
  };
  take(20);
  send_parcels(store, 31, 40);
  take(30);
  send_parcels(store, 41, 45);
  take(35);
  CHECK(seen == ids(11, 45));
  tail.send(SIGINT);
  const program_end ended = tail.wait();
  CHECK(ended.code == 0);
  CHECK(ended.out.empty());
  CHECK(ended.err.empty());
}

TEST_CASE("tail --follow beside a writer loses and repeats nothing") {
  written_store store;
  constexpr int count = 2000;
  running_program tail(tool_on(store.directory(), {"--json", "tail", "--follow", "--from", "1"}));
  std::map<std::uint32_t, std::uint64_t> positions;
  {
    const std::jthread writer([&] { send_parcels(store, 1, count); });
    for (int n = 0; n < count; ++n) {
      const auto line = nlohmann::json::parse(tail.line());
      // Dense from 1 on in each partition: nothing skipped, nothing twice.
      REQUIRE(line["position"] == ++positions[line["partition"]]);
    }
  }
  tail.send(SIGTERM);
  CHECK(tail.wait().code == 0);
}

TEST_CASE("tail --follow ends when nobody reads it any more") {
  written_store store;
  send_parcels(store, 1, 1);
  running_program tail(tool_on(store.directory(), {"--json", "tail", "--follow"}));
  CHECK(nlohmann::json::parse(tail.line())["id"] == "p-1");
  tail.close_output();
  CHECK(tail.wait().code == 0);
}

TEST_CASE("tail --follow --from ends after its limit") {
  written_store store;
  send_parcels(store, 1, 2);
  running_program tail(
      tool_on(store.directory(), {"--json", "tail", "--follow", "--from", "1", "--limit", "4"}));
  CHECK(nlohmann::json::parse(tail.line())["id"] == "p-1");
  CHECK(nlohmann::json::parse(tail.line())["id"] == "p-2");
  send_parcels(store, 3, 5);
  const program_end ended = tail.wait();
  CHECK(ended.code == 0);
  CHECK(lines_of(ended.out).size() == 2);
}
