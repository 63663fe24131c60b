// SPDX-License-Identifier: Apache-2.0
#include "tool.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace reprise;
using namespace reprise::test;
using ev = post::parcel_ev;

TEST_CASE("compact shrinks a store that nobody has open, and tells the sizes") {
  written_store store;
  for (int n = 0; n < 3; ++n) {
    const receipt sent =
        store.append(parcel("p-" + std::to_string(n)), "send", n, ev::sent{"ann", 1});
    store.save(parcel("p-" + std::to_string(n)), sent, {.to = "ann"});
  }
  const program_end refused = tool(store, {"compact"});
  CHECK(refused.code == 4);
  CHECK(refused.err.find("is open in process") != std::string::npos);

  store.close();
  const std::string log = tool(store, {"--json", "tail", "--from", "1"}).out;
  const program_end told = tool(store, {"compact"});
  INFO(told.err);
  CHECK(told.code == 0);
  CHECK(told.out.starts_with("The journal takes "));
  CHECK(told.err.empty());
  const auto sizes = lines_of(tool(store, {"--json", "compact"}).out);
  REQUIRE(sizes.size() == 1);
  CHECK(sizes[0].at("journal_bytes_after") <= sizes[0].at("journal_bytes_before"));
  CHECK(sizes[0].at("snapshots_bytes_after") > 0);
  CHECK(sizes[0].at("consumers_bytes_after") == 0);
  CHECK(tool(store, {"verify"}).code == 0);
  CHECK_FALSE(log.empty());
  CHECK(tool(store, {"--json", "tail", "--from", "1"}).out == log);
}

TEST_CASE("compact wants to know which store, and says when there is none") {
  const program_end unnamed = run({REPRISE_PROGRAM, "compact"});
  CHECK(unnamed.code == 2);
  CHECK(unnamed.err.find("--data DIR") != std::string::npos);
  const program_end no_store = run({REPRISE_PROGRAM, "--data", "/nowhere/at/all", "compact"});
  CHECK(no_store.code == 1);
  CHECK(no_store.err.find("/nowhere/at/all holds no store") != std::string::npos);
}
