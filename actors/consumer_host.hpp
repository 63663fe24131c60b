// SPDX-License-Identifier: Apache-2.0
//
// What all consumers of a node share: the threads that run them, the wake when something is
// committed, and the place for what they keep, which is opened with the first one that needs it.
//
// Threading: every method may be called from any thread.

#pragma once

#include "actors/storage.hpp"
#include "actors/task_pool.hpp"
#include "base/guarded.hpp"
#include "persistence/journal.hpp"

#include <reprise/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace reprise::actors {

class consumer_host final : public persistence::commit_listener {
 public:
  /// `log` must outlive it.
  consumer_host(persistence::journal& log, open_consumer_stores open,
                std::shared_ptr<task_pool> pool);
  ~consumer_host() override { stop(); }

  /// `stopped` after stop(), and what opening says.
  [[nodiscard]] result<consumer_stores*> stores();
  /// The same, without opening them; null as long as nobody needed them.
  [[nodiscard]] const consumer_stores* opened_stores() const;
  /// Runs a task at once, and whenever something is committed. `stopped` after stop().
  [[nodiscard]] result<void> run(std::shared_ptr<pooled_task> task);
  [[nodiscard]] const std::shared_ptr<task_pool>& pool() const { return pool_; }
  /// Waits for the steps under way; no task runs after it. Idempotent.
  void stop();

  void committed_moved(partition_id partition) override;

 private:
  struct state {
    std::optional<consumer_stores> stores{};
    bool watching = false;
    bool stopped = false;
  };

  persistence::journal& log_;
  const open_consumer_stores open_;
  const std::shared_ptr<task_pool> pool_;
  base::guarded<state> state_;
};

}  // namespace reprise::actors
