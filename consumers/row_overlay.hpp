// SPDX-License-Identifier: Apache-2.0
//
// Rows as a projection sees them while it folds: what was committed, changed by the events of the
// present batch, changed by the present event. Nothing is written before the batch is.
//
// Each changed row stands in memory once, as the present event sees it; what it was before that
// event is kept beside it. So an event costs one look-up a row, however many are in the batch.
//
// Invariant: an event's changes join the batch as a whole, or are forgotten as a whole.
// Threading: confined to its owner.

#pragma once

#include "base/checksum.hpp"
#include "consumers/rows_read.hpp"
#include "persistence/row_store.hpp"

#include <reprise/table.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace reprise::consumers {

class row_overlay final : public detail::row_access {
 public:
  /// `noting`: keeps in mind which rows of tables are read of what lies beneath.
  explicit row_overlay(bool noting = false) : noting_(noting) {}

  /// What lies beneath from here on.
  void begin(std::unique_ptr<persistence::row_snapshot> committed);
  /// Lets go of what lies beneath; nothing can be read until begin().
  void end() { begin(nullptr); }
  [[nodiscard]] bool begun() const { return committed_ != nullptr; }

  void keep_event();
  void forget_event();
  /// The changes of all events that were kept. Nothing can be read then until begin().
  [[nodiscard]] persistence::row_changes take_batch();
  [[nodiscard]] bool changed() const { return !batch_.empty(); }
  /// What was read since begin(), also by events that were forgotten.
  [[nodiscard]] rows_read take_noted() { return std::exchange(noted_, {}); }
  /// Of the keys and values that the batch will write, with the memory round them.
  [[nodiscard]] std::uint64_t batch_bytes() const { return batch_bytes_; }

  [[nodiscard]] result<std::optional<bytes_view>> find(bytes_view key) const override;
  result<void> put(bytes_view key, bytes& value) override;
  result<void> erase(bytes_view key) override;
  result<void> scan(
      const bytes& from, const bytes& below,
      const std::function<bool(bytes_view key, bytes_view value)>& visit) const override;

 private:
  struct changed_row {
    /// As the present event sees it; nothing: it is removed. Counts only if one of these is true.
    std::optional<bytes> value{};
    bool by_batch = false;
    bool by_event = false;
  };
  struct spread {
    using is_transparent = void;
    std::size_t operator()(bytes_view key) const { return base::checksum64(key); }
  };
  struct same {
    using is_transparent = void;
    bool operator()(bytes_view a, bytes_view b) const {
      return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
    }
  };
  using rows = std::unordered_map<bytes, changed_row, spread, same>;
  struct before_event {
    rows::value_type* row = nullptr;
    std::optional<bytes> value{};
  };

  [[nodiscard]] rows::value_type* look_up(bytes_view key) const;
  /// The row, to be changed by the present event.
  [[nodiscard]] result<changed_row*> opened(bytes_view key);

  const bool noting_;
  std::unique_ptr<persistence::row_snapshot> committed_;
  mutable rows_read noted_;
  mutable rows rows_;
  std::vector<rows::value_type*> batch_;
  std::uint64_t batch_bytes_ = 0;
  /// The first `touched_` are what the present event has changed. Those behind lend their memory to
  /// the values that come.
  std::vector<before_event> before_;
  std::size_t touched_ = 0;
  /// Most rows are read just before they are written.
  mutable rows::value_type* last_ = nullptr;
  /// What was read last from beneath.
  mutable bytes read_;
  /// The same rows by key, made when a range is read: most projections never do.
  mutable std::optional<std::map<bytes, const changed_row*>> order_;
};

/// Rows of one moment that cannot be changed.
class row_reader final : public detail::row_access {
 public:
  explicit row_reader(std::unique_ptr<persistence::row_snapshot> committed)
      : committed_(std::move(committed)) {}

  [[nodiscard]] result<std::optional<bytes_view>> find(bytes_view key) const override;
  result<void> put(bytes_view key, bytes& value) override;
  result<void> erase(bytes_view key) override;
  result<void> scan(
      const bytes& from, const bytes& below,
      const std::function<bool(bytes_view key, bytes_view value)>& visit) const override {
    return committed_->scan(from, below, visit);
  }

 private:
  const std::unique_ptr<persistence::row_snapshot> committed_;
  mutable bytes read_;
};

}  // namespace reprise::consumers
