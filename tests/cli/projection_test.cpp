// SPDX-License-Identifier: Apache-2.0
#include "consumers/parked_events.hpp"
#include "consumers/row_overlay.hpp"
#include "persistence/lmdb_checkpoint_store.hpp"
#include "tool.hpp"

#include <reprise/detail/row_key.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

using namespace reprise;
using namespace reprise::test;

namespace {

using persistence::row_changes;

/// A row of the table `cents`.
std::pair<bytes, bytes> cents(const std::string& who, std::uint64_t n) {
  bytes key = detail::table_prefix("cents");
  detail::row_key<std::string>::encode(who, key);
  key.resize((key.size() + 7) / 8 * 8);
  bytes value;
  detail::row_value<std::uint64_t>::encode(n, value);
  return {key, value};
}

/// Four parcels in the log, and rows that a program has folded of them.
struct folded_store {
  written_store store;

  folded_store() {
    for (int n = 1; n <= 4; ++n) {
      store.append(parcel("p-" + std::to_string(n)), std::to_string(n), n,
                   post::parcel_ev::sent{"ann", 1});
    }
  }
  void keep(const std::string& name, row_changes rows, bool built = true) {
    const auto kept = opened();
    consumers::row_overlay overlay;
    overlay.begin(kept->rows()->read(name).value());
    if (built) REQUIRE(consumers::mark_built(overlay));
    overlay.keep_event();
    row_changes all = overlay.take_batch();
    all.merge(rows);
    REQUIRE(kept->rows()->commit(name, all, {.cursors = {{{0}, {0}}}}));
  }
  void park(const std::string& name, const std::string& id, std::uint64_t sequence,
            const std::string& cause) {
    const auto kept = opened();
    consumers::row_overlay overlay;
    overlay.begin(kept->rows()->read(name).value());
    consumers::parked_events parked({});
    REQUIRE(parked.park(overlay,
                        {.type = post::parcel_api::type,
                         .id = id,
                         .partition = {1},
                         .at = {7},
                         .sequence = {sequence}},
                        cause, cause.empty() ? 0 : 3, noon));
    overlay.keep_event();
    REQUIRE(kept->rows()->commit(name, overlay.take_batch(), {.cursors = {{{0}, {0}}}}));
  }

 private:
  [[nodiscard]] std::unique_ptr<persistence::lmdb_checkpoint_store> opened() const {
    auto kept = persistence::lmdb_checkpoint_store::open(store.directory(), 64U << 20U);
    REQUIRE(kept);
    return std::move(*kept);
  }
};

}  // namespace

TEST_CASE("projection list says what is stored, also while a process has the store open") {
  folded_store folded;
  folded.keep("board.1", {cents("ann", 5), cents("bob", 6)});
  folded.keep("board.2", {cents("ann", 5)}, false);
  folded.park("board.2", "p-1", 1, "stumbled");
  const program_end ended = tool(folded.store, {"--json", "projection", "list"});
  REQUIRE(ended.code == 0);
  const auto lines = lines_of(ended.out);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["name"] == "board");
  CHECK(lines[0]["version"] == 1);
  CHECK(lines[0]["built"] == true);
  CHECK(lines[0]["rows"] == 2);
  CHECK(lines[0]["lag_events"] == 4);
  CHECK(lines[0]["parked_events"] == 0);
  CHECK(lines[1]["version"] == 2);
  CHECK(lines[1]["built"] == false);
  CHECK(lines[1]["rows"] == 1);
  CHECK(lines[1]["parked_events"] == 1);
  const program_end table = tool(folded.store, {"projection", "list"});
  CHECK(table.out.find("building") != std::string::npos);
}

TEST_CASE("a store without projections is no error") {
  const folded_store folded;
  const program_end ended = tool(folded.store, {"projection", "list"});
  CHECK(ended.code == 0);
  CHECK(ended.out == "No projection has stored anything here.\n");
  CHECK(tool(folded.store, {"parked", "list", "board"}).code == 1);
}

TEST_CASE("P-081 projection diff lists what is added, removed and changed, and nothing else") {
  folded_store folded;
  folded.keep("board.1", {cents("ann", 1), cents("bob", 2), cents("cid", 3)});
  folded.keep("board.2", {cents("ann", 1), cents("bob", 9), cents("dan", 4)}, false);
  const program_end ended = tool(folded.store, {"--json", "projection", "diff", "board", "1", "2"});
  REQUIRE(ended.code == 0);
  std::string seen;
  for (const auto& line : lines_of(ended.out)) {
    CHECK(line["table"] == "cents");
    seen +=
        line["row"].get<std::string>() + " " + line["key"].get<std::string>().substr(0, 6) + ",";
  }
  CHECK(seen == "changed 626f62,removed 636964,added 64616e,");
  const program_end same = tool(folded.store, {"projection", "diff", "board", "1", "1"});
  CHECK(same.out == "No row is different.\n");
  CHECK(tool(folded.store, {"projection", "diff", "board", "1", "3"}).code == 1);
}

TEST_CASE("a comparison of many rows goes page by page") {
  folded_store folded;
  row_changes many;
  for (std::uint64_t n = 0; n < 2'500; ++n) many.insert(cents("id-" + std::to_string(n), n));
  row_changes changed = many;
  changed.insert_or_assign(cents("id-2499", 0).first, cents("id-2499", 0).second);
  folded.keep("board.1", std::move(many));
  folded.keep("board.2", std::move(changed));
  const program_end ended = tool(folded.store, {"--json", "projection", "diff", "board", "1", "2"});
  CHECK(lines_of(ended.out).size() == 1);
}

TEST_CASE("P-080 projection delete forgets one version, of a store that nobody has open") {
  folded_store folded;
  folded.keep("board.1", {cents("ann", 1)});
  folded.keep("board.2", {cents("ann", 2)});
  const auto forget = [&](std::initializer_list<std::string> how) {
    return tool(folded.store, how);
  };
  CHECK(forget({"projection", "delete", "board", "1"}).code == 2);
  CHECK(forget({"projection", "delete", "board", "1", "--yes"}).code == 4);
  folded.store.close();
  CHECK(forget({"projection", "delete", "board", "3", "--yes"}).code == 1);
  CHECK(forget({"projection", "delete", "board", "1", "--yes"}).out ==
        "Forgot version 1 of board.\n");
  const auto left = lines_of(forget({"--json", "projection", "list"}).out);
  REQUIRE(left.size() == 1);
  CHECK(left[0]["version"] == 2);
  CHECK(left[0]["rows"] == 1);
}

TEST_CASE("parked list shows what is put aside, why, and what waits behind it") {
  folded_store folded;
  folded.keep("board.1", {});
  folded.park("board.1", "p-2", 4, "stumbled");
  folded.park("board.1", "p-2", 5, "");
  const auto lines = lines_of(tool(folded.store, {"--json", "parked", "list", "board"}).out);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["id"] == "p-2");
  CHECK(lines[0]["sequence"] == 4);
  CHECK(lines[0]["partition"] == 1);
  CHECK(lines[0]["position"] == 7);
  CHECK(lines[0]["attempts"] == 3);
  CHECK(lines[0]["cause"] == "stumbled");
  CHECK(lines[0]["first_tried"] == lines[0]["last_tried"]);
  CHECK(lines[1]["sequence"] == 5);
  CHECK(lines[1]["cause"] == "");
  const program_end table = tool(folded.store, {"parked", "list", "board", "--version", "1"});
  CHECK(table.out.find("behind another") != std::string::npos);
}
