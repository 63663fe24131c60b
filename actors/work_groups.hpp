// SPDX-License-Identifier: Apache-2.0
//
// The groups of a node: makes one with its first worker. One without workers does nothing, and is
// there for those that come. In a cluster each node has the partitions that it leads.
//
// Threading: every method may be called from any thread.

#pragma once

#include "actors/consumer_host.hpp"
#include "actors/logged_ledger.hpp"
#include "base/clock.hpp"
#include "base/guarded.hpp"
#include "persistence/journal.hpp"

#include <reprise/detail/aggregate_type.hpp>
#include <reprise/group.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace reprise::actors {

class group_task;

class work_groups {
 public:
  /// How a node of a cluster takes part.
  struct cluster_ports {
    /// Has the node answer commands of ledgers.
    std::function<result<void>(const detail::aggregate_type&)> host{};
    std::function<bool(partition_id)> leads{};
    logged_ledger::outlets ledgers{};
  };

  /// All of it must outlive it. `seed`: of the chance in waits before a repeat.
  work_groups(const persistence::journal& log, const base::clock& time, consumer_host& host,
              std::uint64_t seed)
      : log_(log), time_(time), host_(host), seed_(seed) {}
  /// Before the first worker.
  void share_with_others(cluster_ports around) { cluster_ = std::move(around); }
  ~work_groups() { stop(); }

  /// The options are those of the first worker since the node was opened. `stopped` after stop(),
  /// and what a group says.
  [[nodiscard]] result<detail::joined> join(group_options options, std::uint32_t window,
                                            group_worker worker);
  [[nodiscard]] std::vector<group_status> all() const;
  /// Forgets how far a group has come and what it has parked. `locked` while it has workers.
  [[nodiscard]] result<void> drop(const std::string& name);
  /// Waits for workers that are being called. Idempotent.
  void stop();

 private:
  struct state {
    std::map<std::string, std::weak_ptr<group_task>> all{};
    bool stopped = false;
  };
  [[nodiscard]] result<std::shared_ptr<group_task>> find_or_make(group_options options, state& s);
  [[nodiscard]] result<std::shared_ptr<consumers::group_ledger>> ledger_of(const std::string& name);
  [[nodiscard]] result<void> forget(const std::string& name);

  const persistence::journal& log_;
  const base::clock& time_;
  consumer_host& host_;
  const std::uint64_t seed_;
  /// Nothing on a node that stands alone.
  std::optional<cluster_ports> cluster_;
  base::guarded<state> state_;
};

}  // namespace reprise::actors
