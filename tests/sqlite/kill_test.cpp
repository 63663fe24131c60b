// SPDX-License-Identifier: Apache-2.0
//
// kill -9 of a process that feeds a read model in SQLite, over and over on the same files: in the
// end the rows are what the log adds up to, no event is missing and none is there twice.
#include "base/random.hpp"
#include "tests/actors/conformance/node_world.hpp"
#include "tests/environment.hpp"
#include "tests/persistence/child_process.hpp"
#include "tests/sqlite/ledger.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <string>

namespace reprise::sqlite3_store::testing {
namespace {

using persistence::child_process;

}  // namespace

TEST_CASE("a read model in SQLite has each event once, however often its process is killed") {
  const conformance::temporary_folder folder;
  const std::string store = folder.path() + "/store";
  const std::string file = folder.path() + "/rows.db";
  base::random random(2026);
  std::uint64_t acknowledged = 0;
  const std::uint64_t rounds = test::number_from("REPRISE_CRASH_ROUNDS", 20);
  for (std::uint64_t round = 0; round < rounds; ++round) {
    child_process child({store, file, std::to_string(round)});
    const std::uint64_t lines = random.below(200) + 1;
    for (std::uint64_t i = 0; i < lines; ++i) REQUIRE(child.read_line().has_value());
    child.kill();
    acknowledged += lines + child.rest().size();
    // Between any two commits rows and cursors belong together.
    const auto db = database::open(file).value();
    CHECK(number(*db, "SELECT count(*) FROM entries") ==
          number(*db, "SELECT coalesce(sum(through), 0) FROM reprise_cursors"));
  }
  child_process last({store, file, "end"});
  CHECK(last.wait() == 0);
  const auto db = database::open(file).value();
  const std::int64_t entries = number(*db, "SELECT count(*) FROM entries");
  CHECK(entries >= static_cast<std::int64_t>(acknowledged));
  CHECK(number(*db, "SELECT sum(cents) FROM balances") == entries);
  // What the aggregates themselves say.
  node here({.data = store, .log_bytes_max = 1U << 30U, .rows_bytes_max = 1U << 30U});
  here.host<conformance::account>();
  std::int64_t cents = 0;
  for (int i = 0; i < 7; ++i) {
    cents += here.of<conformance::account>("account-" + std::to_string(i))
                 .ask(conformance::cmd::get{})
                 .get()
                 .balance;
  }
  CHECK(cents == entries);
}

}  // namespace reprise::sqlite3_store::testing
