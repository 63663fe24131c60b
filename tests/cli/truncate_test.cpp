// SPDX-License-Identifier: Apache-2.0
#include "tool.hpp"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>

using namespace reprise;
using namespace reprise::test;
using ev = post::parcel_ev;

namespace {

// Three parcels with three events each, and snapshots at 2 and 3.
void write(written_store& store) {
  for (int n = 0; n < 3; ++n) {
    const std::string id = "p-" + std::to_string(n);
    static_cast<void>(store.append(parcel(id), "send " + id, n, ev::sent{"ann", 1}));
    for (const std::string note : {"one", "two"}) {
      const receipt at = store.append(parcel(id), note + id, 10 + n, ev::sent{note, 1});
      store.save(parcel(id), at, {.to = note});
    }
  }
}

}  // namespace

TEST_CASE("truncate hides old events of a type, and tells how many") {
  written_store store;
  write(store);
  const program_end refused = tool(store, {"truncate", "--type", "Parcel", "--keep-events", "1"});
  CHECK(refused.code == 4);
  CHECK(refused.err.find("is open in process") != std::string::npos);
  store.close();
  const program_end tried = tool(store, {"truncate", "--type", "Parcel", "--keep-for", "30d",
                                         "--keep-events", "1", "--dry-run"});
  INFO(tried.err);
  CHECK(tried.code == 0);
  CHECK(tried.out == "Would hide 6 events of 3 aggregates; looked at 3.\n");
  const program_end one =
      tool(store, {"truncate", "--type", "Parcel", "--id", "p-1", "--keep-events", "1"});
  CHECK(one.out == "Hid 2 events of 1 aggregates; looked at 1.\n");
  const auto rest =
      lines_of(tool(store, {"--json", "truncate", "--type", "Parcel", "--keep-events", "1"}).out);
  REQUIRE(rest.size() == 1);
  CHECK(rest[0].at("events_hidden") == 4);
  CHECK(rest[0].at("truncated") == 2);
  CHECK(rest[0].at("dry_run") == false);
  CHECK(tool(store, {"verify"}).code == 0);
}

TEST_CASE("truncate archives what it hides, and refuses a file that is there") {
  written_store store;
  write(store);
  store.close();
  const std::string archive = store.directory() + "/old.jsonl";
  const program_end tried = tool(store, {"truncate", "--type", "Parcel", "--keep-events", "1",
                                         "--archive", archive, "--dry-run"});
  CHECK(tried.out == "Would hide 6 events of 3 aggregates; looked at 3.\n");
  CHECK_FALSE(std::filesystem::exists(archive));
  const program_end one = tool(store, {"truncate", "--type", "Parcel", "--id", "p-1",
                                       "--keep-events", "1", "--archive", archive});
  INFO(one.err);
  CHECK(one.code == 0);
  CHECK(one.out == "Hid 2 events of 1 aggregates; looked at 1. They are in " + archive + ".\n");
  std::ifstream file(archive);
  const auto lines = lines_of(std::string(std::istreambuf_iterator<char>(file), {}));
  REQUIRE(lines.size() == 4);
  CHECK(lines[0].at("whole") == false);
  CHECK(lines[0].at("schemas").size() == 1);
  CHECK(lines[1].at("id") == "p-1");
  CHECK(lines[1].at("payload").at("to") == "ann");
  CHECK(lines[2].at("sequence") == "2");
  CHECK(lines[3].at("records") == "2");

  const program_end refused =
      tool(store, {"truncate", "--type", "Parcel", "--keep-events", "1", "--archive", archive});
  CHECK(refused.code == 2);
  CHECK(refused.err.find("give another file") != std::string::npos);
  const auto rest = lines_of(tool(store, {"--json", "truncate", "--type", "Parcel", "--keep-events",
                                          "1", "--archive", archive + ".2"})
                                 .out);
  REQUIRE(rest.size() == 1);
  CHECK(rest[0].at("events_hidden") == 4);
  CHECK(rest[0].at("archived") == true);
}

TEST_CASE("truncate without a limit, with an unknown type or an odd time hides nothing") {
  written_store store;
  write(store);
  store.close();
  CHECK(tool(store, {"truncate", "--type", "Parcel"}).code == 2);
  CHECK(tool(store, {"truncate", "--type", "Ship", "--keep-events", "1"}).code == 1);
  CHECK(tool(store, {"truncate", "--type", "Parcel", "--keep-events", "0"}).code == 2);
  CHECK(tool(store, {"truncate", "--type", "Parcel", "--tenant", "t", "--keep-events", "1"}).code ==
        2);
  const program_end odd = tool(store, {"truncate", "--type", "Parcel", "--keep-for", "soon"});
  CHECK(odd.code == 2);
  CHECK(odd.err.find("'soon'") != std::string::npos);
  CHECK(run({REPRISE_PROGRAM, "truncate", "--type", "Parcel", "--keep-events", "1"}).code == 2);
  CHECK(tool(store, {"truncate", "--type", "Parcel", "--keep-events", "3", "--dry-run"}).out ==
        "Would hide 0 events of 0 aggregates; looked at 3.\n");
}
