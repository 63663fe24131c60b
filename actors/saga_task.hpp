// SPDX-License-Identifier: Apache-2.0
//
// A courier as a node runs it: its steps on the consumers' threads, its commands through the node,
// their answers through an inbox.
//
// Threading: every method may be called from any thread.

#pragma once

#include "actors/task_pool.hpp"
#include "base/guarded.hpp"
#include "sagas/courier.hpp"

#include <reprise/node.hpp>
#include <reprise/reply.hpp>
#include <reprise/result.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace reprise::actors {

/// How a node carries out what couriers ask for.
struct saga_outlets {
  /// Asks an aggregate, wherever it lives.
  std::function<std::shared_ptr<detail::pending_ask>(detail::outgoing_command)> ask;
  /// Asks an aggregate of a partition that this node leads, and no other node.
  std::function<std::shared_ptr<detail::pending_ask>(detail::outgoing_command)> ask_here;
  /// The term in which this node leads the partition, 0 while it does not; a node alone leads all
  /// of them for ever.
  std::function<std::uint64_t(partition_id)> leads_in;
  /// See sagas::command_sender::hold_call().
  std::function<std::optional<sagas::call_wait>(const std::string& handler)> hold_call;
  /// Calls a registered function elsewhere, and tells what it answered.
  std::function<void(const sagas::outgoing_call& what,
                     std::function<void(result<detail::raw_answer>)> then)>
      call;
};

class saga_task final : public pooled_task,
                        public sagas::command_sender,
                        public std::enable_shared_from_this<saga_task> {
 public:
  saga_task(saga_outlets outlets, std::shared_ptr<task_pool> pool)
      : outlets_(std::move(outlets)), pool_(std::move(pool)) {}

  /// Before it runs.
  void carry(std::unique_ptr<sagas::courier> what) { what_ = std::move(what); }
  /// Nothing is sent once it has returned.
  void stop();
  [[nodiscard]] std::uint64_t lag();
  [[nodiscard]] std::optional<error> trouble();

  next run() override;
  void send(std::uint64_t token, detail::outgoing_command command) override;
  void send_here(std::uint64_t token, detail::outgoing_command command) override;
  std::uint64_t tenure(partition_id partition) const override {
    return outlets_.leads_in(partition);
  }
  std::optional<sagas::call_wait> hold_call(const std::string& handler) override {
    return outlets_.hold_call(handler);
  }
  void call(std::uint64_t token, sagas::outgoing_call what) override;

 private:
  struct answer {
    std::uint64_t token = 0;
    result<detail::raw_answer> outcome;
  };
  void await(std::uint64_t token, const std::shared_ptr<detail::pending_ask>& pending);
  void put(std::uint64_t token, result<detail::raw_answer> outcome);

  const saga_outlets outlets_;
  const std::shared_ptr<task_pool> pool_;
  std::mutex mutex_;
  // Guarded by mutex_.
  std::unique_ptr<sagas::courier> what_;
  bool closed_ = false;
  base::guarded<std::vector<answer>> inbox_;
};

}  // namespace reprise::actors
