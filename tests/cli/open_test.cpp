// SPDX-License-Identifier: Apache-2.0
#include "tool.hpp"

#include <catch2/catch_test_macros.hpp>

#include <fstream>

using namespace reprise;
using namespace reprise::test;
using ev = post::parcel_ev;

TEST_CASE("a directory that is not there is named, with what to give instead") {
  const program_end types = run(tool_on("/nonexistent/data", {"types"}));
  CHECK(types.code == 4);
  CHECK(types.out.empty());
  CHECK(types.err ==
        "reprise: there is no directory /nonexistent/data; give the one that the program opens its "
        "node with\n");
}

TEST_CASE("a directory without a store is left as it was") {
  const temporary_folder folder;
  const program_end types = run(tool_on(folder.path().string(), {"types"}));
  CHECK(types.code == 4);
  CHECK(types.err.starts_with("reprise: there is no store in " + folder.path().string() + "; "));
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a file that is no store is refused") {
  const temporary_folder folder;
  std::filesystem::create_directory(folder.path() / "journal");
  std::ofstream(folder.path() / "journal" / "data.mdb") << std::string(20'000, 'x');
  const program_end types = run(tool_on(folder.path().string(), {"types"}));
  CHECK(types.code >= 3);
  CHECK(types.out.empty());
  CHECK(types.err.starts_with("reprise: "));
}

TEST_CASE("an error is JSON for a program that asked for JSON") {
  const program_end types = run(tool_on("/nonexistent/data", {"--json", "types"}));
  CHECK(types.code == 4);
  const auto error = nlohmann::json::parse(types.err)["error"];
  CHECK(error["code"] == "not_found");
  CHECK(error["message"].get<std::string>().starts_with("there is no directory"));
}

TEST_CASE("types lists the types and their events") {
  const written_store store;
  const program_end types = tool(store, {"types"});
  CHECK(types.code == 0);
  CHECK(types.out.starts_with("TYPE          ID                  EVENTS\nCourierShift  0x"));
  CHECK(types.out.ends_with("Parcel        0xdabc1faa21521422  sent delayed delivered\n"));
  const auto lines = lines_of(tool(store, {"types", "--json"}).out);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["type"] == "CourierShift");
  CHECK(lines[0]["events"] == nlohmann::json({"begun", "paused"}));
  CHECK(lines[1]["type_id"] == "0xdabc1faa21521422");
}

TEST_CASE("a type that the store does not know is answered with those it knows") {
  const written_store store;
  const program_end log = tool(store, {"log", "trip", "trip-42"});
  CHECK(log.code == 1);
  CHECK(log.err ==
        "reprise: the store has no type 'trip'; the types it has: CourierShift, Parcel\n");
}

TEST_CASE("a store that a process has open is read, and one that is closed, too") {
  written_store store;
  store.append(parcel("p-1"), "a", 0, ev::sent{"ann", 1});
  CHECK(tool(store, {"log", "parcel", "p-1"}).code == 0);
  store.close();
  CHECK(tool(store, {"log", "parcel", "p-1"}).code == 0);
}

TEST_CASE("a reader that leaves early is no failure") {
  written_store store;
  for (int n = 0; n < 3000; ++n) {
    store.append(parcel("p-1"), std::to_string(n), n, ev::delayed{1, std::string(100, 'x')});
  }
  running_program log(tool_on(store.directory(), {"log", "parcel", "p-1"}));
  CHECK(log.line().starts_with("SEQUENCE"));
  log.close_output();
  const program_end ended = log.wait();
  CHECK(ended.code == 0);
  CHECK(ended.err.empty());
}

TEST_CASE("an output that cannot be written is a failure") {
  written_store store;
  store.append(parcel("p-1"), "a", 0, ev::sent{"ann", 1});
  const program_end log = run({"/bin/sh", "-c",
                               std::string(REPRISE_PROGRAM) + " --data " + store.directory() +
                                   " log parcel p-1 > /dev/full"});
  CHECK(log.code == 4);
  CHECK(log.err.starts_with("reprise: cannot write the output: No space left on device\n"));
}
