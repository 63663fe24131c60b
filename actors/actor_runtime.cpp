// SPDX-License-Identifier: Apache-2.0
//
// The only translation unit that sees CAF (0.17.6). One message type, one behaviour; the mailboxes
// with the real messages are ours, because CAF's have no bound.
#include "actors/actor_runtime.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <mutex>
#include <vector>

namespace reprise::actors {
namespace {

struct wake_up {};

}  // namespace
}  // namespace reprise::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(reprise::actors::wake_up)

namespace reprise::actors {
namespace {

class caf_actor final : public actor_runtime::actor {
 public:
  explicit caf_actor(caf::actor handle) : handle_(std::move(handle)) {}
  void wake() override { caf::anon_send(handle_, wake_up{}); }

 private:
  caf::actor handle_;
};

caf::behavior body_of(caf::event_based_actor* self, runnable* body) {
  self->set_default_handler(caf::drop);
  return {[body](wake_up) { body->run(); }};
}

class caf_runtime final : public actor_runtime {
 public:
  explicit caf_runtime(std::uint32_t workers) {
    // Stealing walks whole queues under two locks when many actors are ready.
    config_.set("scheduler.policy", caf::atom("sharing"));
    config_.set("scheduler.max-threads", static_cast<std::size_t>(workers));
    config_.set("logger.verbosity", caf::atom("quiet"));
    system_ = std::make_unique<caf::actor_system>(config_);
  }
  ~caf_runtime() override { end_all(); }
  caf_runtime(const caf_runtime&) = delete;
  caf_runtime& operator=(const caf_runtime&) = delete;

  std::unique_ptr<actor> spawn(runnable& body) override {
    caf::actor made = system_->spawn(body_of, &body);
    const std::lock_guard hold(mutex_);
    actors_.push_back(made);
    return std::make_unique<caf_actor>(std::move(made));
  }
  void stop() override { end_all(); }

 private:
  void end_all() {
    std::vector<caf::actor> ending;
    {
      const std::lock_guard hold(mutex_);
      ending.swap(actors_);
    }
    // An exit message of normal priority comes after the wakes that were sent before it.
    for (const caf::actor& a : ending) {
      caf::anon_send(a, caf::exit_msg{a.address(), caf::exit_reason::user_shutdown});
    }
    ending.clear();
    system_->await_all_actors_done();
  }

  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  std::mutex mutex_;
  std::vector<caf::actor> actors_;
};

}  // namespace

std::unique_ptr<actor_runtime> start_actor_runtime(std::uint32_t workers) {
  return std::make_unique<caf_runtime>(workers);
}

}  // namespace reprise::actors
