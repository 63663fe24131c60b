// SPDX-License-Identifier: Apache-2.0
//
// A store that is read through a node that has it open.
//
// Invariants
//  * What a call shows was committed.
//  * Whichever nodes answer, what was acknowledged before it was opened is in what it shows of the
//    log, unless stale was enough. Of what was acknowledged later one may not have yet what another
//    one had.
// Threading: confined to one thread; calls wait.

#pragma once

#include "cluster/store_query.hpp"
#include "persistence/inspected_log.hpp"

#include <reprise/result.hpp>

#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace reprise::actors {

class remote_store final : public persistence::inspected_log {
 public:
  /// Sends an encoded query, and waits for its answer.
  using ask = std::function<result<bytes>(bytes query)>;

  enum class freshness : std::uint8_t {
    /// Everything that was acknowledged before it was opened is in it.
    current,
    /// It is what a node has by itself, needs no other node, and may lack the last of it.
    stale,
  };

  /// Asks for how many partitions there are, and how far they go. What `how` says; `unavailable`
  /// where nobody can say how far.
  [[nodiscard]] static result<std::unique_ptr<remote_store>> open(ask how, freshness wanted);

  [[nodiscard]] std::uint32_t partitions() const override { return partitions_; }
  [[nodiscard]] partition_id partition_of(const aggregate_key& aggregate) const override;
  [[nodiscard]] result<std::vector<persistence::stored_schema>> schemas() const override;
  [[nodiscard]] result<position> committed(partition_id partition) const override;
  [[nodiscard]] result<persistence::aggregate_head> head(
      const aggregate_key& aggregate) const override;
  [[nodiscard]] result<persistence::aggregate_page> read(
      const aggregate_key& aggregate, const persistence::aggregate_range& range,
      const persistence::record_visitor& visit) const override;
  [[nodiscard]] result<persistence::partition_page> scan(
      partition_id partition, const persistence::partition_range& range,
      const persistence::record_visitor& visit) const override;
  [[nodiscard]] result<std::optional<persistence::snapshot>> saved(
      const aggregate_key& aggregate, const persistence::snapshot_bounds& bounds) const override;

  /// A node of a cluster seals nothing, so it is scan().
  [[nodiscard]] result<persistence::partition_page> scan_sealed(
      partition_id partition, const persistence::partition_range& range,
      const persistence::record_visitor& visit) const override {
    return scan(partition, range, visit);
  }
  [[nodiscard]] result<std::vector<persistence::aggregate_head>> heads(
      std::span<const aggregate_key> all) const override;

  // Of the node that answers.
  [[nodiscard]] result<persistence::store_identity> identity() const override;
  [[nodiscard]] result<persistence::store_inventory> inventory() const override;
  [[nodiscard]] result<persistence::snapshot_tally> count_snapshots(
      bytes_view behind) const override;
  /// Asks again until it is done. `overloaded` while that is done for another client; a client that
  /// has several nodes is told of one of them.
  [[nodiscard]] result<verification> verify(
      const persistence::check_progress& go_on) const override;

  /// Under which names the consumers of the node that answers keep rows.
  [[nodiscard]] result<std::vector<std::string>> projections() const;
  /// Some of a projection's rows with keys in [from, below).
  [[nodiscard]] result<cluster::row_page> rows(cluster::rows_query range) const;

 private:
  remote_store(ask how, std::uint32_t partitions, cluster::committed_ends reach)
      : ask_(std::move(how)), partitions_(partitions), reach_(std::move(reach)) {}
  /// Of the node that answers.
  [[nodiscard]] result<bytes> answer(const cluster::store_query& query) const;
  /// Of one whose copy of the partition is fresh enough.
  [[nodiscard]] result<bytes> answer(const cluster::store_query& query, partition_id about) const;
  [[nodiscard]] result<cluster::facts_answer> facts() const;

  const ask ask_;
  const std::uint32_t partitions_;
  // How far copies must go, by partition; empty where stale is enough.
  const cluster::committed_ends reach_;
};

}  // namespace reprise::actors
