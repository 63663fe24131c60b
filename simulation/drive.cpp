// SPDX-License-Identifier: Apache-2.0
#include "simulation/drive.hpp"

#include "simulation/turns.hpp"

#include <deque>
#include <utility>
#include <vector>

namespace reprise::simulated {
namespace {

class job_queue final : public actors::job_runner {
 public:
  job_queue(computer& on, std::shared_ptr<life> of) : computer_(on), life_(std::move(of)) {}

  void submit(std::function<void()> job) override {
    if (stopped_) return;
    jobs_.push_back(std::move(job));
    life_->after(computer_.disk_takes(), [this] { run_first(); });
  }
  void stop() override {
    stopped_ = true;
    jobs_.clear();
  }

 private:
  void run_first() {
    if (jobs_.empty()) return;
    const auto job = std::move(jobs_.front());
    jobs_.pop_front();
    job();
  }

  computer& computer_;
  const std::shared_ptr<life> life_;
  // They are held here and not by the world: what they hold must go with the node.
  std::deque<std::function<void()>> jobs_;
  bool stopped_ = false;
};

class wheel_of_alarms final : public actors::alarm_clock {
 public:
  wheel_of_alarms(computer& on, std::shared_ptr<life> of, const base::clock& time)
      : computer_(on), life_(std::move(of)), time_(time), wheel_(time.steady()) {}

  void schedule(std::shared_ptr<actors::alarm> who, base::clock::instant when) override {
    if (stopped_) return;
    wheel_.schedule(std::move(who), when);
    if (!std::exchange(turning_, true)) turn_later();
  }
  void cancel(actors::alarm& who) override { const auto kept = wheel_.cancel(who); }
  void stop() override { stopped_ = true; }

 private:
  void turn_later() {
    life_->after(computer_.clock.in_world(actors::timer_wheel::tick), [this] { turn(); });
  }
  void turn() {
    if (stopped_) return;
    for (const auto& each : wheel_.due(time_.steady())) each->ring();
    turning_ = !wheel_.empty();
    if (turning_) turn_later();
  }

  computer& computer_;
  const std::shared_ptr<life> life_;
  const base::clock& time_;
  actors::timer_wheel wheel_;
  bool turning_ = false;
  bool stopped_ = false;
};

class runtime final : public actors::actor_runtime {
 public:
  runtime(computer& on, std::shared_ptr<life> of) : computer_(on), life_(std::move(of)) {}

  std::unique_ptr<actor> spawn(actors::runnable& body) override {
    return std::make_unique<woken>(*this, body);
  }
  void stop() override {
    // They handle the wakes that they have.
    if (life_->ended()) return;
    for (woken* each : std::exchange(waiting_, {})) each->run();
  }

 private:
  class woken final : public actor {
   public:
    woken(runtime& of, actors::runnable& body) : of_(of), body_(body) {}
    void wake() override {
      of_.waiting_.push_back(this);
      of_.life_->after(of_.computer_.soon(), [this] {
        if (std::erase(of_.waiting_, this) > 0) run();
      });
    }
    void run() { body_.run(); }

   private:
    runtime& of_;
    actors::runnable& body_;
  };

  computer& computer_;
  const std::shared_ptr<life> life_;
  std::vector<woken*> waiting_;
};

class client_entry final : public cluster::client_port {
 public:
  explicit client_entry(simulated_drive::serving clients) : clients_(std::move(clients)) {}
  ~client_entry() override { clients_(nullptr); }
  // There are no certificates to be used.
  result<void> use(const cluster::tls_texts& /*texts*/) override { return {}; }
  void stop() override { clients_(nullptr); }

 private:
  const simulated_drive::serving clients_;
};

}  // namespace

std::shared_ptr<actors::job_runner> simulated_drive::jobs(std::uint32_t /*threads*/) {
  return std::make_shared<job_queue>(computer_, life_);
}

std::unique_ptr<actors::alarm_clock> simulated_drive::alarms(const base::clock& time) {
  return std::make_unique<wheel_of_alarms>(computer_, life_, time);
}

std::unique_ptr<actors::actor_runtime> simulated_drive::actors(std::uint32_t /*workers*/) {
  return std::make_unique<runtime>(computer_, life_);
}

std::shared_ptr<actors::task_pool> simulated_drive::consumers(std::uint32_t /*threads*/) {
  return std::make_shared<turns>(computer_, life_);
}

result<std::unique_ptr<cluster::peer_links>> simulated_drive::link(cluster::link_options options,
                                                                   cluster::link_events& events) {
  return std::unique_ptr<cluster::peer_links>(
      std::make_unique<node_links>(network_, computer_, life_, std::move(options), events));
}

result<std::unique_ptr<cluster::client_port>> simulated_drive::serve(
    cluster::client_server_options /*options*/, cluster::client_requests& requests) {
  clients_(&requests);
  return std::unique_ptr<cluster::client_port>(std::make_unique<client_entry>(clients_));
}

// Whoever is dead waits for nobody.
void simulated_drive::pause(milliseconds time) {
  if (!life_->ended()) computer_.around.run_for(time);
}

void simulated_writer::ring() {
  if (work_ == nullptr || life_->ended()) return;
  if (!begun_) {
    do {
      static_cast<void>(work_->step(true));
    } while (work_->patience().count() == 0);
    return;
  }
  rung_ = true;
  if (!std::exchange(under_way_, true)) step_after(computer_.disk_takes(), true);
}

void simulated_writer::step_after(milliseconds delay, bool rung) {
  const std::uint64_t wait = ++wait_;
  life_->after(delay, [this, wait, rung] {
    if (wait != wait_) return;
    rung_ = false;
    static_cast<void>(work_->step(rung));
    const milliseconds patience = work_->patience();
    under_way_ = rung_ || patience.count() == 0;
    step_after(under_way_ ? computer_.disk_takes() : patience, under_way_);
  });
}

void simulated_writer::finish() {
  if (work_ == nullptr || life_->ended()) return;
  while (work_->step(true)) {
  }
  work_ = nullptr;
}

}  // namespace reprise::simulated
