// SPDX-License-Identifier: Apache-2.0
//
// Read models in SQLite, fed by a node.
#include "tests/actors/conformance/node_world.hpp"
#include "tests/sqlite/ledger.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

namespace reprise::sqlite3_store::testing {
namespace {

using namespace std::chrono_literals;
using conformance::cmd;
using conformance::node_world;
using conformance::storage;

// Fails at some amounts after it has written a row.
struct stumbling : sql_projection<conformance::account> {
  static constexpr sql_options options{
      .name = "stumbling", .failing = {.finally = failure_policy::then::skip, .retries = 0}};
  void create() { db().run("CREATE TABLE IF NOT EXISTS seen (cents INTEGER)"); }
  void on(const ev::deposited& e) {
    db().run("INSERT INTO seen VALUES (?)", e.cents);
    if (e.cents == 13) throw std::runtime_error("it stumbled");
    if (e.cents == 14) db().run("INSERT INTO nowhere VALUES (1)");
  }
};

// Writes much, into a file of few pages.
struct cramped : sql_projection<conformance::account> {
  static constexpr sql_options options{.name = "cramped", .failing = {.first_delay = 1ms}};
  static inline std::atomic<bool> has_room{false};
  void create() { db().run("CREATE TABLE IF NOT EXISTS stuff (cents INTEGER, much TEXT)"); }
  void on(const ev::deposited& e) {
    static_cast<void>(
        db().query(has_room ? "PRAGMA max_page_count = 100000" : "PRAGMA max_page_count = 20"));
    db().run("INSERT INTO stuff VALUES (?, ?)", e.cents, std::string(4'000, 'x'));
  }
};

// The same tables, kept otherwise.
struct newer_ledger : ledger {
  using sql_projection = ledger::sql_projection;
  static constexpr sql_options options{.name = "ledger", .version = 2};
  void create() {
    db().run("DROP TABLE IF EXISTS balances");
    db().run("DROP TABLE IF EXISTS entries");
    ledger::create();
  }
};

class sqlite_scene {
 public:
  explicit sqlite_scene(storage where = storage::memory) : world(where, {.partitions = 4}) {}

  [[nodiscard]] std::string path() const { return folder_.path() + "/rows.db"; }
  void deposit(const std::string& id, std::int64_t cents) {
    REQUIRE(world.ask(id, cmd::deposit{.cents = cents}) == "accepted");
  }
  // Looks until the sink has all that is in the log, or half a minute has passed.
  projection_status caught_up(const running_feed& feed) {
    const auto end = std::chrono::steady_clock::now() + 30s;
    while (feed.status().lag_events > 0 && std::chrono::steady_clock::now() < end) {
      std::this_thread::yield();
    }
    return feed.status();
  }

  node_world world;

 private:
  conformance::temporary_folder folder_;
};

TEST_CASE("a read model in SQLite is the fold of the log, and is queried with SQL") {
  sqlite_scene scene;
  scene.deposit("ann", 5);
  const auto feed = scene.world.node().feed(sqlite<ledger>(scene.path()));
  scene.deposit("bob", 7);
  scene.deposit("ann", -2);
  CHECK(scene.caught_up(feed).lag_events == 0);
  CHECK(balances(scene.path()) == "ann=3 bob=7");
  CHECK(scene.world.node().feeds().size() == 1);
  CHECK(feed.status().state == projection_state::following);
  CHECK(scene.world.node().try_feed(sqlite<ledger>(scene.path())).error().code == errc::locked);
}

TEST_CASE(
    "a read model goes on where its own file is, also when the node remembers nothing of it") {
  sqlite_scene scene(storage::disk);
  {
    const auto feed = scene.world.node().feed(sqlite<ledger>(scene.path()));
    scene.deposit("ann", 5);
    scene.caught_up(feed);
  }
  scene.world.reopen();
  scene.deposit("ann", 1);
  const auto feed = scene.world.node().feed(sqlite<ledger>(scene.path()));
  scene.caught_up(feed);
  CHECK(balances(scene.path()) == "ann=6");
}

TEST_CASE("another version begins at the beginning, and does with the tables what it likes") {
  sqlite_scene scene;
  scene.deposit("ann", 5);
  {
    const auto feed = scene.world.node().feed(sqlite<ledger>(scene.path()));
    scene.caught_up(feed);
  }
  const auto feed = scene.world.node().feed(sqlite<newer_ledger>(scene.path()));
  scene.caught_up(feed);
  CHECK(balances(scene.path()) == "ann=5");
  CHECK(number(*database::open(scene.path()).value(),
               "SELECT count(DISTINCT version) FROM reprise_cursors") == 2);
}

TEST_CASE("what throws, and what SQLite refuses, leaves none of its event's rows") {
  sqlite_scene scene;
  for (const std::int64_t cents : {1, 13, 2, 14, 3}) scene.deposit("ann", cents);
  const auto feed = scene.world.node().feed(sqlite<stumbling>(scene.path()));
  const projection_status seen = scene.caught_up(feed);
  CHECK(seen.skipped == 2);
  CHECK(number(*database::open(scene.path()).value(), "SELECT sum(cents) FROM seen") == 6);
}

TEST_CASE("while a file may not grow the feed waits, and then goes on without a gap or a repeat") {
  cramped::has_room = false;
  sqlite_scene scene;
  for (int i = 0; i < 60; ++i) scene.deposit("ann", i);
  const auto feed = scene.world.node().feed(sqlite<cramped>(scene.path()));
  const auto end = std::chrono::steady_clock::now() + 30s;
  const auto is_full = [&] {
    const auto trouble = feed.status().trouble;
    return trouble && trouble->code == errc::disk_full;
  };
  while (!is_full() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  REQUIRE(is_full());
  CHECK(feed.status().state == projection_state::retrying);
  cramped::has_room = true;
  scene.caught_up(feed);
  const auto db = database::open(scene.path()).value();
  CHECK(number(*db, "SELECT count(*) FROM stuff") == 60);
  CHECK(number(*db, "SELECT count(DISTINCT cents) FROM stuff") == 60);
}

TEST_CASE("a file that cannot be opened refuses the feed and names it") {
  sqlite_scene scene;
  const auto refused = scene.world.node().try_feed(sqlite<ledger>("/nowhere/rows.db"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::io_error);
  CHECK(refused.error().message.find("/nowhere/rows.db") != std::string::npos);
}

TEST_CASE("values go to SQLite and come back as they are") {
  conformance::temporary_folder folder;
  const auto db = database::open(folder.path() + "/rows.db").value();
  db->run("CREATE TABLE kinds (a, b, c, d, e, f)");
  const bytes blob{std::byte{0}, std::byte{255}};
  db->run("INSERT INTO kinds VALUES (?, ?, ?, ?, ?, ?)", std::int64_t{-5}, 1.5,
          std::string("a\0b", 3), blob, bytes(), sql_value());
  const auto rows = db->query("SELECT * FROM kinds");
  REQUIRE(rows.size() == 1);
  CHECK(rows[0] ==
        sql_row{std::int64_t{-5}, 1.5, std::string("a\0b", 3), blob, bytes(), std::monostate()});
  CHECK(db->query("SELECT * FROM kinds WHERE a = ?", 7).empty());
  const auto code = [&](const auto& what) {
    try {
      what();
    } catch (const failed& e) {
      return e.code();
    }
    return errc::stopped;
  };
  CHECK(code([&] { db->run("INSERT INTO kinds VALUES (?)", 1); }) == errc::invalid_argument);
  CHECK(code([&] { db->run("SELECT ?", 1, 2); }) == errc::invalid_argument);
  CHECK(code([&] { db->run("nonsense"); }) == errc::invalid_argument);
  CHECK(code([&] { db->run(""); }) == errc::invalid_argument);
  CHECK(code([&] { db->run("SELECT 1; SELECT 2"); }) == errc::invalid_argument);
  db->run("SELECT 1; ");
}

}  // namespace
}  // namespace reprise::sqlite3_store::testing
