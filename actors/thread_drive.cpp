// SPDX-License-Identifier: Apache-2.0
#include "actors/thread_drive.hpp"

#include "actors/consumer_pool.hpp"
#include "actors/timer_thread.hpp"
#include "actors/worker_pool.hpp"
#include "base/assert.hpp"

#include <thread>
#include <utility>

namespace reprise::actors {

std::shared_ptr<job_runner> thread_drive::jobs(std::uint32_t threads) {
  return std::make_shared<worker_pool>(threads);
}

std::unique_ptr<alarm_clock> thread_drive::alarms(const base::clock& time) {
  return std::make_unique<timer_thread>(time);
}

std::unique_ptr<actor_runtime> thread_drive::actors(std::uint32_t workers) {
  return start_actor_runtime(workers);
}

std::shared_ptr<task_pool> thread_drive::consumers(std::uint32_t threads) {
  return std::make_shared<consumer_pool>(threads);
}

result<std::unique_ptr<cluster::peer_links>> thread_drive::link(cluster::link_options options,
                                                                cluster::link_events& events) {
  auto started = cluster::links::start(std::move(options), events);
  if (!started) return std::move(started).error();
  links_ = started->get();
  return std::unique_ptr<cluster::peer_links>(std::move(*started));
}

result<std::unique_ptr<cluster::client_port>> thread_drive::serve(
    cluster::client_server_options options, cluster::client_requests& requests) {
  REPRISE_ASSERT(links_ != nullptr, "clients are served on the loop of the links");
  auto started = cluster::client_server::start(links_->loop(), std::move(options), requests);
  if (!started) return std::move(started).error();
  return std::unique_ptr<cluster::client_port>(std::move(*started));
}

void thread_drive::pause(std::chrono::milliseconds time) {
  std::this_thread::sleep_for(time);
}

}  // namespace reprise::actors
