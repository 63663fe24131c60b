// SPDX-License-Identifier: Apache-2.0
#include "actors/projection_task.hpp"

#include "actors/consumer_lag.hpp"
#include "consumers/parked_events.hpp"
#include "consumers/parked_orders.hpp"
#include "consumers/row_overlay.hpp"

#include <algorithm>
#include <utility>

namespace reprise::actors {
namespace {

using consumers::step_state;

bool have_reached(const std::vector<partition_cursor>& cursors, std::span<const receipt> wanted) {
  return std::ranges::all_of(
      wanted, [&](const receipt& r) { return cursors[r.partition.value].through >= r.at; });
}

}  // namespace

projection_task::projection_task(const projection_ports& ports, std::string name,
                                 std::uint32_t version, std::unique_ptr<consumers::projector> what,
                                 std::shared_ptr<consumer_pool> pool)
    : ports_(ports),
      name_(std::move(name)),
      version_(version),
      pool_(std::move(pool)),
      lag_events_(ports.measured.count("projections." + consumers::stored_name(name_, version) +
                                       ".lag_events")),
      waiting_(ports.measured.count("projections." + consumers::stored_name(name_, version) +
                                    ".waiting")),
      what_(std::move(what)) {
  publish(step_state::more);
}

pooled_task::next projection_task::run() {
  const std::lock_guard hold(mutex_);
  const auto interrupted = [this] {
    return closed_.load(std::memory_order_acquire) || paused_.load(std::memory_order_acquire) ||
           wanted_.load(std::memory_order_acquire) > 0;
  };
  if (closed_.load(std::memory_order_acquire)) return {.when = again::never};
  const consumers::projector::progress done =
      what_->advance(interrupted, [this](const auto& folded) { return is_awaited(folded); });
  publish(done.is);
  return {.when = done.is == step_state::more ? again::at_once : again::when_woken,
          .due = done.due};
}

// Does something with the projector between two of its events, and lets it go on.
template <class F>
auto projection_task::steered(F&& what) {
  wanted_.fetch_add(1, std::memory_order_acq_rel);
  std::unique_lock hold(mutex_);
  wanted_.fetch_sub(1, std::memory_order_acq_rel);
  auto outcome = std::forward<F>(what)();
  publish(step_state::more);
  hold.unlock();
  pool_->wake(*this);
  return outcome;
}

void projection_task::pause() {
  paused_.store(true, std::memory_order_release);
  const std::lock_guard wait(mutex_);
}

void projection_task::resume() {
  steered([&] {
    paused_.store(false, std::memory_order_release);
    if (!closed_.load(std::memory_order_acquire)) what_->resume();
    return true;
  });
}

void projection_task::stop() {
  closed_.store(true, std::memory_order_release);
  pool_->remove(*this);
  const std::lock_guard hold(mutex_);
  what_->finish();
  publish(step_state::stopped);
}

result<std::uint64_t> projection_task::retry_parked(const aggregate_key& aggregate) {
  return steered([&]() -> result<std::uint64_t> {
    if (closed_.load(std::memory_order_acquire)) return error{errc::stopped, "the node is closed"};
    return what_->retry_parked(aggregate);
  });
}

result<void> projection_task::skip_parked(const aggregate_key& aggregate) {
  return steered([&]() -> result<void> {
    if (closed_.load(std::memory_order_acquire)) return error{errc::stopped, "the node is closed"};
    return what_->skip_parked(aggregate);
  });
}

// Queue by queue, so that nobody waits for all of them.
result<parked_retry> projection_task::retry_parked(const parked_choice& choice) {
  const auto all = parked();
  if (!all) return all.error();
  parked_retry out;
  for (const aggregate_key& aggregate : consumers::chosen_queues(*all, choice)) {
    const auto left = steered([&]() -> result<bool> {
      if (closed_.load(std::memory_order_acquire)) {
        return error{errc::stopped, "the node is closed"};
      }
      auto done = what_->retry_parked(aggregate);
      if (!done) return std::move(done).error();
      out.events += *done;
      return what_->parked().holds(aggregate);
    });
    // Somebody else was faster.
    if (!left && left.error().code == errc::not_found) continue;
    if (!left) return left.error();
    ++out.queues;
    out.queues_left += *left ? 1 : 0;
  }
  return out;
}

result<std::vector<parked_event>> projection_task::parked() const {
  auto stored = ports_.rows.read(consumers::stored_name(name_, version_));
  if (!stored) return std::move(stored).error();
  return consumers::parked_events::list(consumers::row_reader(std::move(*stored)));
}

void projection_task::publish(consumers::projector::state is) {
  const std::lock_guard hold(published_mutex_);
  published_ = {.cursors = what_->cursors(),
                .built = what_->built(),
                .is = is,
                .trouble = what_->trouble(),
                .attempts = what_->attempts(),
                .skipped = what_->skipped(),
                .parked_keys = what_->parked().keys(),
                .parked_events = what_->parked().events()};
  lag_events_.set(what_->lag());
  // To wake somebody costs more than a step, so nobody is woken for nothing.
  const bool wakes =
      is == step_state::stopped ||
      (published_.built && std::ranges::any_of(awaited_, [&](std::span<const receipt> wanted) {
         return have_reached(published_.cursors, wanted);
       }));
  if (wakes) moved_.notify_all();
}

// Who has what it waits for but has not woken yet is none.
bool projection_task::is_awaited(const std::vector<partition_cursor>& folded) const {
  const std::lock_guard hold(published_mutex_);
  return std::ranges::any_of(awaited_, [&](std::span<const receipt> wanted) {
    return have_reached(folded, wanted) && !have_reached(published_.cursors, wanted);
  });
}

projection_status projection_task::status() const {
  projection_status out{.name = name_, .version = version_};
  {
    const std::lock_guard hold(published_mutex_);
    out.cursors = published_.cursors;
    out.trouble = published_.trouble;
    out.attempts = published_.attempts;
    out.skipped = published_.skipped;
    out.parked_keys = published_.parked_keys;
    out.parked_events = published_.parked_events;
    out.state = published_.built ? projection_state::following : projection_state::building;
    if (published_.is == step_state::retrying) out.state = projection_state::retrying;
    if (paused_.load(std::memory_order_acquire)) out.state = projection_state::paused;
    if (published_.is == step_state::stopped) out.state = projection_state::stopped;
  }
  measure_lag(out, ports_.log, ports_.time);
  if (const std::int64_t since = what_->busy_since(); since != 0) {
    const auto now = ports_.time.steady().time_since_epoch();
    out.at_work = std::chrono::duration_cast<std::chrono::milliseconds>(
        now - std::chrono::nanoseconds(since));
  }
  return out;
}

result<void> projection_task::await(std::span<const receipt> after,
                                    std::chrono::milliseconds timeout,
                                    std::vector<partition_cursor>& reached) const {
  const std::uint32_t partitions = ports_.log.partitions();
  for (const receipt& r : after) {
    if (r.partition.value >= partitions) {
      return error{errc::invalid_argument, "a receipt names partition " +
                                               std::to_string(r.partition.value) + ", there are " +
                                               std::to_string(partitions)};
    }
  }
  std::unique_lock hold(published_mutex_);
  const auto done = [&] { return published_.built && have_reached(published_.cursors, after); };
  const auto over = [&] { return published_.is == step_state::stopped; };
  const auto mine = awaited_.insert(awaited_.end(), after);
  waiting_.set(awaited_.size());
  moved_.wait_for(hold, timeout, [&] { return done() || over(); });
  awaited_.erase(mine);
  waiting_.set(awaited_.size());
  reached = published_.cursors;
  // What it has reached can be read, also when it has come to a stop behind it.
  if (done()) return {};
  if (over()) {
    return published_.trouble.value_or(
        error{errc::stopped, "the projection " + name_ + " is stopped"});
  }
  std::string why = "the projection " + name_;
  why += published_.built ? " has not come so far in " : " is still being built after ";
  why += std::to_string(timeout.count()) + " ms";
  if (published_.trouble) why += "; " + published_.trouble->message;
  return error{errc::unavailable, std::move(why)};
}

result<detail::row_view> projection_task::rows(std::span<const receipt> after,
                                               std::chrono::milliseconds timeout) const {
  detail::row_view out;
  if (auto there = await(after, timeout, out.cursors); !there) return std::move(there).error();
  auto stored = ports_.rows.read(consumers::stored_name(name_, version_));
  if (!stored) return std::move(stored).error();
  const auto taken = (*stored)->taken_at();
  if (!taken) return taken.error();
  // It was complete once, so there was one.
  if (!*taken) return error{errc::stopped, "the projection " + name_ + " was dropped"};
  // Records that were merely passed over count before the checkpoint does.
  for (const partition_cursor& c : (*taken)->cursors) {
    if (c.partition.value >= out.cursors.size()) continue;
    position& through = out.cursors[c.partition.value].through;
    through = std::max(through, c.through);
  }
  out.rows = std::make_unique<consumers::row_reader>(std::move(*stored));
  return out;
}

}  // namespace reprise::actors
