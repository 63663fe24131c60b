// SPDX-License-Identifier: Apache-2.0
//
// A store that is inspected through its files: the log, and the snapshots beside it. Personal data
// is shown as far as its keys are there.
//
// Threading: confined to one thread.

#pragma once

#include "persistence/inspected_log.hpp"
#include "persistence/lmdb_snapshot_store.hpp"
#include "persistence/read_only_keys.hpp"
#include "persistence/read_only_store.hpp"
#include "persistence/unsealed_read.hpp"

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

namespace reprise::persistence {

class inspected_files final : public inspected_log {
 public:
  /// As read_only_store's open(), with advice for whoever gave the wrong directory.
  [[nodiscard]] static result<std::unique_ptr<inspected_files>> open(
      const std::filesystem::path& directory);

  [[nodiscard]] std::uint32_t partitions() const override { return log_->partitions(); }
  [[nodiscard]] partition_id partition_of(const aggregate_key& aggregate) const override {
    return log_->partition_of(aggregate);
  }
  [[nodiscard]] result<std::vector<stored_schema>> schemas() const override {
    return log_->schemas();
  }
  [[nodiscard]] result<position> committed(partition_id partition) const override {
    return log_->committed(partition);
  }
  [[nodiscard]] result<aggregate_head> head(const aggregate_key& aggregate) const override {
    return log_->head(aggregate);
  }
  [[nodiscard]] result<aggregate_page> read(const aggregate_key& aggregate,
                                            const aggregate_range& range,
                                            const record_visitor& visit) const override {
    return read_unsealed(
        [&](const record_visitor& each) { return log_->read(aggregate, range, each); }, keys_,
        visit);
  }
  [[nodiscard]] result<partition_page> scan(partition_id partition, const partition_range& range,
                                            const record_visitor& visit) const override {
    return scan_unsealed(
        [&](const record_visitor& each) { return log_->scan(partition, range, each); }, keys_,
        visit);
  }
  [[nodiscard]] result<partition_page> scan_sealed(partition_id partition,
                                                   const partition_range& range,
                                                   const record_visitor& visit) const override {
    return log_->scan(partition, range, visit);
  }
  [[nodiscard]] result<std::optional<snapshot>> saved(const aggregate_key& aggregate,
                                                      const snapshot_bounds& bounds) const override;
  [[nodiscard]] result<std::vector<aggregate_head>> heads(
      std::span<const aggregate_key> all) const override;
  [[nodiscard]] result<store_identity> identity() const override;
  [[nodiscard]] result<store_inventory> inventory() const override;
  [[nodiscard]] result<snapshot_tally> count_snapshots(bytes_view behind) const override;
  [[nodiscard]] result<verification> verify(const check_progress& go_on) const override;

 private:
  // Null as long as no snapshot was ever saved.
  [[nodiscard]] result<const lmdb_snapshot_store*> snapshots() const;
  inspected_files(std::filesystem::path at, std::unique_ptr<read_only_store> log);

  const std::filesystem::path directory_;
  const std::unique_ptr<read_only_store> log_;
  const read_only_keys keys_;
  // Opened when it is wanted first, for it may come to be meanwhile.
  mutable std::unique_ptr<lmdb_snapshot_store> snapshots_;
};

}  // namespace reprise::persistence
