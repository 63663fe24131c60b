// SPDX-License-Identifier: Apache-2.0
#include "persistence/lmdb_checkpoint_store.hpp"
#include "tool.hpp"

#include <catch2/catch_test_macros.hpp>

#include <map>
#include <string>

using namespace reprise;
using namespace reprise::test;
using ev = post::parcel_ev;

namespace {

struct uneven_store {
  written_store store;

  uneven_store() {
    store.append(parcel("small"), "small", 1, ev::sent{"ann", 1});
    for (int n = 0; n < 5; ++n) {
      store.append(parcel("large"), "large" + std::to_string(n), n + 2,
                   ev::delayed{1, std::string(500, 'x')});
    }
    const receipt begun =
        store.append(shift("s-1"), "s", 20, post::courier_shift_ev::begun{"carl"});
    store.save(shift("s-1"), begun, {});
    store.retire(shift("s-1"), persistence::record_kind::deletion, 21);
    const auto consumers = persistence::lmdb_checkpoint_store::open(store.directory(), 1U << 30U);
    REQUIRE(consumers);
    REQUIRE((*consumers)->save("receipts", {.cursors = {{{0}, {1}}}}));
    REQUIRE((*consumers)->rows()->commit("board.1", {{bytes(8, std::byte{1}), bytes(8)}}, {}));
  }
};

}  // namespace

TEST_CASE("space --json says who holds how much") {
  const uneven_store written;
  const program_end ended = tool(written.store, {"--json", "space", "--largest", "2"});
  REQUIRE(ended.code == 0);
  const auto found = nlohmann::json::parse(ended.out);
  std::map<std::string, std::uint64_t> rows;
  for (const auto& t : found["tables"]) {
    rows[t["name"]] = t["rows"].get<std::uint64_t>();
    if (t["rows"] != 0) CHECK(t["bytes"] >= 4096);
  }
  CHECK(rows["journal/log"] == 8);
  CHECK(rows["snapshots/snapshots"] == 1);
  CHECK(rows.count("journal/free") == 1);
  CHECK(rows["consumers/checkpoints"] == 1);
  CHECK(rows["consumers/rows"] == 2);
  CHECK(rows.count("consumers/free") == 1);

  REQUIRE(found["types"].size() == 2);
  const auto& parcels = found["types"][0];
  CHECK(parcels["type"] == "Parcel");
  CHECK(parcels["aggregates"] == 2);
  CHECK(parcels["records"] == 6);
  CHECK(parcels["record_bytes"] > 2500);
  CHECK(parcels["hidden_bytes"] == 0);
  const auto& shifts = found["types"][1];
  CHECK(shifts["records"] == 2);
  // The event, not the deletion.
  CHECK(shifts["hidden_bytes"] > 0);
  CHECK(shifts["hidden_bytes"] < shifts["record_bytes"]);

  REQUIRE(found["largest"].size() == 2);
  CHECK(found["largest"][0]["id"] == "large");
  CHECK(found["largest"][0]["records"] == 5);
}

TEST_CASE("space shows tables, types and the largest aggregates") {
  const uneven_store written;
  const program_end ended = tool(written.store, {"space"});
  CHECK(ended.code == 0);
  CHECK(ended.err.empty());
  for (const char* const part : {"journal/log", "journal/free", "HIDDEN", "Parcel", "LARGEST"}) {
    INFO(part);
    CHECK(ended.out.find(part) != std::string::npos);
  }
  CHECK(ended.out.find("large") < ended.out.find("small"));
}

TEST_CASE("space of an empty store has tables only") {
  const written_store empty;
  const program_end ended = tool(empty, {"space"});
  CHECK(ended.code == 0);
  CHECK(ended.out.find("TYPE") == std::string::npos);
  CHECK(ended.out.find("consumers/") == std::string::npos);
}
