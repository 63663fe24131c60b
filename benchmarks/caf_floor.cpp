// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/caf_floor.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <chrono>
#include <future>
#include <thread>
#include <utility>
#include <vector>

namespace reprise::benchmarks {
namespace {

using clock_type = std::chrono::steady_clock;

struct sum {
  std::uint64_t total = 0;
};

caf::behavior receiver(caf::stateful_actor<sum>* self) {
  return {[self](std::uint64_t amount) { return self->state.total += amount; }};
}

class asker final : public caf::event_based_actor {
 public:
  asker(caf::actor_config& config, std::vector<caf::actor> receivers, std::uint32_t in_flight,
        double seconds, std::promise<double>& rate)
      : caf::event_based_actor(config),
        receivers_(std::move(receivers)),
        in_flight_(in_flight),
        seconds_(seconds),
        rate_(rate) {}

 protected:
  caf::behavior make_behavior() override {
    began_ = clock_type::now();
    for (std::uint32_t i = 0; i < in_flight_; ++i) ask(i);
    return {[](caf::unit_t) {}};
  }

 private:
  void ask(std::uint32_t slot) {
    const double took = std::chrono::duration<double>(clock_type::now() - began_).count();
    if (took >= seconds_) {
      if (--in_flight_ == 0) {
        rate_.set_value(static_cast<double>(answered_) / took);
      }
      return;
    }
    request(receivers_[slot % receivers_.size()], caf::infinite, std::uint64_t{1})
        .then([this, slot](std::uint64_t) {
          ++answered_;
          ask(slot);
        });
  }

  std::vector<caf::actor> receivers_;
  std::uint32_t in_flight_;
  double seconds_;
  std::promise<double>& rate_;
  clock_type::time_point began_{};
  std::uint64_t answered_ = 0;
};

}  // namespace

double caf_requests_per_second(std::uint32_t in_flight, std::uint32_t receivers, double seconds) {
  std::promise<double> rate;
  double measured = 0;
  caf::actor_system_config config;
  // As Reprise sets it; the figure is the better for it.
  config.set("scheduler.policy", caf::atom("sharing"));
  config.set("scheduler.max-threads", std::size_t{std::thread::hardware_concurrency()});
  config.set("logger.verbosity", caf::atom("quiet"));
  {
    caf::actor_system system(config);
    std::vector<caf::actor> all;
    for (std::uint32_t i = 0; i < receivers; ++i) all.push_back(system.spawn(receiver));
    all.push_back(system.spawn<asker>(all, in_flight, seconds, rate));
    measured = rate.get_future().get();
    for (const caf::actor& a : all) caf::anon_send_exit(a, caf::exit_reason::user_shutdown);
    all.clear();
    system.await_all_actors_done();
  }
  return measured;
}

}  // namespace reprise::benchmarks
