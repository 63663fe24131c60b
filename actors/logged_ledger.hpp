// SPDX-License-Identifier: Apache-2.0
//
// Keeps a group in the log of each partition, as an aggregate of that partition: for nodes of a
// cluster, of which another one may lead it next.
//
// Threading: every method may be called from any thread. Answers come on threads of the node.

#pragma once

#include "consumers/group_ledger.hpp"

#include <reprise/ids.hpp>
#include <reprise/node.hpp>
#include <reprise/reply.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace reprise::actors {

class logged_ledger final : public consumers::group_ledger {
 public:
  /// How it reaches the log.
  struct outlets {
    std::uint32_t partitions = 0;
    std::function<std::shared_ptr<detail::pending_ask>(detail::outgoing_command)> ask{};
    /// Whose log an aggregate's events are in.
    std::function<partition_id(const aggregate_key&)> home_of{};
    /// The last event of an aggregate that this node has; 0: none.
    std::function<sequence(const aggregate_key&)> last_of{};
  };
  logged_ledger(outlets around, const std::string& group);

  void load(partition_id partition, position begin, const loaded& then) override;
  void keep(std::vector<consumers::group_change> all, const kept& then) override;
  void look(partition_id partition, const loaded& then) override;
  [[nodiscard]] sequence latest(partition_id partition) const override {
    return around_.last_of(ledgers_[partition.value]);
  }
  /// Of all partitions; waits.
  [[nodiscard]] result<void> forget();

 private:
  template <class Command>
  [[nodiscard]] std::shared_ptr<detail::pending_ask> ask(partition_id partition,
                                                         const Command& command) const;

  template <class Command>
  void ask_for_share(partition_id partition, const Command& command, const loaded& then) const;

  const outlets around_;
  /// By the number of the partition.
  std::vector<aggregate_key> ledgers_;
};

}  // namespace reprise::actors
