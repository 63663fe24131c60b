// SPDX-License-Identifier: Apache-2.0
//
// Keeps a group in rows of the node's own, beside a checkpoint: for a node that stands alone.
//
// Invariant: a change and the positions beside it are stored together, those of all partitions in
// one commit.
// Format: docs/formats.md#rows. Threading: see group_ledger. Answers at once.

#pragma once

#include "consumers/group_ledger.hpp"
#include "persistence/row_store.hpp"

#include <reprise/cursor.hpp>
#include <reprise/result.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace reprise::consumers {

class rows_ledger final : public group_ledger {
 public:
  /// The rows must outlive it.
  [[nodiscard]] static result<std::unique_ptr<rows_ledger>> open(persistence::row_store& rows,
                                                                 const std::string& group);

  void load(partition_id partition, position begin, const loaded& then) override;
  void keep(std::vector<group_change> all, const kept& then) override;
  void look(partition_id partition, const loaded& then) override {
    then(partition, read(partition, {}));
  }
  [[nodiscard]] sequence latest(partition_id /*partition*/) const override { return {}; }

 private:
  rows_ledger(persistence::row_store& rows, std::string name)
      : rows_(rows), name_(std::move(name)) {}
  [[nodiscard]] result<group_share> read(partition_id partition, position begin) const;
  [[nodiscard]] result<void> commit(const std::vector<group_change>& all);

  persistence::row_store& rows_;
  const std::string name_;
  std::uint64_t loads_ = 0;
  /// As they are stored.
  std::vector<partition_cursor> cursors_;
};

}  // namespace reprise::consumers
