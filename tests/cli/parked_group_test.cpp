// SPDX-License-Identifier: Apache-2.0
//
// The parked events of groups, as the tool shows and orders them.
#include "consumers/group_rows.hpp"
#include "persistence/lmdb_checkpoint_store.hpp"
#include "tool.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

using namespace reprise;
using namespace reprise::test;

namespace {

/// Three events of two parcels that the group `letters` has parked.
struct stumbled_group {
  written_store store;

  stumbled_group() {
    persistence::row_changes rows;
    const auto park = [&](const std::string& id, int second, const std::string& cause) {
      const receipt at = store.append(parcel(id), id + std::to_string(second), second,
                                      post::parcel_ev::sent{"ann", 1});
      consumers::note_parked({.partition = at.partition,
                              .at = at.at,
                              .cause = cause,
                              .assignments = 3,
                              .parked_at = noon + std::chrono::seconds(second)},
                             rows);
    };
    park("p-1", 1, "no paper");
    park("p-2", 2, "no ink");
    park("p-1", 3, "no paper either");
    REQUIRE(opened()->rows()->commit(consumers::group_rows("letters"), rows,
                                     {.cursors = {{{0}, {0}}}}));
  }
  [[nodiscard]] std::size_t ordered() const {
    const auto kept = opened();
    const auto rows = kept->rows()->read(consumers::group_rows("letters")).value();
    return consumers::ordered_in(*rows).value().size();
  }
  [[nodiscard]] std::vector<nlohmann::json> list() const {
    return lines_of(tool(store, {"--json", "parked", "list", "letters", "--group"}).out);
  }

 private:
  [[nodiscard]] std::unique_ptr<persistence::lmdb_checkpoint_store> opened() const {
    auto kept = persistence::lmdb_checkpoint_store::open(store.directory(), 64U << 20U);
    REQUIRE(kept);
    return std::move(*kept);
  }
};

}  // namespace

TEST_CASE("parked list shows the events that a group has put aside, also while they are written") {
  const stumbled_group s;
  const auto lines = s.list();
  REQUIRE(lines.size() == 3);
  CHECK(lines[0]["id"] == "p-1");
  CHECK(lines[0]["sequence"] == 1);
  CHECK(lines[0]["cause"] == "no paper");
  CHECK(lines[0]["attempts"] == 3);
  CHECK(lines[1]["sequence"] == 2);
  CHECK(lines[2]["id"] == "p-2");
  const program_end shown =
      tool(s.store, {"parked", "show", "letters", "parcel", "p-2", "--group"});
  CHECK(shown.out.find("sequence 1  sent") == 0);
  CHECK(shown.out.find("no ink") != std::string::npos);
  // It is no projection, and no other group.
  CHECK(tool(s.store, {"parked", "list", "letters"}).code == 1);
  CHECK(tool(s.store, {"parked", "list", "parcels", "--group"}).code == 1);
  CHECK(tool(s.store, {"parked", "list", "letters", "--group", "--version", "2"}).code == 2);
}

TEST_CASE("parked groups lists the groups with what they have parked") {
  const stumbled_group s;
  const auto lines = lines_of(tool(s.store, {"--json", "parked", "groups"}).out);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["name"] == "letters");
  CHECK(lines[0]["parked"] == 3);
  CHECK(lines[0]["ordered"] == 0);
  CHECK(lines[0]["lag_events"] == 3);
  CHECK(tool(s.store, {"parked", "groups"}).out.find("letters") != std::string::npos);
  const written_store none;
  CHECK(tool(none, {"parked", "groups"}).out == "No group has stored anything here.\n");
}

TEST_CASE("parked retry has a group's events assigned again, in a store that nobody has open") {
  stumbled_group s;
  const program_end held = tool(s.store, {"parked", "retry", "letters", "--group", "--all"});
  CHECK(held.code == 4);
  CHECK(held.err.find(std::to_string(::getpid())) != std::string::npos);
  s.store.close();
  CHECK(tool(s.store, {"parked", "retry", "letters", "--group"}).code == 2);
  const program_end one =
      tool(s.store, {"parked", "retry", "letters", "--group", "--type", "parcel", "--id", "p-1"});
  CHECK(one.out ==
        "Parked events of 1 aggregates will be assigned again when the group has workers.\n");
  CHECK(s.ordered() == 2);
  const auto all =
      lines_of(tool(s.store, {"--json", "parked", "retry", "letters", "--group", "--all"}).out);
  CHECK(all.size() == 2);
  CHECK(s.ordered() == 3);
  CHECK(tool(s.store, {"parked", "retry", "letters", "--group", "--type", "parcel", "--id", "p-3"})
            .code == 1);
  CHECK(lines_of(tool(s.store, {"--json", "parked", "groups"}).out).at(0)["ordered"] == 3);
}

TEST_CASE("parked skip forgets a group's first event of an aggregate, or all") {
  stumbled_group s;
  const auto skip = [&](std::vector<std::string> what) {
    what.insert(what.begin(), {"parked", "skip", "letters", "--group"});
    std::vector<std::string> command = tool_on(s.store.directory(), {});
    command.insert(command.end(), what.begin(), what.end());
    return run(command);
  };
  CHECK(skip({"--all"}).code == 4);
  s.store.close();
  CHECK(skip({}).code == 2);
  CHECK(skip({"parcel", "p-1", "--all"}).code == 2);
  const program_end noted = skip({"parcel", "p-1", "--reason", "twice"});
  CHECK(noted.code == 2);
  CHECK(noted.err.find("no note") != std::string::npos);
  CHECK(skip({"parcel", "p-3"}).code == 1);
  CHECK(skip({"parcel", "p-1"}).out == "Skipped event 1 of p-1.\n");
  const auto left = s.list();
  REQUIRE(left.size() == 2);
  CHECK(left[0]["sequence"] == 2);
  CHECK(skip({"--all"}).out == "Skipped 2 events.\n");
  CHECK(s.list().empty());
  // Of a projection one is skipped at a time, and why is kept.
  CHECK(tool(s.store, {"parked", "skip", "board", "--all", "--reason", "x"}).code == 2);
  CHECK(tool(s.store, {"parked", "skip", "board", "--reason", "x"}).code == 2);
}
