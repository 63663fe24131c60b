// SPDX-License-Identifier: Apache-2.0
//
// A group as a node runs it, and the workers in it: the group reads and assigns on one of the
// consumers' threads, each worker is called on another. It holds the partitions that the node leads
// while it has workers.
//
// Invariants
//  * The group's state is used by whoever holds mutex_, and no worker is called meanwhile.
//  * Once leave() has returned the worker is not called any more.
// Threading: every method but run() may be called from any thread.

#pragma once

#include "actors/task_pool.hpp"
#include "base/clock.hpp"
#include "base/guarded.hpp"
#include "consumers/group_ledger.hpp"
#include "consumers/work_group.hpp"

#include <reprise/group.hpp>
#include <reprise/result.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace reprise::actors {

class group_member_task;

/// Where a group lives.
struct group_home {
  const base::clock& time;
  std::uint32_t partitions = 0;
  /// Nothing: this node leads all, for ever.
  std::function<bool(partition_id)> leads{};
  std::shared_ptr<consumers::group_ledger> ledger{};
};

class group_task final : public pooled_task,
                         public detail::live_group,
                         public std::enable_shared_from_this<group_task> {
 public:
  group_task(group_home home, std::unique_ptr<consumers::work_group> what,
             std::shared_ptr<task_pool> pool)
      : home_(std::move(home)), pool_(std::move(pool)), what_(std::move(what)) {}
  /// `stopped` after stop(), and why a partition cannot be taken up, if that is known at once.
  [[nodiscard]] result<std::shared_ptr<group_member_task>> join(std::uint32_t window,
                                                                group_worker worker);
  void leave(const group_member_task& who);
  /// All workers leave.
  void stop();
  [[nodiscard]] bool has_members();
  [[nodiscard]] std::optional<consumers::work_group::assignment> take(std::uint64_t member);
  [[nodiscard]] bool has_work(std::uint64_t member);

  next run() override;
  void answer(std::uint64_t number, std::optional<group_verdict> failed,
              const std::string& why) override;
  [[nodiscard]] group_status status() const override;
  [[nodiscard]] result<std::vector<group_parked_event>> parked() const override;
  result<std::uint64_t> replay_parked(std::uint64_t most) override;
  result<std::uint64_t> drop_parked() override;

 private:
  // What the ledger has answered.
  struct answers {
    std::vector<std::pair<partition_id, result<consumers::group_share>>> loaded{};
    struct one_kept {
      partition_id partition;
      std::uint64_t holding;
      result<sequence> how;
    };
    std::vector<one_kept> kept{};
    std::vector<std::pair<partition_id, result<consumers::group_share>>> seen{};
  };
  [[nodiscard]] bool wants(partition_id partition) const;
  [[nodiscard]] result<void> follow_leads();
  void look_for_orders(partition_id partition);
  [[nodiscard]] bool waits(partition_id partition) const;
  [[nodiscard]] result<void> keep(bool ends);
  [[nodiscard]] result<void> hear();
  [[nodiscard]] result<void> take_up(partition_id partition, result<consumers::group_share> found);
  template <class Put>
  void answered(Put&& put);

  const group_home home_;
  const std::shared_ptr<task_pool> pool_;
  base::guarded<answers> answers_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  const std::unique_ptr<consumers::work_group> what_;
  std::map<std::uint64_t, std::weak_ptr<group_member_task>> members_;
  std::set<partition_id> loading_;
  std::set<partition_id> looking_;
  /// What could not be loaded, or looked at, is not asked for again before.
  std::map<partition_id, base::clock::instant> load_again_;
  bool stopped_ = false;
};

class group_member_task final : public pooled_task, public detail::membership {
 public:
  group_member_task(std::shared_ptr<group_task> group, std::uint64_t id, group_worker worker,
                    std::shared_ptr<task_pool> pool)
      : group_(std::move(group)), id_(id), worker_(std::move(worker)), pool_(std::move(pool)) {}
  ~group_member_task() override { leave(); }

  [[nodiscard]] std::uint64_t id() const { return id_; }
  next run() override;
  void leave() override;

 private:
  const std::shared_ptr<group_task> group_;
  const std::uint64_t id_;
  const group_worker worker_;
  const std::shared_ptr<task_pool> pool_;
  std::atomic<bool> left_{false};
};

}  // namespace reprise::actors
