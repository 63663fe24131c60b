// SPDX-License-Identifier: Apache-2.0
//
// A read model in SQLite, and its rows seen from outside.
//
// Threading: confined to the test.

#pragma once

#include "sqlite/database.hpp"
#include "tests/actors/conformance/account.hpp"

#include <reprise/node.hpp>
#include <reprise/sqlite.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace reprise::sqlite3_store::testing {

// snippet: ledger
struct ledger : reprise::sql_projection<conformance::account> {
  static constexpr reprise::sql_options options{.name = "ledger"};

  void create() {
    db().run("CREATE TABLE IF NOT EXISTS balances (id TEXT PRIMARY KEY, cents INTEGER NOT NULL)");
    db().run("CREATE TABLE IF NOT EXISTS entries (event TEXT PRIMARY KEY, cents INTEGER NOT NULL)");
  }
  void on(const ev::deposited& e, const reprise::envelope& m) {
    db().run(
        "INSERT INTO balances VALUES (?, ?) "
        "ON CONFLICT (id) DO UPDATE SET cents = cents + excluded.cents",
        m.aggregate.id, e.cents);
    db().run("INSERT INTO entries VALUES (?, ?)", reprise::to_hex(m.id.value), e.cents);
  }
};
// snippet end

inline std::int64_t number(sql& db, const std::string& statement) {
  return std::get<std::int64_t>(db.query(statement).at(0).at(0));
}

/// All balances, `id=cents` and blanks between.
inline std::string balances(const std::string& path) {
  const auto db = database::open(path).value();
  std::string out;
  for (const sql_row& row : db->query("SELECT id, cents FROM balances ORDER BY id")) {
    out += (out.empty() ? "" : " ") + std::get<std::string>(row[0]) + "=" +
           std::to_string(std::get<std::int64_t>(row[1]));
  }
  return out;
}

}  // namespace reprise::sqlite3_store::testing
