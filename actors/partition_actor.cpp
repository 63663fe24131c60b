// SPDX-License-Identifier: Apache-2.0
#include "actors/partition_actor.hpp"

#include "base/log.hpp"

#include <optional>
#include <string>
#include <utility>

namespace reprise::actors {

// Rings when the core has something to do although no mail comes.
class partition_actor::bell final : public alarm {
 public:
  explicit bell(partition_actor& owner) : owner_(owner) {}
  void ring() override {
    owner_.put([](mail& m) { m.due = true; });
  }
  // For when it is set; confined to the actor.
  std::optional<base::clock::instant> set_for{};

 private:
  partition_actor& owner_;
};

partition_actor::partition_actor(partition_id id, const ports& around,
                                 const partition_limits& limits, std::uint32_t commands_waiting_max)
    : around_(around),
      commands_waiting_max_(commands_waiting_max),
      core_(id,
            {.events = around.events,
             .answers = *this,
             .recoveries = *this,
             .time = around.time,
             .measured = around.measured},
            limits),
      bell_(std::make_shared<bell>(*this)),
      actor_(around.runtime.spawn(*this)) {}

partition_actor::~partition_actor() {
  // The last turn has ended: CAF has waited for it, but only this says so outside of CAF.
  const std::lock_guard ended(running_);
}

template <class F>
void partition_actor::put(F&& into) {
  const bool wake = inbox_.with([&](mail& m) {
    into(m);
    return !std::exchange(m.woken, true);
  });
  if (wake) actor_->wake();
}

void partition_actor::host(const detail::aggregate_type& type) {
  put([&](mail& m) { m.hosted.push_back(type); });
}

void partition_actor::adjust(const adjustment& change) {
  put([&](mail& m) { m.adjustments.push_back(change); });
}

void partition_actor::lead(bool leads) {
  put([&](mail& m) { m.leads.push_back(leads); });
}

void partition_actor::renew(std::function<void()> then) {
  bool closed = false;
  put([&](mail& m) {
    closed = m.closed;
    if (!closed) m.renewed.push_back(then);
  });
  if (closed) then();
}

result<void> partition_actor::offer(command_message& command) {
  std::optional<error> refused;
  const bool wake = inbox_.with([&](mail& m) {
    if (m.closed) {
      refused = error{errc::stopped, "the node is shut down"};
      return false;
    }
    if (m.commands.size() >= commands_waiting_max_) {
      refused = error{errc::overloaded,
                      std::to_string(m.commands.size()) + " commands wait for this partition"};
      return false;
    }
    m.commands.push_back(std::move(command));
    return !std::exchange(m.woken, true);
  });
  if (refused) return *refused;
  if (wake) actor_->wake();
  return {};
}

void partition_actor::stop() {
  put([](mail& m) { m.stop = true; });
}

void partition_actor::refuse_rest() {
  mail rest = inbox_.with([](mail& m) {
    mail taken = std::exchange(m, mail{});
    m.woken = true;  // So that nobody wakes an actor that has ended.
    m.closed = true;
    return taken;
  });
  for (command_message& command : rest.commands) {
    if (command.caller) command.caller->complete(error{errc::stopped, "the node is shut down"});
  }
  for (const auto& then : rest.renewed) then();
}

void partition_actor::appended(std::span<persistence::append_answer> answers) {
  put([&](mail& m) {
    m.answers.insert(m.answers.end(), std::make_move_iterator(answers.begin()),
                     std::make_move_iterator(answers.end()));
  });
}

void partition_actor::recover(recovery_request request) {
  around_.blocking.submit([this, request = std::move(request)] {
    recovery_answer done{request.ticket, restore({around_.events, around_.snapshots, around_.time},
                                                 *request.type, request.key, request.until)};
    put([&](mail& m) { m.recoveries.push_back(std::move(done)); });
  });
}

void partition_actor::save(snapshot_job job) {
  if (around_.seals != nullptr) {
    // Here, and not when it is saved: a forgetting must not come in between.
    auto sealed = around_.seals->seal_state(job.key.type, std::move(job.taken.state));
    if (!sealed) {
      around_.snapshots_failed.add();
      return;
    }
    job.taken.state = std::move(*sealed);
  }
  around_.blocking.submit([this, job = std::move(job)] {
    const result<void> saved = around_.snapshots.save(job.key, job.taken, job.keep);
    if (saved) {
      around_.retention.after_snapshot(*job.type, job.key);
      return;
    }
    around_.snapshots_failed.add();
    base::log(base::log_level::warning,
              "snapshot of " + job.key.id + " not saved: " + to_string(saved.error()));
  });
}

void partition_actor::run() {
  const std::lock_guard one_at_a_time(running_);
  mail taken = inbox_.with([](mail& m) { return std::exchange(m, mail{}); });
  for (const detail::aggregate_type& type : taken.hosted) core_.host(type);
  for (const adjustment& change : taken.adjustments) core_.adjust(change);
  for (const bool leads : taken.leads) core_.lead(leads);
  // However many forgettings there were, each aggregate is loaded anew once.
  if (!taken.renewed.empty()) core_.renew();
  for (const auto& then : taken.renewed) then();
  if (!taken.answers.empty()) core_.appended(taken.answers);
  for (recovery_answer& done : taken.recoveries) core_.recovered(std::move(done));
  for (command_message& command : taken.commands) core_.receive(std::move(command));
  if (taken.due) {
    bell_->set_for.reset();
    core_.tick();
  }
  if (taken.stop) core_.stop();
  set_alarm();
}

void partition_actor::set_alarm() {
  const std::optional<base::clock::instant> due = core_.next_due();
  if (!due || (bell_->set_for && *bell_->set_for <= *due)) return;
  if (bell_->set_for) around_.timer.cancel(*bell_);
  bell_->set_for = due;
  around_.timer.schedule(bell_, *due);
}

}  // namespace reprise::actors
