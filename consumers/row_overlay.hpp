// SPDX-License-Identifier: Apache-2.0
//
// Rows as a projection sees them while it folds: what was committed, changed by the events of the
// present batch, changed by the present event. Nothing is written before the batch is.
//
// Invariant: an event's changes join the batch as a whole, or are forgotten as a whole.
// Threading: confined to its owner.

#pragma once

#include "persistence/row_store.hpp"

#include <reprise/table.hpp>

#include <cstdint>
#include <memory>
#include <utility>

namespace reprise::consumers {

class row_overlay final : public detail::row_access {
 public:
  /// What lies beneath from here on.
  void begin(std::unique_ptr<persistence::row_snapshot> committed) {
    committed_ = std::move(committed);
    batch_.clear();
    event_.clear();
    batch_bytes_ = 0;
  }
  /// Lets go of what lies beneath; nothing can be read until begin().
  void end() { begin(nullptr); }
  [[nodiscard]] bool begun() const { return committed_ != nullptr; }

  void keep_event();
  void forget_event() { event_.clear(); }
  [[nodiscard]] const persistence::row_changes& batch() const { return batch_; }
  [[nodiscard]] bool changed() const { return !batch_.empty(); }
  /// Of keys and values, counted anew whenever one is changed again.
  [[nodiscard]] std::uint64_t batch_bytes() const { return batch_bytes_; }

  [[nodiscard]] result<std::optional<bytes>> get(const bytes& key) const override;
  result<void> put(bytes key, std::optional<bytes> value) override;
  result<void> scan(
      const bytes& from, const bytes& below,
      const std::function<bool(bytes_view key, bytes_view value)>& visit) const override;

 private:
  std::unique_ptr<persistence::row_snapshot> committed_;
  persistence::row_changes batch_;
  persistence::row_changes event_;
  std::uint64_t batch_bytes_ = 0;
};

/// Rows of one moment that cannot be changed.
class row_reader final : public detail::row_access {
 public:
  explicit row_reader(std::unique_ptr<persistence::row_snapshot> committed)
      : committed_(std::move(committed)) {}

  [[nodiscard]] result<std::optional<bytes>> get(const bytes& key) const override {
    return committed_->get(key);
  }
  result<void> put(bytes key, std::optional<bytes> value) override;
  result<void> scan(
      const bytes& from, const bytes& below,
      const std::function<bool(bytes_view key, bytes_view value)>& visit) const override {
    return committed_->scan(from, below, visit);
  }

 private:
  const std::unique_ptr<persistence::row_snapshot> committed_;
};

}  // namespace reprise::consumers
