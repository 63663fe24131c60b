// SPDX-License-Identifier: Apache-2.0
#include "consumers/projector.hpp"

#include "base/log.hpp"
#include "consumers/event_fault.hpp"
#include "persistence/record_envelope.hpp"

#include <algorithm>
#include <utility>

namespace reprise::consumers {
namespace {

using persistence::stored_record;

constexpr std::size_t name_bytes_max = 200;
// What one commit holds at most while there is more to fold; a commit costs a sync, and each row in
// it is read before and written behind. So it is time and memory that end a batch, and the number
// of events only where neither does.
constexpr std::uint64_t events_per_commit_max = 1U << 20U;
constexpr std::uint64_t row_bytes_per_commit_max = 8U << 20U;
// How long a change waits for its commit at most, once the rows can be read: a load that never
// pauses shows no end at which to commit. A sync takes a millisecond or a few, so these are a few
// percent of the time, and a person does not see the difference.
constexpr std::chrono::milliseconds shown_within{50};
constexpr std::uint32_t lanes_max = 256;
// A lane that was overtaken folds so many batches with the turn before it tries without: where the
// lanes change the same rows, that costs one batch in so many, where they did once, not much more.
constexpr std::uint32_t batches_in_turn = 64;
constexpr checkpoint_limits passed_over{.events = events_per_commit_max,
                                        .passed = events_per_commit_max,
                                        .within = std::chrono::seconds(1)};

result<void> check(const detail::projection_type& type) {
  const auto wrong = [&](const std::string& why) {
    return error{errc::invalid_argument, "the projection " + type.name + " " + why};
  };
  if (type.name.empty() || type.name.size() > name_bytes_max) {
    return wrong("has a name of " + std::to_string(type.name.size()) + " bytes, it must be 1 to " +
                 std::to_string(name_bytes_max));
  }
  if (is_reserved(type.name)) {
    return wrong("has a name that begins with saga: or group:, which are for sagas and groups");
  }
  if (type.events.empty()) return wrong("has no `on` for any event of its aggregates");
  const failure_policy& policy = type.failing;
  if (policy.first_delay.count() < 1 || policy.delay_max.count() < 1) {
    return wrong("waits less than 1 ms before it tries again");
  }
  if (type.building_percent == 0 || type.building_percent > 100) {
    return wrong("is built with " + std::to_string(type.building_percent) +
                 " percent of the time, it must be 1 to 100");
  }
  if (type.lanes == 0 || type.lanes > lanes_max) {
    return wrong("has " + std::to_string(type.lanes) + " lanes, it must be 1 to " +
                 std::to_string(lanes_max));
  }
  if (policy.parked_keys_max == 0 || policy.parked_events_max == 0) {
    return wrong("may park nothing: the limits must be at least 1");
  }
  return {};
}

partition_cursor place_of(const stored_record& record) {
  return {record.partition, record.at};
}

}  // namespace

bool is_reserved(std::string_view projection_name) {
  return projection_name.starts_with("saga:") || projection_name.starts_with("group:");
}

std::string stored_name(std::string_view name, std::uint32_t version) {
  return std::string(name) + "." + std::to_string(version);
}

projector::projector(const projector_ports& ports, const detail::projection_type& type,
                     std::shared_ptr<lane_commits> lanes, std::uint32_t lane)
    : ports_(ports),
      name_(stored_name(type.name, type.version)),
      policy_(type.failing),
      events_(type.events),
      building_percent_(type.building_percent),
      lanes_(std::move(lanes)),
      lane_(lane),
      rows_(lanes_->lanes() > 1),
      parked_(type.failing),
      rule_(passed_over),
      waits_(type.failing.first_delay, type.failing.delay_max, ports.seed + lane) {}

result<std::vector<std::unique_ptr<projector>>> projector::open(
    const projector_ports& ports, const detail::projection_type& type) {
  if (auto fine = check(type); !fine) return std::move(fine).error();
  const std::uint32_t count = std::min(type.lanes, ports.log.partitions());
  auto lanes =
      lane_commits::open(ports.log, ports.rows, stored_name(type.name, type.version), count);
  if (!lanes) return std::move(lanes).error();
  std::vector<std::unique_ptr<projector>> all;
  for (std::uint32_t lane = 0; lane < count; ++lane) {
    std::unique_ptr<projector> made(new projector(ports, type, *lanes, lane));
    const auto done = detail::contained(errc::handler_failed, "the projection's constructor",
                                        [&] { made->what_ = type.make(made->rows_); });
    if (!done) return done.error();
    if (auto begun = made->ensure_begun(); !begun) return std::move(begun).error();
    all.push_back(std::move(made));
  }
  return all;
}

result<void> projector::ensure_begun() {
  if (begun_) return {};
  if (auto known = lanes_->recall(ports_.log); !known) return known;
  auto done = begin();
  begun_ = done.has_value();
  return done;
}

void projector::begin_anew() {
  begun_ = false;
  // Until it is known where it stands.
  for (partition_cursor& c : settled_) c.through = {};
  undo();
  rule_.saved();
  complete_ = false;
  retry_at_.reset();
  rests_until_.reset();
  recovered();
  // If that cannot be read now, it is tried again with the next step.
  static_cast<void>(ensure_begun());
}

result<void> projector::begin() {
  settled_ = lanes_->cursors(lane_);
  note_ends();
  complete_ = lanes_->built();
  undo();
  if (auto begun = read_on(); !begun) return begun;
  if (auto loaded = load_orders(); !loaded) return loaded;
  let_go();
  return {};
}

// Back to what is settled. What is parked of that is known at once where rows can be read now, else
// once they can.
void projector::undo() {
  let_go();
  held_.reset();
  // What it stopped at comes again, behind what is folded again.
  stopped_ = false;
  follower_.emplace(ports_.log, settled_,
                    persistence::record_filter{.types = {}, .events = events_, .id_prefix = {}});
  folded_ = 0;
  skipped_in_batch_ = 0;
  changed_at_.reset();
  parked_known_ = false;
  static_cast<void>(read_on());
  let_go();
}

result<void> projector::read_on() {
  if (!rows_.begun()) {
    auto beneath = lanes_->read(lane_);
    if (!beneath) return std::move(beneath).error();
    rows_.begin(std::move(*beneath));
  }
  if (parked_known_) return {};
  auto loaded = parked_.load(
      rows_, [this](partition_id partition) { return lanes_->lane_of(partition) == lane_; });
  parked_known_ = loaded.has_value();
  return loaded;
}

void projector::let_go() {
  rows_.end();
  lanes_->let_go(lane_);
}

projector::progress projector::advance(const std::function<bool()>& interrupted,
                                       const awaited& waits) {
  lanes_->arrive(lane_);
  const progress done = step(interrupted, waits);
  // The others wait only for one that is in the middle of a batch on rows that they change, too.
  const bool keeps = contended_ > 0 && rows_.changed() && done.is == state::more;
  if (!keeps) lanes_->leave_turn(lane_);
  return done;
}

projector::progress projector::step(const std::function<bool()>& interrupted,
                                    const awaited& waits) {
  const base::clock::instant began = ports_.time.steady();
  if (held_) {
    if (!lanes_->take_turn(lane_)) return {.is = state::waiting};
    progress done = settle(*std::exchange(held_, {}), waits, began);
    // What it was woken for meanwhile it has not looked at.
    if (done.is == state::waiting && !rests_until_) done.is = state::more;
    return done;
  }
  if (stopped_) return {.is = state::stopped};
  if (retry_at_ && began < *retry_at_) return {.is = state::retrying, .due = retry_at_};
  retry_at_.reset();
  if (rests_until_ && began < *rests_until_) return {.is = state::waiting, .due = rests_until_};
  rests_until_.reset();
  if (auto begun = ensure_begun(); !begun) return fail(std::move(begun).error());
  if (needs_turn()) {
    if (!lanes_->take_turn(lane_)) return {.is = state::waiting};
    // Events that have changed nothing rest on what they saw, whatever became of it since.
    if (!rows_.changed()) let_go();
  }
  if (auto begun = read_on(); !begun) return fail(std::move(begun).error());
  if (!ordered_.empty()) return carry_out_order();
  return settle(fold_page(interrupted), waits, began);
}

// Before it reads anything.
bool projector::needs_turn() const {
  return !ordered_.empty() || (contended_ > 0 && (rows_.changed() || follower_->lag() > 0));
}

projector::folded_page projector::fold_page(const std::function<bool()>& interrupted) {
  folded_page page{.idle = interrupted()};
  const result<follower::step> done =
      page.idle ? follower::step{} : follower_->advance([&](const stored_record& record) {
        const auto now = ports_.time.steady();
        // A page takes as long as the user's code does.
        if (interrupted() || is_overdue(now)) return false;
        page.refused = !take(record, now);
        if (!changed_at_ && rows_.changed()) changed_at_ = now;
        return !page.refused;
      });
  page.interrupted = interrupted();
  if (!done) {
    page.wrong = done.error();
    return page;
  }
  rule_.passed(done->passed, ports_.time.steady());
  page.at_end = done->at_end && !page.interrupted;
  page.completes = !complete_ && (page.at_end || (!page.interrupted && has_caught_up()));
  return page;
}

// Commits, if that is due and no other lane does, and says what follows.
projector::progress projector::settle(const folded_page& page, const awaited& waits,
                                      base::clock::instant began) {
  const bool at_a_halt =
      page.at_end || page.completes || page.refused || page.wrong || page.interrupted;
  // Who asks is told so, and may not be told otherwise when the rest of the batch is undone.
  if (!rows_.changed()) settled_ = follower_->cursors();
  const bool commits = page.completes || commit_due(at_a_halt, waits);
  if (commits) {
    if (!lanes_->take_turn(lane_)) {
      held_ = page;
      return {.is = state::waiting};
    }
    const auto done = commit(page.completes);
    if (!done) return fail(done.error());
    if (!*done) return overtaken();
  }
  // Whoever does nothing for a while holds no moment of the store.
  if ((page.at_end || page.idle || page.refused) && !rows_.changed()) let_go();
  if (page.wrong) return fail(*page.wrong);
  if (stopped_) return stop();
  if (page.refused) return try_later();
  // What failed to be committed has not recovered before it is.
  if (!failing_ && (commits || page.at_end)) recovered();
  const bool waiting = page.idle || page.at_end;
  return rest({.is = waiting ? state::waiting : state::more, .due = rule_.due_at()}, began);
}

// Another lane has changed rows that this batch has read. So it is folded again on the new ones,
// and with the turn, for else that might never end.
projector::progress projector::overtaken() {
  contended_ = batches_in_turn;
  undo();
  return {.is = state::more};
}

// Who builds slowly rests after each step, in proportion to what that took; while others wait for
// its batch, it rests behind that.
projector::progress projector::rest(progress done, base::clock::instant began) {
  if (done.is != state::more || building_percent_ == 100 || built()) {
    rest_owed_ = {};
    return done;
  }
  const auto took = ports_.time.steady() - began;
  rest_owed_ += took * (100 - building_percent_) / building_percent_;
  if (contended_ > 0 && rows_.changed()) return done;
  rests_until_ = began + took + std::exchange(rest_owed_, {});
  return {.is = state::waiting, .due = rests_until_};
}

void projector::note_ends() {
  ends_.clear();
  for (const partition_cursor& c : settled_) ends_.push_back(ports_.log.committed(c.partition));
}

// A load that never pauses shows no end. So it is enough to hold all that was there at some moment,
// and to be no further behind than one step goes.
bool projector::has_caught_up() {
  const std::vector<partition_cursor>& cursors = follower_->cursors();
  for (std::size_t i = 0; i < cursors.size(); ++i) {
    if (cursors[i].through < ends_[i]) return false;
  }
  if (follower_->lag() <= page_limits{}.records) return true;
  note_ends();
  return false;
}

// False: the record stays where it is, and is tried again unless that was the end.
bool projector::take(const stored_record& record, base::clock::instant now) {
  if (record.kind != persistence::record_kind::event) return true;
  if (parked_.holds(record)) return put_aside(record, {}, 0);
  const result<void> done = fold(record, now);
  if (done) {
    rows_.keep_event();
    ++folded_;
    if (failing_ == place_of(record)) recovered();
    return true;
  }
  rows_.forget_event();
  if (failing_ != place_of(record)) attempts_ = 0;
  failing_ = place_of(record);
  ++attempts_;
  trouble_ = done.error();
  trouble_->message = "the projection " + name_ + " at position " +
                      std::to_string(record.at.value) + " of partition " +
                      std::to_string(record.partition.value) + ": " + trouble_->message;
  trouble_->number = record.at.value;
  const bool again = policy_.finally == failure_policy::then::keep_trying ||
                     attempts_ <= policy_.retries || !is_of_the_event(done.error().code);
  return !again && give_up(record);
}

// It was tried often enough. True: it is done with.
bool projector::give_up(const stored_record& record) {
  switch (policy_.finally) {
    case failure_policy::then::skip:
      if (auto noted = note_skipped(rows_, place_of(record), trouble_->message, ports_.time.now());
          !noted) {
        return false;
      }
      rows_.keep_event();
      ++skipped_in_batch_;
      base::log(base::log_level::warning, "passed by: " + trouble_->message);
      recovered();
      return true;
    case failure_policy::then::park: {
      const std::string cause = trouble_->message;
      if (!put_aside(record, cause, attempts_)) return false;
      base::log(base::log_level::warning, "parked: " + cause);
      recovered();
      return true;
    }
    case failure_policy::then::keep_trying:
    case failure_policy::then::stop:
      break;
  }
  stopped_ = true;
  return false;
}

bool projector::put_aside(const stored_record& record, std::string cause, std::uint64_t attempts) {
  auto parked = parked_.park(rows_, record, std::move(cause), attempts, ports_.time.now());
  if (parked) {
    rows_.keep_event();
    ++folded_;
    return true;
  }
  rows_.forget_event();
  stopped_ = parked.error().code == errc::overloaded;
  trouble_ = std::move(parked).error();
  trouble_->message = "the projection " + name_ + ": " + trouble_->message;
  return false;
}

result<void> projector::fold(const stored_record& record, base::clock::instant now) {
  const auto since = now.time_since_epoch();
  busy_since_.store(std::chrono::nanoseconds(since).count(), std::memory_order_relaxed);
  persistence::describe(record, meta_);
  auto done = what_->fold(meta_, record.payload);
  busy_since_.store(0, std::memory_order_relaxed);
  return done;
}

// Nobody reads rows that are not complete yet, so until then a sync would be for nothing.
bool projector::is_overdue(base::clock::instant now) const {
  return changed_at_ && now - *changed_at_ >= shown_within && built();
}

bool projector::commit_due(bool at_a_halt, const awaited& waits) const {
  const auto now = ports_.time.steady();
  if (rule_.due(now)) return true;
  if (!rows_.changed()) return false;
  if (at_a_halt || is_overdue(now) || rest_owed_ >= shown_within ||
      folded_ >= events_per_commit_max || rows_.batch_bytes() >= row_bytes_per_commit_max) {
    return true;
  }
  return waits && built() && waits(follower_->cursors());
}

// With the turn. False: it was overtaken; the batch is gone then, as after an error.
result<bool> projector::commit(bool completes) {
  if (completes && lanes_->completes_all(lane_)) {
    if (auto marked = mark_built(rows_); !marked) return std::move(marked).error();
    rows_.keep_event();
  }
  // Before the batch, with which it goes.
  rows_read read = rows_.take_noted();
  auto done = lanes_->commit(lane_, {.changes = rows_.take_batch(),
                                     .read = std::move(read),
                                     .cursors = follower_->cursors(),
                                     .completes = completes});
  if (!done || !*done) return done;
  settled_ = follower_->cursors();
  skipped_ += std::exchange(skipped_in_batch_, 0);
  complete_ = complete_ || completes;
  if (contended_ > 0) --contended_;
  rule_.saved();
  folded_ = 0;
  changed_at_.reset();
  return done;
}

// Something that is nobody's event: what was not committed is folded again, later.
projector::progress projector::fail(error why) {
  ++attempts_;
  trouble_ = std::move(why);
  trouble_->message = "the projection " + name_ + ": " + trouble_->message;
  failing_.reset();
  undo();
  return try_later();
}

projector::progress projector::try_later() {
  if (attempts_ == 1) base::log(base::log_level::warning, "tried again: " + trouble_->message);
  retry_at_ = ports_.time.steady() + waits_.before(attempts_);
  return {.is = state::retrying, .due = retry_at_};
}

projector::progress projector::stop() {
  base::log(base::log_level::error, "stopped: " + trouble_->message);
  return {.is = state::stopped};
}

void projector::recovered() {
  failing_.reset();
  trouble_.reset();
  attempts_ = 0;
}

void projector::resume() {
  stopped_ = false;
  if (held_) held_->refused = false;
  retry_at_.reset();
  recovered();
}

void projector::finish() {
  // What is not committed is folded again by whoever comes after.
  if ((rule_.unsaved() || rows_.changed()) && lanes_->take_turn(lane_)) {
    const auto done = commit();
    // Nobody shall be told that it has come further than its rows.
    if (!done || !*done) undo();
  }
  leave();
}

// Whoever comes from outside holds neither a turn nor a moment of the store once it is gone.
void projector::leave() {
  lanes_->leave_turn(lane_);
  if (!rows_.changed()) let_go();
}

}  // namespace reprise::consumers
