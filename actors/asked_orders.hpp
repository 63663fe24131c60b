// SPDX-License-Identifier: Apache-2.0
//
// Orders of clients that a node carries out itself, with work that takes as long as it takes. A
// client that has lost an answer, or waits for one, asks again with the same command id.
//
// Invariants
//  * One is carried out at a time, in the order in which they came.
//  * One that is known is not carried out again: who repeats it gets what came of it, and who
//    orders something else with its id is refused. Those that are done are known until
//    `remembered_max` others are, and as long as the process runs; what could not be done now, and
//    may be later, is not remembered.
// Threading: every method may be called from any thread.

#pragma once

#include "actors/job_runner.hpp"
#include "base/guarded.hpp"

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace reprise::actors {

class asked_orders {
 public:
  using work = std::function<result<bytes>()>;
  using answer = std::function<void(const result<bytes>&)>;

  static constexpr std::size_t remembered_max = 64;
  /// Of those that wait, and of those who wait for one.
  static constexpr std::size_t waiting_max = 64;

  /// It must outlive this, and drop or end its jobs before this goes.
  explicit asked_orders(job_runner& jobs) : jobs_(jobs) {}

  /// Calls `then` once, here or on a thread of the jobs; not when those are stopped before.
  /// `text`: the order as it was sent. An empty id is no other's. `overloaded` when too many wait,
  /// `id_conflict`, and what the work says.
  void ask(const command_id& id, bytes_view text, work what, answer then);

 private:
  struct order {
    command_id id{};
    std::uint64_t text_hash = 0;
    work what{};
    std::vector<answer> waiting{};
    std::optional<result<bytes>> outcome{};
  };
  struct state {
    std::map<command_id, std::shared_ptr<order>> known{};
    /// Ids of those that are done, the oldest first.
    std::deque<command_id> done{};
    std::deque<std::shared_ptr<order>> waiting{};
    bool working = false;
  };

  void work_on();
  [[nodiscard]] bool finish(const std::shared_ptr<order>& one, result<bytes> outcome);

  job_runner& jobs_;
  base::guarded<state> state_;
};

}  // namespace reprise::actors
