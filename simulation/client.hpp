// SPDX-License-Identifier: Apache-2.0
//
// One who asks the nodes of a simulated cluster: any of them, and again with the same command id
// until one has answered or the deadline has passed.
//
// Threading: one thread.

#pragma once

#include "simulation/fleet.hpp"

#include <reprise/node.hpp>
#include <reprise/reply.hpp>

#include <cstddef>
#include <memory>
#include <vector>

namespace reprise::simulated {

class client {
 public:
  client(world& in, const fleet& whom) : world_(in), nodes_(whom) {}
  /// Whoever waits for an answer is told that none comes.
  ~client();
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  /// Whoever waits for the answer lets time pass.
  std::shared_ptr<detail::pending_ask> ask(detail::outgoing_command command);
  [[nodiscard]] std::size_t under_way() const { return open_.size(); }

 private:
  struct errand;
  using shared_errand = std::shared_ptr<errand>;

  [[nodiscard]] command_id fresh_id();
  void attempt(const shared_errand& e);
  void send(const shared_errand& e, node& whom);
  void attempt_again(const shared_errand& e, milliseconds within);
  void answered(const shared_errand& e, result<detail::raw_answer> outcome);
  void over(const shared_errand& e, result<detail::raw_answer> outcome);

  world& world_;
  const fleet& nodes_;
  std::vector<shared_errand> open_;
  bool closing_ = false;
};

}  // namespace reprise::simulated
