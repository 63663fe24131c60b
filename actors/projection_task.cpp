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

using consumers::projector;
using consumers::step_state;

constexpr std::chrono::milliseconds measured_every{100};

// How much one should look after it.
int concern(projection_state state) {
  switch (state) {
    case projection_state::following:
      return 0;
    case projection_state::building:
      return 1;
    case projection_state::paused:
      return 2;
    case projection_state::retrying:
      return 3;
    case projection_state::stopped:
      break;
  }
  return 4;
}

std::string metric(const std::string& name, std::uint32_t version, const char* what) {
  return "projections." + consumers::stored_name(name, version) + "." + what;
}

}  // namespace

projection_task::projection_task(const projection_ports& ports, std::string name,
                                 std::uint32_t version,
                                 std::vector<std::unique_ptr<projector>> lanes,
                                 std::shared_ptr<task_pool> pool)
    : ports_(ports),
      name_(std::move(name)),
      version_(version),
      pool_(std::move(pool)),
      commits_(lanes.front()->lanes()),
      progress_(name_, ports.log.partitions(), commits_->lanes(),
                {.lag_events = ports.measured.count(metric(name_, version_, "lag_events")),
                 .lag_ms = ports.measured.count(metric(name_, version_, "lag_ms")),
                 .waiting = ports.measured.count(metric(name_, version_, "waiting"))}) {
  lanes_.reserve(lanes.size());
  for (std::unique_ptr<projector>& one : lanes) {
    lanes_.push_back(std::make_shared<projection_lane>(
        std::move(one), progress_,
        [this, lag = measured_lag{}](const projector& what, step_state is) mutable {
          publish(what, is, lag);
        }));
  }
}

void projection_task::publish(const projector& what, step_state is, measured_lag& lag) {
  const std::uint64_t behind = what.lag();
  if (behind == 0) {
    lag = {};
  } else {
    measure(what, lag);
  }
  progress_.publish(what.lane(), what.built(),
                    {.cursors = what.cursors(),
                     .is = is,
                     .lag_events = behind,
                     .lag = lag.is,
                     .trouble = what.trouble(),
                     .attempts = what.attempts(),
                     .skipped = what.skipped(),
                     .parked_keys = what.parked().keys(),
                     .parked_events = what.parked().events()});
  // Whoever has been given the turn since does not know yet.
  const auto turn = commits_->turn();
  if (turn && *turn != what.lane()) pool_->wake(*lanes_[*turn]);
}

// To find the oldest event that is not folded takes a look into the log, so it is not done each
// step.
void projection_task::measure(const projector& what, measured_lag& lag) const {
  const auto now = ports_.time.steady();
  if (lag.again && now < *lag.again) return;
  projection_status behind{.cursors = what.cursors()};
  measure_lag(behind, ports_.log, ports_.time);
  lag = {.is = behind.lag, .again = now + measured_every};
}

// Does something with the projector of an aggregate, and lets it go on.
template <class F>
auto projection_task::steered(const aggregate_key& aggregate, F&& what) {
  projection_lane& lane = *lanes_[commits_->lane_of(ports_.log.partition_of(aggregate))];
  using outcome = decltype(what(std::declval<projector&>()));
  outcome done = lane.with_turn([&](projector& one) -> outcome {
    if (lane.closed()) return error{errc::stopped, "the node is closed"};
    return what(one);
  });
  pool_->wake(lane);
  return done;
}

void projection_task::pause() {
  for (const auto& lane : lanes_) {
    lane->pause();
    pool_->wake(*lane);
  }
}

void projection_task::resume() {
  for (const auto& lane : lanes_) {
    lane->resume();
    pool_->wake(*lane);
  }
}

void projection_task::stop() {
  std::call_once(stopped_, [this] {
    for (const auto& lane : lanes_) lane->close();
    for (const auto& lane : lanes_) pool_->remove(*lane);
    // Whoever waits for the turn would wait for one that does nothing any more.
    for (const auto& lane : lanes_) lane->give_way();
    for (const auto& lane : lanes_) lane->finish();
  });
}

result<std::uint64_t> projection_task::retry_parked(const aggregate_key& aggregate) {
  return steered(aggregate, [&](projector& what) { return what.retry_parked(aggregate); });
}

result<void> projection_task::skip_parked(const aggregate_key& aggregate) {
  return steered(aggregate, [&](projector& what) { return what.skip_parked(aggregate); });
}

// Queue by queue, so that nobody waits for all of them.
result<parked_retry> projection_task::retry_parked(const parked_choice& choice) {
  const auto all = parked();
  if (!all) return all.error();
  parked_retry out;
  for (const aggregate_key& aggregate : consumers::chosen_queues(*all, choice)) {
    const auto left = steered(aggregate, [&](projector& what) -> result<bool> {
      auto done = what.retry_parked(aggregate);
      if (!done) return std::move(done).error();
      out.events += *done;
      return what.parked().holds(aggregate);
    });
    // Somebody else was faster.
    if (!left && left.error().code == errc::not_found) continue;
    if (!left) return left.error();
    ++out.queues;
    out.queues_left += *left ? 1 : 0;
  }
  return out;
}

result<consumers::order_outcome> projection_task::carry_out(
    const consumers::projection_order& what, const consumers::change_lookups& lookups) {
  // Before the lanes are held: the one that has the turn may have to do something to leave it.
  commits_->await_turn(0);
  std::vector<std::unique_lock<std::mutex>> held;
  held.reserve(lanes_.size());
  for (const auto& lane : lanes_) held.push_back(lane->hold());
  commits_->hand_over(0);
  auto done = change(what, lookups);
  commits_->leave_turn(0);
  held.clear();
  for (const auto& lane : lanes_) pool_->wake(*lane);
  return done;
}

result<consumers::order_outcome> projection_task::change(const consumers::projection_order& what,
                                                         const consumers::change_lookups& lookups) {
  if (is_closed()) return error{errc::stopped, "the node is closed"};
  auto change = consumers::prepare(what, ports_.rows, lookups);
  if (!change) return std::move(change).error();
  const auto made = consumers::make(*change, ports_.rows);
  // Also where that failed, for a part of it may be stored.
  commits_->forget();
  progress_.begin_anew();
  for (const auto& lane : lanes_) lane->begin_anew();
  if (!made) return made.error();
  return std::move(change->outcome);
}

result<std::vector<parked_event>> projection_task::parked() const {
  auto stored = ports_.rows.read(consumers::stored_name(name_, version_));
  if (!stored) return std::move(stored).error();
  return consumers::parked_events::list(consumers::row_reader(std::move(*stored)));
}

lane_status projection_task::status_of(std::uint32_t lane,
                                       const projection_progress::snapshot& all) const {
  const projection_progress::lane_state& one = all.lanes[lane];
  lane_status out{.lane = lane,
                  .state = all.built ? projection_state::following : projection_state::building,
                  .trouble = one.trouble,
                  .attempts = one.attempts};
  if (one.is == step_state::retrying) out.state = projection_state::retrying;
  if (lanes_[lane]->paused()) out.state = projection_state::paused;
  if (one.is == step_state::stopped) out.state = projection_state::stopped;
  projection_status behind{.cursors = one.cursors};
  measure_lag(behind, ports_.log, ports_.time);
  out.lag_events = behind.lag_events;
  out.lag = behind.lag;
  if (const std::int64_t since = lanes_[lane]->busy_since(); since != 0) {
    const auto now = ports_.time.steady().time_since_epoch();
    out.at_work = std::chrono::duration_cast<std::chrono::milliseconds>(
        now - std::chrono::nanoseconds(since));
  }
  return out;
}

projection_status projection_task::status() const {
  projection_status out{.name = name_, .version = version_};
  const projection_progress::snapshot all = progress_.read();
  out.state = projection_state::following;
  for (std::uint32_t i = 0; i < all.lanes.size(); ++i) {
    lane_status lane = status_of(i, all);
    if (concern(lane.state) > concern(out.state)) out.state = lane.state;
    out.lag_events += lane.lag_events;
    out.lag = std::max(out.lag, lane.lag);
    out.at_work = std::max(out.at_work, lane.at_work);
    if (!out.trouble) out.trouble = lane.trouble;
    out.attempts = std::max(out.attempts, lane.attempts);
    out.skipped += all.lanes[i].skipped;
    out.parked_keys += all.lanes[i].parked_keys;
    out.parked_events += all.lanes[i].parked_events;
    out.cursors.insert(out.cursors.end(), all.lanes[i].cursors.begin(), all.lanes[i].cursors.end());
    out.lanes.push_back(std::move(lane));
  }
  std::ranges::sort(out.cursors, {}, &partition_cursor::partition);
  return out;
}

result<detail::row_view> projection_task::rows(std::span<const receipt> after,
                                               std::chrono::milliseconds timeout) const {
  detail::row_view out;
  auto reached = progress_.await(after, timeout);
  if (!reached) return std::move(reached).error();
  out.cursors = std::move(*reached);
  auto stored = ports_.rows.read(consumers::stored_name(name_, version_));
  if (!stored) return std::move(stored).error();
  const auto taken = (*stored)->taken_at();
  if (!taken) return taken.error();
  if (!*taken && is_closed()) {
    return error{errc::stopped, "the projection " + name_ + " was dropped"};
  }
  // Records that were merely passed over count before the checkpoint does.
  for (const partition_cursor& c : taken->value_or(persistence::checkpoint{}).cursors) {
    if (c.partition.value >= out.cursors.size()) continue;
    position& through = out.cursors[c.partition.value].through;
    through = std::max(through, c.through);
  }
  auto all = std::make_unique<consumers::row_reader>(std::move(*stored));
  // They were complete when it was waited for; since then somebody may have had them built anew.
  const auto built = consumers::is_built(*all);
  if (!built) return built.error();
  if (!*built) {
    return error{errc::unavailable, "the projection " + name_ + " is being built anew"};
  }
  out.rows = std::move(all);
  return out;
}

}  // namespace reprise::actors
