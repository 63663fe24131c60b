// SPDX-License-Identifier: Apache-2.0
//
// What projections have stored, seen without the program that folds them.
//
//   auto store = reprise::projection_store::open("./data");
//   for (const auto& p : store->list().value()) print(p.name, p.version, p.lag_events);
//
// Invariant: nothing in the directory is changed but by drop_projection(), rebuild_projection() and
// parked_orders. Threading: confined to one thread. Also while another process folds, but for
// those; a node does the same to what it folds itself, see client.hpp.

#pragma once

#include <reprise/cursor.hpp>
#include <reprise/envelope.hpp>
#include <reprise/ids.hpp>
#include <reprise/projection.hpp>
#include <reprise/result.hpp>
#include <reprise/subscription.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reprise {

/// One version of a projection.
struct stored_projection {
  std::string name{};
  std::uint32_t version = 0;
  /// The rows were complete once.
  bool built = false;
  /// Of its tables, their indices included.
  std::uint64_t rows = 0;
  /// Of their keys and values.
  std::uint64_t row_bytes = 0;
  /// Committed records that are not in the rows' checkpoint.
  std::uint64_t lag_events = 0;
  std::uint64_t parked_keys = 0;
  std::uint64_t parked_events = 0;
  std::uint64_t skipped_events = 0;
  std::vector<partition_cursor> cursors{};
};

/// How far one version has followed one partition.
struct partition_lag {
  partition_cursor at{};
  /// The last committed record.
  position end{};
  /// When the first record was decided that it is not done with; nothing where there is none.
  std::optional<timestamp> waiting_since{};

  [[nodiscard]] std::uint64_t events() const {
    return end > at.through ? end.value - at.through.value : 0;
  }
};

/// A row that two versions do not have alike.
struct row_difference {
  enum class kind : std::uint8_t { added, removed, changed };

  kind what{};
  std::string table{};
  /// As it is stored, behind the table's name.
  bytes key{};
};

class client;

class projection_store {
 public:
  /// `not_found` when there is no store in the directory; one without projections is no error.
  [[nodiscard]] static result<projection_store> open(const std::string& directory);
  projection_store(projection_store&&) noexcept;
  projection_store& operator=(projection_store&&) noexcept;
  ~projection_store();

  /// By name and version.
  [[nodiscard]] result<std::vector<stored_projection>> list() const;
  /// The newest version of a name. `not_found`.
  [[nodiscard]] result<std::uint32_t> newest(const std::string& name) const;
  /// By partition. `not_found` when nothing is stored of it.
  [[nodiscard]] result<std::vector<partition_lag>> lag(const std::string& name,
                                                       std::uint32_t version) const;
  /// By aggregate and in the order of its events. `not_found` when nothing is stored of it.
  [[nodiscard]] result<std::vector<parked_event>> parked(const std::string& name,
                                                         std::uint32_t version) const;
  /// Hands out what is different in the rows of version `to`, seen from version `from`; parked and
  /// skipped events are no part of it. Until `visit` returns false. `not_found`.
  [[nodiscard]] result<void> compare(const std::string& name, std::uint32_t from, std::uint32_t to,
                                     const std::function<bool(const row_difference&)>& visit) const;

 private:
  // Makes one that reads through a node.
  friend class client;
  struct opened;
  explicit projection_store(std::unique_ptr<opened> store);

  std::unique_ptr<opened> store_;
};

/// Forgets the rows, the checkpoint and the parked events of one version, so that it is built from
/// the beginning if it is started again. `not_found`, `locked` while a process has the store open.
[[nodiscard]] result<void> drop_projection(const std::string& directory, const std::string& name,
                                           std::uint32_t version);

/// The same, and when it is started again it is built of the events from there on, and of no
/// others: what its rows would have of earlier ones is missing. Where that is cut off between
/// forgetting and noting where to begin, it is built from the beginning. `beyond_head` when the log
/// is shorter, `invalid_argument` for a partition that there is not, and as drop_projection().
[[nodiscard]] result<void> rebuild_projection(const std::string& directory, const std::string& name,
                                              std::uint32_t version, const start_point& from);

/// What a person decides about parked events of a version: in files while no process has them open,
/// which it holds for itself while it is there, or through a client, on the node that is asked.
/// What needs the projection's code is done before anything else is folded: on a node that folds
/// the version at once, else when it is started next.
class parked_orders {
 public:
  /// `not_found` when nothing is stored of it, `locked` with the process that has the store.
  [[nodiscard]] static result<parked_orders> open(const std::string& directory,
                                                  const std::string& name, std::uint32_t version);
  parked_orders(parked_orders&&) noexcept;
  parked_orders& operator=(parked_orders&&) noexcept;
  ~parked_orders();

  /// Has parked events tried again, those first that were not tried for the longest time; says
  /// whose, in that order.
  [[nodiscard]] result<std::vector<aggregate_key>> retry(const parked_choice& choice);
  /// Forgets the first parked event of an aggregate for good, with a note of why, and has the rest
  /// tried again. `not_found` when nothing of it is parked.
  [[nodiscard]] result<parked_event> skip(const aggregate_key& aggregate, const std::string& why,
                                          timestamp now);
  /// Gives the first parked event of an aggregate another payload, as the tool shows payloads.
  /// `not_found`, and `malformed` for what the stored schema does not know.
  [[nodiscard]] result<parked_event> edit(const aggregate_key& aggregate, std::string_view json,
                                          const std::string& why);

 private:
  // Makes one that decides through a node.
  friend class client;
  struct opened;
  explicit parked_orders(std::unique_ptr<opened> store);

  std::unique_ptr<opened> store_;
};

}  // namespace reprise
