// SPDX-License-Identifier: Apache-2.0
//
// What makes a node's parts run in a simulation: events of the world's queue. Everything takes a
// while, and how long is chance.
//
// Threading: one thread.

#pragma once

#include "actors/node_drive.hpp"
#include "persistence/writer_drive.hpp"
#include "simulation/computer.hpp"
#include "simulation/network.hpp"

#include <memory>

namespace reprise::simulated {

class simulated_drive final : public actors::node_drive {
 public:
  /// Told whom clients ask from now on, and null when they are cut off.
  using serving = std::function<void(cluster::client_requests*)>;

  simulated_drive(computer& on, std::shared_ptr<life> of, network& in, serving clients)
      : computer_(on), life_(std::move(of)), network_(in), clients_(std::move(clients)) {}

  std::shared_ptr<actors::job_runner> jobs(std::uint32_t threads) override;
  std::unique_ptr<actors::alarm_clock> alarms(const base::clock& time) override;
  std::unique_ptr<actors::actor_runtime> actors(std::uint32_t workers) override;
  std::shared_ptr<actors::task_pool> consumers(std::uint32_t threads) override;
  result<std::unique_ptr<cluster::peer_links>> link(cluster::link_options options,
                                                    cluster::link_events& events) override;
  result<std::unique_ptr<cluster::client_port>> serve(cluster::client_server_options options,
                                                      cluster::client_requests& requests) override;
  void pause(milliseconds time) override;

 private:
  computer& computer_;
  const std::shared_ptr<life> life_;
  network& network_;
  const serving clients_;
};

/// The writer's steps take as long as the disk does. What was not written when the life ended was
/// never written.
class simulated_writer final : public persistence::writer_drive {
 public:
  simulated_writer(computer& on, std::shared_ptr<life> of) : computer_(on), life_(std::move(of)) {}

  void start(persistence::driven_writer& work) override { work_ = &work; }
  void ring() override;
  void finish() override;
  /// Until now it writes at once: nothing else goes on while a node begins.
  void begun() { begun_ = true; }

 private:
  void step_after(milliseconds delay, bool rung);

  computer& computer_;
  const std::shared_ptr<life> life_;
  persistence::driven_writer* work_ = nullptr;
  bool begun_ = false;
  bool rung_ = false;
  // A step is under way, so that nobody needs to begin another one.
  bool under_way_ = false;
  // Of the wait that counts.
  std::uint64_t wait_ = 0;
};

}  // namespace reprise::simulated
