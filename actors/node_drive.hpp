// SPDX-License-Identifier: Apache-2.0
//
// What makes the parts of one node run, and connects it with others: threads and sockets
// (thread_drive.hpp), or a simulation.
//
// Threading: every method may be called from any thread.

#pragma once

#include "actors/actor_runtime.hpp"
#include "actors/alarm_clock.hpp"
#include "actors/job_runner.hpp"
#include "actors/task_pool.hpp"
#include "base/clock.hpp"
#include "cluster/link/links.hpp"
#include "cluster/rpc/client_requests.hpp"
#include "cluster/rpc/client_server.hpp"

#include <reprise/result.hpp>

#include <chrono>
#include <cstdint>
#include <memory>

namespace reprise::actors {

class node_drive {
 public:
  virtual ~node_drive() = default;

  /// For `threads` jobs at once.
  [[nodiscard]] virtual std::shared_ptr<job_runner> jobs(std::uint32_t threads) = 0;
  /// The clock must outlive it.
  [[nodiscard]] virtual std::unique_ptr<alarm_clock> alarms(const base::clock& time) = 0;
  [[nodiscard]] virtual std::unique_ptr<actor_runtime> actors(std::uint32_t workers) = 0;
  [[nodiscard]] virtual std::shared_ptr<task_pool> consumers(std::uint32_t threads) = 0;

  /// Errors as cluster::links::start() says. `events` must outlive them. Once.
  [[nodiscard]] virtual result<std::unique_ptr<cluster::peer_links>> link(
      cluster::link_options options, cluster::link_events& events) = 0;
  /// Errors as cluster::client_server::start() says. On the loop of the links, which must be there.
  [[nodiscard]] virtual result<std::unique_ptr<cluster::client_port>> serve(
      cluster::client_server_options options, cluster::client_requests& requests) = 0;

  /// Lets others run for a while.
  virtual void pause(std::chrono::milliseconds time) = 0;
};

}  // namespace reprise::actors
