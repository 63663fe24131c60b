// SPDX-License-Identifier: Apache-2.0
//
// Read models in SQLite, for whoever wants to query them with SQL.
//
//   struct paid_trips : reprise::sql_projection<trip> {
//     static constexpr reprise::sql_options options{.name = "paid_trips"};
//     void create() { db().run("CREATE TABLE IF NOT EXISTS paid (id TEXT PRIMARY KEY, cents INT)");
//     } void on(const ev::paid& e, const reprise::envelope& m) {
//       db().run("INSERT INTO paid VALUES (?, ?)", m.aggregate.id, e.cents);
//     }
//   };
//   node.feed(reprise::sqlite<paid_trips>("trips.db"));
//
// Invariants
//  * Rows and the cursors behind them change in one transaction of SQLite: each event changes the
//    rows exactly once, whatever happens between.
//  * What throws in `on` leaves none of its event's changes behind.
// The cursors are in the table `reprise_cursors`, by name, version and partition. Another version
// begins at the beginning; what it does with tables of an older one is for create() to say.
// Threading: a projection is called by one thread at a time. Others, and other processes, may read
// the file meanwhile; whoever writes to it holds the projection up.

#pragma once

#include <reprise/detail/projection_type.hpp>
#include <reprise/result.hpp>
#include <reprise/sink.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace reprise {

/// Nothing is NULL.
using sql_value = std::variant<std::monostate, std::int64_t, double, std::string, bytes>;
using sql_row = std::vector<sql_value>;

/// A database within the transaction of its projection. Every method throws `failed`:
/// `invalid_argument` for a statement or values that SQLite does not take, `disk_full`, `io_error`.
class sql {
 public:
  virtual ~sql() = default;
  /// Runs one statement, with a value for each of its `?`. Statements are prepared once.
  template <class... V>
  void run(std::string_view statement, V&&... values) {
    run_with(statement, {value_of(std::forward<V>(values))...});
  }
  /// The rows that a statement answers.
  template <class... V>
  [[nodiscard]] std::vector<sql_row> query(std::string_view statement, V&&... values) {
    return query_with(statement, {value_of(std::forward<V>(values))...});
  }

  virtual void run_with(std::string_view statement, const std::vector<sql_value>& values) = 0;
  [[nodiscard]] virtual std::vector<sql_row> query_with(std::string_view statement,
                                                        const std::vector<sql_value>& values) = 0;

 private:
  template <class V>
  static sql_value value_of(V&& value) {
    using plain = std::remove_cvref_t<V>;
    if constexpr (std::integral<plain>) {
      return static_cast<std::int64_t>(value);
    } else if constexpr (std::floating_point<plain>) {
      return static_cast<double>(value);
    } else if constexpr (std::convertible_to<V, std::string_view>) {
      return std::string(std::string_view(value));
    } else {
      return sql_value(std::forward<V>(value));
    }
  }
};

struct sql_options {
  /// 1 to 200 bytes.
  std::string_view name{};
  std::uint32_t version = 1;
  failure_policy failing{};
};

/// Base of a projection into SQLite that follows the events of these aggregates.
template <class A, class... More>
class sql_projection {
 public:
  using ev = typename A::ev;
  using aggregates = detail::aggregates<A, More...>;

  explicit sql_projection(sql& db) : db_(&db) {}
  [[nodiscard]] sql& db() const { return *db_; }

 private:
  sql* db_;
};

namespace detail {

/// A user's projection into SQL with its type erased. What it throws is for the sink to catch.
class sql_code {
 public:
  virtual ~sql_code() = default;
  virtual void create() = 0;
  [[nodiscard]] virtual result<void> fold(const envelope& meta, bytes_view payload) = 0;
};

template <class P>
class sql_host final : public sql_code {
 public:
  explicit sql_host(sql& db) : value_{typename P::sql_projection(db)} {}
  void create() override {
    if constexpr (requires { value_.create(); }) value_.create();
  }
  result<void> fold(const envelope& meta, bytes_view payload) override {
    return event_folds<P>::fold(value_, meta, payload);
  }

 private:
  P value_;
};

using make_sql_code = std::function<std::unique_ptr<sql_code>(sql& db)>;

/// The file is opened, or made, when the feed begins.
[[nodiscard]] std::shared_ptr<sink> sqlite_sink(const std::string& path, const std::string& name,
                                                std::uint32_t version, make_sql_code make);

}  // namespace detail

/// P with the file that it writes to.
template <class P>
[[nodiscard]] sink_feed sqlite(const std::string& path) {
  sink_feed out{.options = {.name = std::string(P::options.name),
                            .version = P::options.version,
                            .failing = P::options.failing}};
  for (const auto& [type, event] : detail::event_folds<P>::events()) {
    out.options.events.push_back({type, event});
  }
  out.to = detail::sqlite_sink(path, out.options.name, out.options.version,
                               [](sql& db) -> std::unique_ptr<detail::sql_code> {
                                 return std::make_unique<detail::sql_host<P>>(db);
                               });
  return out;
}

}  // namespace reprise
