// SPDX-License-Identifier: Apache-2.0
//
// Holds back what must not be answered by a leader that was deposed and does not know it yet, until
// a majority has confirmed the lead: reads that are linearizable.
//
// Invariants
//  * What passes came before its partition's lead was asked to be confirmed, and this node led
//  until
//    that was answered: it sees all that was acknowledged before it came.
//  * One confirmation of a partition is under way at a time; whatever comes meanwhile shares the
//    next one.
//  * Everything is told once: when its confirmation is answered, at its deadline, or at end().
// How a lead is confirmed is for cluster/lead_confirmation.hpp.
// Threading: pass() from any thread; all else, and what is told, on the driver's.

#pragma once

#include "base/clock.hpp"
#include "base/waiting_calls.hpp"

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

namespace reprise::actors {

class read_barrier {
 public:
  using told = std::function<void(const result<void>&)>;
  /// Has a partition's lead confirmed; see replication::confirm_leadership.
  using confirm = std::function<void(partition_id, std::function<void(result<void>)>)>;

  /// `wake` makes the driver call flush(), from any thread.
  read_barrier(std::size_t partitions, confirm how, std::function<void()> wake);

  /// Told an error, it must not be done: `expired`, `stopped`; any other one means that this node
  /// may not lead, and that another one is to be asked.
  void pass(partition_id partition, base::clock::instant deadline, const told& then);

  void flush();
  /// Tells `expired` to those whose deadline has come.
  void expire(base::clock::instant now);
  /// Tells `stopped` to all that wait, and from now on to all that come.
  void end();

 private:
  struct queue {
    base::arrived_calls<result<void>> come{};
    // They wait for the confirmation that is under way. The driver's own, both.
    base::waiting_calls<result<void>> asked{};
    bool is_asked = false;
  };

  void answered(partition_id partition, const result<void>& how);

  const confirm confirm_;
  const std::function<void()> wake_;
  std::vector<queue> queues_;
  std::atomic<bool> any_waits_{false};
};

}  // namespace reprise::actors
