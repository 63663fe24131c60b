// SPDX-License-Identifier: Apache-2.0
#include "sqlite/database.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <sqlite3.h>
#include <utility>

namespace reprise::sqlite3_store {
namespace {

// Others may look at the file, or copy it.
constexpr int busy_milliseconds = 5'000;
// A projection has few; what makes its statements of values would have one for each.
constexpr std::size_t statements_max = 256;

errc code_of(int why) {
  switch (why & 0xff) {
    case SQLITE_FULL:
      return errc::disk_full;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return errc::unavailable;
    case SQLITE_ERROR:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE:
      return errc::invalid_argument;
    case SQLITE_TOOBIG:
      return errc::too_large;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return errc::corrupt;
    default:
      return errc::io_error;
  }
}

struct binder {
  sqlite3_stmt* statement;
  int place;

  int operator()(std::monostate) const { return sqlite3_bind_null(statement, place); }
  int operator()(std::int64_t value) const { return sqlite3_bind_int64(statement, place, value); }
  int operator()(double value) const { return sqlite3_bind_double(statement, place, value); }
  int operator()(const std::string& value) const {
    return sqlite3_bind_text64(statement, place, value.data(), value.size(), SQLITE_STATIC,
                               SQLITE_UTF8);
  }
  int operator()(const bytes& value) const {
    // A null pointer would be NULL, and no empty blob.
    if (value.empty()) return sqlite3_bind_zeroblob(statement, place, 0);
    return sqlite3_bind_blob64(statement, place, value.data(), value.size(), SQLITE_STATIC);
  }
};

sql_value value_in(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      return static_cast<std::int64_t>(sqlite3_column_int64(statement, column));
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, column);
    case SQLITE_TEXT: {
      const auto* const text =
          reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      return std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
    }
    case SQLITE_BLOB: {
      const auto* const data =
          static_cast<const std::byte*>(sqlite3_column_blob(statement, column));
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
      return bytes(data, data + size);
    }
    default:
      return std::monostate();
  }
}

// Lets go of what a statement has bound, whatever happens.
struct running {
  explicit running(sqlite3_stmt* s) : statement(s) {}
  running(const running&) = delete;
  running& operator=(const running&) = delete;
  ~running() {
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
  }
  sqlite3_stmt* statement;
};

}  // namespace

result<std::unique_ptr<database>> database::open(const std::string& path) {
  std::unique_ptr<database> made(new database());
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  if (sqlite3_open_v2(path.c_str(), &made->connection_, flags, nullptr) != SQLITE_OK) {
    return error{errc::io_error, path + ": " + sqlite3_errmsg(made->connection_)};
  }
  sqlite3_extended_result_codes(made->connection_, 1);
  sqlite3_busy_timeout(made->connection_, busy_milliseconds);
  try {
    // Readers see the last commit while the next one is made; a commit is on the disk.
    made->run("PRAGMA journal_mode = WAL");
    made->run("PRAGMA synchronous = FULL");
  } catch (const failed& e) {
    return error{e.code(), path + ": " + e.error().message};
  }
  return made;
}

database::~database() {
  for (const auto& [text, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(connection_);
}

bool database::in_transaction() const {
  return sqlite3_get_autocommit(connection_) == 0;
}

void database::run_with(std::string_view statement, const std::vector<sql_value>& values) {
  each_row(statement, values, [](sqlite3_stmt*) {});
}

std::vector<sql_row> database::query_with(std::string_view statement,
                                          const std::vector<sql_value>& values) {
  std::vector<sql_row> out;
  each_row(statement, values, [&](sqlite3_stmt* at) {
    sql_row row;
    for (int i = 0; i < sqlite3_column_count(at); ++i) row.push_back(value_in(at, i));
    out.push_back(std::move(row));
  });
  return out;
}

void database::each_row(std::string_view statement, const std::vector<sql_value>& values,
                        const std::function<void(sqlite3_stmt*)>& visit) {
  const running now(prepared(statement));
  const int wanted = sqlite3_bind_parameter_count(now.statement);
  if (static_cast<std::size_t>(wanted) != values.size()) {
    throw failed({errc::invalid_argument, std::to_string(values.size()) + " values for " +
                                              std::to_string(wanted) +
                                              " places: " + std::string(statement)});
  }
  int place = 0;
  for (const sql_value& value : values) {
    if (std::visit(binder{now.statement, ++place}, value) != SQLITE_OK) fail(statement);
  }
  int step = sqlite3_step(now.statement);
  for (; step == SQLITE_ROW; step = sqlite3_step(now.statement)) visit(now.statement);
  if (step != SQLITE_DONE) fail(statement);
}

sqlite3_stmt* database::prepared(std::string_view statement) {
  const auto known = statements_.find(statement);
  if (known != statements_.end()) return known->second;
  if (statements_.size() >= statements_max) {
    for (const auto& [text, old] : statements_) sqlite3_finalize(old);
    statements_.clear();
  }
  sqlite3_stmt* made = nullptr;
  const char* rest = nullptr;
  const auto size = static_cast<int>(statement.size());
  if (sqlite3_prepare_v3(connection_, statement.data(), size, SQLITE_PREPARE_PERSISTENT, &made,
                         &rest) != SQLITE_OK) {
    fail(statement);
  }
  if (made == nullptr) {
    throw failed({errc::invalid_argument, "no statement: " + std::string(statement)});
  }
  const std::string_view behind(rest, static_cast<std::size_t>(statement.data() + size - rest));
  if (behind.find_first_not_of(" \t\r\n;") != std::string_view::npos) {
    sqlite3_finalize(made);
    throw failed({errc::invalid_argument, "one statement at a time: " + std::string(statement)});
  }
  statements_.emplace(statement, made);
  return made;
}

void database::fail(std::string_view statement) const {
  const int why = sqlite3_extended_errcode(connection_);
  std::string text = sqlite3_errmsg(connection_);
  text += ": ";
  text += statement;
  throw failed({code_of(why), std::move(text)});
}

}  // namespace reprise::sqlite3_store
