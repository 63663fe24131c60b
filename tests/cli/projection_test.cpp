// SPDX-License-Identifier: Apache-2.0
#include "consumers/parked_events.hpp"
#include "consumers/parked_orders.hpp"
#include "consumers/row_overlay.hpp"
#include "persistence/lmdb_checkpoint_store.hpp"
#include "tool.hpp"

#include <reprise/detail/row_key.hpp>
#include <reprise/inspect.hpp>
#include <reprise/projection_store.hpp>

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <unistd.h>
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
            const std::string& cause, timestamp when = noon) {
    park_at(name, id, {.partition = {1}, .at = {7}, .sequence = {sequence}}, cause, when);
  }
  void park_at(const std::string& name, const std::string& id, const receipt& where,
               const std::string& cause, timestamp when = noon) {
    const auto kept = opened();
    consumers::row_overlay overlay;
    overlay.begin(kept->rows()->read(name).value());
    consumers::parked_events parked({});
    REQUIRE(parked.load(overlay));
    REQUIRE(parked.park(overlay,
                        {.type = post::parcel_api::type,
                         .id = id,
                         .partition = where.partition,
                         .at = where.at,
                         .sequence = where.sequence},
                        cause, cause.empty() ? 0 : 3, when));
    overlay.keep_event();
    REQUIRE(kept->rows()->commit(name, overlay.take_batch(), {.cursors = {{{0}, {0}}}}));
  }
  // Aggregates that are to be tried again.
  [[nodiscard]] std::size_t ordered(const std::string& name) const {
    const auto kept = opened();
    const consumers::row_reader rows(kept->rows()->read(name).value());
    return consumers::ordered_retries(rows).value().size();
  }
  [[nodiscard]] bytes replaced(const std::string& name, const std::string& id,
                               std::uint64_t sequence) const {
    const auto kept = opened();
    const consumers::row_reader rows(kept->rows()->read(name).value());
    return consumers::replaced_payload(rows, {.aggregate = parcel(id), .sequence = {sequence}})
        .value()
        .value();
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

TEST_CASE("projection lag says how far behind each partition is, and since when") {
  folded_store folded;
  folded.keep("board.1", {cents("ann", 1)});
  const auto lines = lines_of(tool(folded.store, {"--json", "projection", "lag", "board"}).out);
  REQUIRE(lines.size() == written_store::partitions);
  std::uint64_t events = 0;
  for (const auto& line : lines) {
    events += line["lag_events"].get<std::uint64_t>();
    CHECK(line["waiting_since"].is_null() == (line["lag_events"] == 0));
    CHECK(line["position"] == 0);
  }
  CHECK(events == 4);
  CHECK(tool(folded.store, {"projection", "lag", "board"}).out.find("lags by 4 records.") !=
        std::string::npos);
  CHECK(tool(folded.store, {"projection", "lag", "nobody"}).code == 1);
}

TEST_CASE("projection rebuild forgets what a program builds anew, of a store nobody has open") {
  folded_store folded;
  folded.keep("board.1", {cents("ann", 1)});
  CHECK(tool(folded.store, {"projection", "rebuild", "board", "1"}).code == 2);
  const program_end held = tool(folded.store, {"projection", "rebuild", "board", "1", "--yes"});
  CHECK(held.code == 4);
  CHECK(held.err.find(std::to_string(::getpid())) != std::string::npos);
  folded.store.close();
  CHECK(tool(folded.store, {"projection", "rebuild", "board", "1", "--yes"}).out ==
        "Version 1 of board will be built anew when the program starts.\n");
  CHECK(lines_of(tool(folded.store, {"--json", "projection", "list"}).out).empty());
}

TEST_CASE("projection rebuild may have a version begin at a position, or at a time") {
  folded_store folded;
  folded.keep("board.1", {cents("ann", 1)});
  const receipt first = folded.store.append(parcel("p-1"), "8", 8, post::parcel_ev::sent{"zoe", 3});
  const receipt second =
      folded.store.append(parcel("p-1"), "9", 9, post::parcel_ev::sent{"zoe", 3});
  REQUIRE(second.partition == first.partition);
  folded.store.close();
  const auto rebuilt = [&](const std::string& option, const std::string& value) {
    return tool(folded.store, {"projection", "rebuild", "board", "1", option, value, "--yes"});
  };
  const auto begins = [&] {
    const auto all = projection_store::open(folded.store.directory())->list();
    REQUIRE(all);
    REQUIRE(all->size() == 1);
    CHECK(all->front().rows == 0);
    return all->front().cursors.at(first.partition.value).through;
  };
  const std::string partition = std::to_string(first.partition.value);
  const program_end done = rebuilt("--after", partition + ":" + std::to_string(first.at.value));
  CHECK(done.out == "Version 1 of board will be built anew when the program starts.\n");
  CHECK(begins() == first.at);
  CHECK(rebuilt("--since", iso_time(noon + std::chrono::seconds(9))).code == 0);
  CHECK(begins() == position{second.at.value - 1});

  CHECK(rebuilt("--after", partition + ":99").code == 1);
  CHECK(rebuilt("--after", "77:1").code == 2);
  CHECK(rebuilt("--after", "1").code == 2);
  CHECK(rebuilt("--since", "yesterday").code == 2);
  CHECK(tool(folded.store, {"projection", "rebuild", "board", "1", "--yes", "--since", "1970-01-01",
                            "--after", "0:0"})
            .code == 2);
  CHECK(begins() == position{second.at.value - 1});
}

TEST_CASE("parked show shows the events of one aggregate with their payloads") {
  folded_store folded;
  folded.keep("board.1", {});
  const receipt at = folded.store.append(parcel("p-9"), "9", 9, post::parcel_ev::sent{"zoe", 3});
  folded.park_at("board.1", "p-9", at, "stumbled");
  const auto lines =
      lines_of(tool(folded.store, {"--json", "parked", "show", "board", "parcel", "p-9"}).out);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["event"] == "sent");
  CHECK(lines[0]["payload"]["to"] == "zoe");
  CHECK(lines[0]["cause"] == "stumbled");
  const program_end text = tool(folded.store, {"parked", "show", "board", "parcel", "p-9"});
  CHECK(text.out.find("sequence 1  sent") == 0);
  CHECK(text.out.find("stumbled") != std::string::npos);
  CHECK(tool(folded.store, {"parked", "show", "board", "parcel", "p-1"}).code == 1);
}

TEST_CASE("parked retry leaves orders for what is meant, the least recent first") {
  folded_store folded;
  folded.keep("board.1", {});
  folded.park("board.1", "p-1", 1, "stumbled", noon + std::chrono::seconds(2));
  folded.park("board.1", "p-2", 1, "stumbled", noon + std::chrono::seconds(1));
  folded.park("board.1", "p-2", 2, "", noon);
  const auto retry = [&](std::vector<std::string> what) {
    what.insert(what.begin(), {"--json", "parked", "retry", "board"});
    std::vector<std::string> command = tool_on(folded.store.directory(), {});
    command.insert(command.end(), what.begin(), what.end());
    return run(command);
  };
  CHECK(retry({}).code == 2);
  CHECK(retry({"--id", "p-1"}).code == 2);
  CHECK(retry({"--type", "parcel", "--tenant", "acme"}).code == 2);
  CHECK(retry({"--all"}).code == 4);
  folded.store.close();
  const auto all = lines_of(retry({"--all"}).out);
  REQUIRE(all.size() == 2);
  CHECK(all[0]["id"] == "p-2");
  CHECK(all[1]["id"] == "p-1");
  CHECK(lines_of(retry({"--type", "parcel", "--limit", "1"}).out).at(0)["id"] == "p-2");
  CHECK(lines_of(retry({"--type", "parcel", "--id", "p-1"}).out).at(0)["id"] == "p-1");
  CHECK(retry({"--type", "parcel", "--id", "p-3"}).code == 1);
  CHECK(retry({"--type", "letter"}).code == 1);
  CHECK(folded.ordered("board.1") == 2);
}

TEST_CASE("parked skip passes the first event by, with a note, and has the rest tried") {
  folded_store folded;
  folded.keep("board.1", {});
  folded.park("board.1", "p-1", 1, "stumbled");
  folded.park("board.1", "p-1", 2, "");
  folded.store.close();
  CHECK(tool(folded.store, {"parked", "skip", "board", "parcel", "p-1"}).code == 2);
  const program_end ended =
      tool(folded.store, {"parked", "skip", "board", "parcel", "p-1", "--reason", "twice"});
  CHECK(ended.out == "Skipped event 1 of p-1.\n");
  const auto left = lines_of(tool(folded.store, {"--json", "parked", "list", "board"}).out);
  REQUIRE(left.size() == 1);
  CHECK(left[0]["sequence"] == 2);
  const auto stored = lines_of(tool(folded.store, {"--json", "projection", "list"}).out);
  CHECK(stored.at(0)["skipped_events"] == 1);
  CHECK(folded.ordered("board.1") == 1);
  CHECK(tool(folded.store, {"parked", "skip", "board", "parcel", "p-2", "--reason", "x"}).code ==
        1);
}

TEST_CASE("parked edit replaces a payload that the schema knows, and keeps the log as it is") {
  folded_store folded;
  folded.keep("board.1", {});
  const receipt at = folded.store.append(parcel("p-9"), "9", 9, post::parcel_ev::sent{"zoe", 3});
  folded.park_at("board.1", "p-9", at, "stumbled");
  folded.store.close();
  const auto edit = [&](const std::string& json) {
    return tool(folded.store, {"parked", "edit", "board", "parcel", "p-9", "--reason", "typo",
                               "--payload", json});
  };
  CHECK(edit("nonsense").code == 3);
  CHECK(edit(R"({"nobody":1})").code == 3);
  CHECK(edit(R"({"to":"zoe","weightGrams":7})").out == "Replaced the payload of event 1 of p-9.\n");
  CHECK(lines_of(tool(folded.store, {"--json", "parked", "list", "board"}).out).at(0)["edited"] ==
        true);
  bytes expected;
  codec<post::parcel_ev::sent>::encode({"zoe", 7}, expected);
  CHECK(folded.replaced("board.1", "p-9", 1) == expected);
  CHECK(lines_of(tool(folded.store, {"--json", "log", "parcel", "p-9"}).out)
            .at(0)["payload"]["weightGrams"] == "3");
}
