// SPDX-License-Identifier: Apache-2.0
#include "tool.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace reprise;
using namespace reprise::test;
using ev = post::parcel_ev;

namespace {

struct small_store {
  written_store store;

  small_store() {
    for (int n = 0; n < 10; ++n) {
      const std::string id = "p-" + std::to_string(n);
      store.append(parcel(id), id, n, ev::sent{"ann", 1}, ev::delivered{});
    }
    const receipt begun =
        store.append(shift("s-1"), "s", 20, post::courier_shift_ev::begun{"carl"});
    store.retire(shift("s-1"), persistence::record_kind::deletion, 21);
    store.append(shift("s-1"), "t", 22, post::courier_shift_ev::begun{"dora"});
    store.save(shift("s-1"), begun, {});
  }
};

}  // namespace

TEST_CASE("stats --json counts what the store holds") {
  const small_store written;
  const program_end stats = tool(written.store, {"--json", "stats"});
  CHECK(stats.code == 0);
  const auto found = nlohmann::json::parse(stats.out);
  CHECK(found["store_id"].get<std::string>().size() == 32);
  CHECK(found["format_version"] >= 1);
  CHECK(found["records"] == 23);
  CHECK(found["snapshots"] == 1);
  CHECK(found["snapshot_bytes"] > 0);

  REQUIRE(found["types"].size() == 2);
  const auto& shifts = found["types"][0];
  CHECK(shifts["type"] == "CourierShift");
  CHECK(shifts["aggregates"] == 1);
  CHECK(shifts["events"] == 2);
  const auto& parcels = found["types"][1];
  CHECK(parcels["type"] == "Parcel");
  CHECK(parcels["type_id"] == "0xdabc1faa21521422");
  CHECK(parcels["aggregates"] == 10);
  CHECK(parcels["events"] == 20);
  CHECK(parcels["payload_bytes"] > 0);

  REQUIRE(found["partitions"].size() == written_store::partitions);
  std::uint64_t positions = 0;
  std::uint64_t bytes = 0;
  for (const auto& partition : found["partitions"]) {
    positions += partition["position"].get<std::uint64_t>();
    bytes += partition["payload_bytes"].get<std::uint64_t>();
    CHECK(partition["latest"].is_null() == (partition["position"] == 0));
  }
  CHECK(positions == 23);
  CHECK(bytes == shifts["payload_bytes"].get<std::uint64_t>() +
                     parcels["payload_bytes"].get<std::uint64_t>());

  bool journal_listed = false;
  for (const auto& file : found["files"]) {
    journal_listed =
        journal_listed || (file["name"] == "journal/data.mdb" && file["size_bytes"] > 0);
  }
  CHECK(journal_listed);
}

TEST_CASE("stats is readable for a person") {
  const small_store written;
  const program_end stats = tool(written.store, {"stats"});
  CHECK(stats.code == 0);
  CHECK(stats.out.find(", 23 records, 1 snapshots (") != std::string::npos);
  CHECK(stats.out.find("TYPE          AGGREGATES  EVENTS  PAYLOAD\n"
                       "CourierShift           1       2  ") != std::string::npos);
  CHECK(stats.out.find("journal/data.mdb") != std::string::npos);
  CHECK(stats.err.empty());
}

TEST_CASE("stats of an empty store counts nothing") {
  const written_store store;
  const program_end stats = tool(store, {"stats"});
  CHECK(stats.code == 0);
  CHECK(stats.out.find(", 0 records, 0 snapshots") != std::string::npos);
  CHECK(stats.out.find("4 of 4 partitions are empty\n") != std::string::npos);
}
