// SPDX-License-Identifier: Apache-2.0
//
// A node's own threads and sockets.
//
// Threading: see node_drive.

#pragma once

#include "actors/node_drive.hpp"

namespace reprise::actors {

class thread_drive final : public node_drive {
 public:
  std::shared_ptr<job_runner> jobs(std::uint32_t threads) override;
  std::unique_ptr<alarm_clock> alarms(const base::clock& time) override;
  std::unique_ptr<actor_runtime> actors(std::uint32_t workers) override;
  std::shared_ptr<task_pool> consumers(std::uint32_t threads) override;
  result<std::unique_ptr<cluster::peer_links>> link(cluster::link_options options,
                                                    cluster::link_events& events) override;
  result<std::unique_ptr<cluster::client_port>> serve(cluster::client_server_options options,
                                                      cluster::client_requests& requests) override;
  void pause(std::chrono::milliseconds time) override;

 private:
  // Its owner's; null before link().
  cluster::links* links_ = nullptr;
};

}  // namespace reprise::actors
