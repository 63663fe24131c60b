// SPDX-License-Identifier: Apache-2.0
//
// The shell around a partition_core: its bounded inbox, its actor, its alarm.
//
// Invariants
//  * The core is entered by one worker at a time.
//  * A burst of mail costs one wake-up: whoever puts mail into an empty inbox wakes the actor.
// Threading: every method may be called from any thread.

#pragma once

#include "actors/actor_runtime.hpp"
#include "actors/alarm_clock.hpp"
#include "actors/event_retention.hpp"
#include "actors/job_runner.hpp"
#include "actors/partition_core.hpp"
#include "base/guarded.hpp"
#include "persistence/sealing.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace reprise::actors {

class partition_actor final : public runnable,
                              public persistence::append_listener,
                              public recoverer {
 public:
  struct ports {
    persistence::journal& events;
    persistence::snapshot_store& snapshots;
    const base::clock& time;
    actor_runtime& runtime;
    job_runner& blocking;
    alarm_clock& timer;
    partition_metrics& measured;
    event_retention& retention;
    counter& snapshots_failed;
    /// Null where nothing is sealed.
    const persistence::sealing* seals = nullptr;
  };

  partition_actor(partition_id id, const ports& around, const partition_limits& limits,
                  std::uint32_t commands_waiting_max);
  ~partition_actor() override;

  void host(const detail::aggregate_type& type);
  void adjust(const adjustment& change);
  /// Whether this node leads the partition; it does unless told otherwise.
  void lead(bool leads);
  /// Drops what is in memory of personal data, see partition_core::renew(); `then` is called once
  /// that is done, on the actor's thread, or when there is nobody any more who could.
  void renew(std::function<void()> then);
  /// `overloaded` when the inbox is full, `stopped` after refuse_rest(); then the command is
  /// untouched.
  [[nodiscard]] result<void> offer(command_message& command);
  /// Commands from now on are answered `stopped`.
  void stop();
  /// Answers what is left in the inbox. Only after the runtime has stopped.
  void refuse_rest();

  void run() override;
  void appended(std::span<persistence::append_answer> answers) override;
  void recover(recovery_request request) override;
  void save(snapshot_job job) override;

 private:
  struct mail {
    std::vector<detail::aggregate_type> hosted{};
    std::vector<adjustment> adjustments{};
    std::vector<bool> leads{};
    std::vector<std::function<void()>> renewed{};
    std::vector<persistence::append_answer> answers{};
    std::vector<recovery_answer> recoveries{};
    std::vector<command_message> commands{};
    bool due = false;
    bool stop = false;
    // The actor was woken and has not taken the mail yet.
    bool woken = false;
    // Nobody will take mail any more.
    bool closed = false;
  };
  class bell;

  template <class F>
  void put(F&& into);
  void set_alarm();

  ports around_;
  const std::uint32_t commands_waiting_max_;
  base::guarded<mail> inbox_;
  // Held while the core works. Never contended, since CAF runs an actor on one worker at a time; it
  // says so to the reader, and to sanitizers, which cannot look into CAF.
  std::mutex running_;
  partition_core core_;
  std::shared_ptr<bell> bell_;
  // Last, so that nothing runs before the rest is there.
  std::unique_ptr<actor_runtime::actor> actor_;
};

}  // namespace reprise::actors
