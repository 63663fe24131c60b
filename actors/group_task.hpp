// SPDX-License-Identifier: Apache-2.0
//
// A group as a node runs it, and the workers in it: the group reads and assigns on one of the
// consumers' threads, each worker is called on another.
//
// Invariants
//  * The group's state is used by whoever holds mutex_, and no worker is called meanwhile.
//  * Once leave() has returned the worker is not called any more.
// Threading: every method but run() may be called from any thread.

#pragma once

#include "actors/consumer_pool.hpp"
#include "consumers/work_group.hpp"

#include <reprise/group.hpp>
#include <reprise/result.hpp>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace reprise::actors {

class group_member_task;

class group_task final : public pooled_task,
                         public detail::live_group,
                         public std::enable_shared_from_this<group_task> {
 public:
  group_task(std::string name, std::unique_ptr<consumers::work_group> what,
             std::shared_ptr<consumer_pool> pool)
      : name_(std::move(name)), pool_(std::move(pool)), what_(std::move(what)) {}
  /// `stopped` after stop().
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
  const std::string name_;
  const std::shared_ptr<consumer_pool> pool_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  const std::unique_ptr<consumers::work_group> what_;
  std::map<std::uint64_t, std::weak_ptr<group_member_task>> members_;
  bool stopped_ = false;
};

class group_member_task final : public pooled_task, public detail::membership {
 public:
  group_member_task(std::shared_ptr<group_task> group, std::uint64_t id, group_worker worker,
                    std::shared_ptr<consumer_pool> pool)
      : group_(std::move(group)), id_(id), worker_(std::move(worker)), pool_(std::move(pool)) {}
  ~group_member_task() override { leave(); }

  [[nodiscard]] std::uint64_t id() const { return id_; }
  next run() override;
  void leave() override;

 private:
  const std::shared_ptr<group_task> group_;
  const std::uint64_t id_;
  const group_worker worker_;
  const std::shared_ptr<consumer_pool> pool_;
  std::atomic<bool> left_{false};
};

}  // namespace reprise::actors
