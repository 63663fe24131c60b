// SPDX-License-Identifier: Apache-2.0
#include "sqlite/database.hpp"

#include <reprise/sqlite.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace reprise {
namespace {

using sqlite3_store::database;

constexpr std::string_view make_cursors =
    "CREATE TABLE IF NOT EXISTS reprise_cursors (name TEXT NOT NULL, version INTEGER NOT NULL, "
    "partition INTEGER NOT NULL, through INTEGER NOT NULL, PRIMARY KEY (name, version, partition))";

class sqlite_writer final : public sink {
 public:
  sqlite_writer(std::string path, std::string name, std::uint32_t version,
                detail::make_sql_code make)
      : path_(std::move(path)), name_(std::move(name)), version_(version), make_(std::move(make)) {}

  result<std::optional<std::vector<partition_cursor>>> taken() override {
    auto opened = database::open(path_);
    if (!opened) return std::move(opened).error();
    db_ = std::move(*opened);
    db_->run("BEGIN IMMEDIATE");
    db_->run(make_cursors);
    code_ = make_(*db_);
    code_->create();
    db_->run("COMMIT");
    std::vector<partition_cursor> out;
    for (const sql_row& row :
         db_->query("SELECT partition, through FROM reprise_cursors WHERE name = ? AND version = ?",
                    name_, version_)) {
      out.push_back({.partition = {static_cast<std::uint32_t>(std::get<std::int64_t>(row[0]))},
                     .through = {static_cast<std::uint64_t>(std::get<std::int64_t>(row[1]))}});
    }
    return std::optional(std::move(out));
  }

  result<void> write(const sunk_event& event) override {
    begin();
    // So that an event which fails takes back nothing but its own.
    db_->run("SAVEPOINT reprise_event");
    result<void> done = fold(event);
    if (!done && !db_->in_transaction()) {
      // All of it is written again, so it is not this event's failure.
      const bool full = done.error().code == errc::disk_full;
      return error{full ? errc::disk_full : errc::io_error, path_ + ": " + done.error().message};
    }
    if (!done) db_->run("ROLLBACK TO reprise_event");
    db_->run("RELEASE reprise_event");
    return done;
  }

  result<void> commit(const std::vector<partition_cursor>& cursors) override {
    begin();
    for (const partition_cursor& c : cursors) {
      db_->run(
          "INSERT INTO reprise_cursors VALUES (?, ?, ?, ?) ON CONFLICT (name, version, partition) "
          "DO UPDATE SET through = excluded.through",
          name_, version_, c.partition.value, c.through.value);
    }
    db_->run("COMMIT");
    open_ = false;
    return {};
  }

  void undo() override {
    if (std::exchange(open_, false) && db_->in_transaction()) db_->run("ROLLBACK");
  }

 private:
  void begin() {
    if (!open_) {
      db_->run("BEGIN IMMEDIATE");
      open_ = true;
    } else if (!db_->in_transaction()) {
      // What was written in it is gone, and must be written again.
      throw failed({errc::io_error, path_ + ": SQLite has taken the transaction back"});
    }
  }

  result<void> fold(const sunk_event& event) {
    try {
      return code_->fold(event.meta, event.payload);
    } catch (const failed& e) {
      return e.error();
    }
  }

  const std::string path_;
  const std::string name_;
  const std::uint32_t version_;
  const detail::make_sql_code make_;
  std::unique_ptr<database> db_;
  std::unique_ptr<detail::sql_code> code_;
  bool open_ = false;
};

}  // namespace

namespace detail {

std::shared_ptr<sink> sqlite_sink(const std::string& path, const std::string& name,
                                  std::uint32_t version, make_sql_code make) {
  return std::make_shared<sqlite_writer>(path, name, version, std::move(make));
}

}  // namespace detail
}  // namespace reprise
