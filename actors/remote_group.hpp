// SPDX-License-Identifier: Apache-2.0
//
// What a person decides about parked events of a group of a cluster, as commands to its ledgers,
// which are aggregates of the partitions.
//
// Invariant: a decision names the events that it is about, so it may come twice.
// Threading: confined to one thread; calls wait.

#pragma once

#include "consumers/logged_group.hpp"
#include "consumers/stored_groups.hpp"
#include "persistence/inspected_log.hpp"

#include <reprise/group_store.hpp>
#include <reprise/node.hpp>
#include <reprise/reply.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace reprise::actors {

class remote_group final : public consumers::group_decisions {
 public:
  using ask = std::function<std::shared_ptr<detail::pending_ask>(detail::outgoing_command)>;

  /// `reads` what the log says, which goes with it.
  remote_group(ask how, group_store reads, const persistence::inspected_log& log, std::string name)
      : ask_(std::move(how)), reads_(std::move(reads)), log_(log), name_(std::move(name)) {}

  [[nodiscard]] result<std::vector<parked_event>> parked() const override {
    return reads_.parked(name_);
  }
  [[nodiscard]] result<void> order(const std::vector<partition_cursor>& again) override;
  [[nodiscard]] result<void> skip(const std::vector<partition_cursor>& which) override;

 private:
  using decision = consumers::log::group_ledger_cmd::order;
  // By the number of the partition; each at its leader.
  [[nodiscard]] result<void> tell(const std::map<std::uint32_t, decision>& all) const;

  const ask ask_;
  const group_store reads_;
  const persistence::inspected_log& log_;
  const std::string name_;
};

}  // namespace reprise::actors
