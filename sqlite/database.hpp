// SPDX-License-Identifier: Apache-2.0
//
// One connection to a file of SQLite; its statements are prepared once.
//
// Threading: confined to its owner.

#pragma once

#include <reprise/result.hpp>
#include <reprise/sqlite.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace reprise::sqlite3_store {

class database final : public sql {
 public:
  /// Opens or makes the file; readers do not hold up the writer. `io_error`.
  [[nodiscard]] static result<std::unique_ptr<database>> open(const std::string& path);
  database(const database&) = delete;
  database& operator=(const database&) = delete;
  ~database() override;

  /// False also when an error has taken a transaction back.
  [[nodiscard]] bool in_transaction() const;

  void run_with(std::string_view statement, const std::vector<sql_value>& values) override;
  [[nodiscard]] std::vector<sql_row> query_with(std::string_view statement,
                                                const std::vector<sql_value>& values) override;

 private:
  database() = default;
  [[nodiscard]] sqlite3_stmt* prepared(std::string_view statement);
  void each_row(std::string_view statement, const std::vector<sql_value>& values,
                const std::function<void(sqlite3_stmt*)>& visit);
  [[noreturn]] void fail(std::string_view statement) const;

  sqlite3* connection_ = nullptr;
  std::map<std::string, sqlite3_stmt*, std::less<>> statements_;
};

}  // namespace reprise::sqlite3_store
