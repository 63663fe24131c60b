// SPDX-License-Identifier: Apache-2.0
#include "consumers/projector.hpp"

#include "base/log.hpp"
#include "consumers/parked_orders.hpp"
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
  if (policy.parked_keys_max == 0 || policy.parked_events_max == 0) {
    return wrong("may park nothing: the limits must be at least 1");
  }
  return {};
}

// The event is at fault, or what is done with it; all else is the store's and may pass.
bool is_of_the_event(errc code) {
  return code == errc::handler_failed || code == errc::malformed || code == errc::too_large ||
         code == errc::invalid_argument;
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

projector::projector(const projector_ports& ports, const detail::projection_type& type)
    : ports_(ports),
      name_(stored_name(type.name, type.version)),
      policy_(type.failing),
      events_(type.events),
      building_percent_(type.building_percent),
      parked_(type.failing),
      rule_(passed_over),
      waits_(type.failing.first_delay, type.failing.delay_max, ports.seed) {}

result<std::unique_ptr<projector>> projector::open(const projector_ports& ports,
                                                   const detail::projection_type& type) {
  if (auto fine = check(type); !fine) return std::move(fine).error();
  std::unique_ptr<projector> made(new projector(ports, type));
  const auto done = detail::contained(errc::handler_failed, "the projection's constructor",
                                      [&] { made->what_ = type.make(made->rows_); });
  if (!done) return done.error();
  if (auto begun = made->begin(); !begun) return std::move(begun).error();
  return made;
}

result<void> projector::begin() {
  auto stored = ports_.rows.read(name_);
  if (!stored) return std::move(stored).error();
  const auto taken = (*stored)->taken_at();
  if (!taken) return taken.error();
  auto behind = cursors_behind(ports_.log, *taken, "the projection " + name_ + " has come to");
  if (!behind) return std::move(behind).error();
  committed_ = std::move(*behind);
  note_ends();
  if (auto done = rewind(); !done) return done;
  const auto built = is_built(rows_);
  if (!built) return built.error();
  built_ = *built;
  if (auto loaded = load_orders(); !loaded) return loaded;
  rows_.end();
  return {};
}

// Left by somebody while nobody folded.
result<void> projector::load_orders() {
  auto wanted = ordered_retries(rows_);
  if (!wanted) return std::move(wanted).error();
  if (wanted->empty()) return {};
  const auto parked = parked_events::list(rows_);
  if (!parked) return parked.error();
  for (aggregate_key& aggregate : chosen_queues(*parked, {})) {
    const auto found = std::ranges::find(*wanted, aggregate);
    if (found == wanted->end()) continue;
    ordered_.push_back(std::move(aggregate));
    wanted->erase(found);
  }
  // Of these nothing is parked any more; they are only forgotten.
  ordered_.insert(ordered_.end(), wanted->begin(), wanted->end());
  return {};
}

// One queue at a time, together with the end of its order.
projector::progress projector::carry_out_order() {
  const aggregate_key aggregate = ordered_.front();
  if (auto forgotten = forget_order(rows_, aggregate); !forgotten) {
    return fail(std::move(forgotten).error());
  }
  rows_.keep_event();
  const auto done = committed_or_undone(fold_parked(aggregate));
  if (!done) return fail(done.error());
  ordered_.pop_front();
  base::log(base::log_level::info,
            "the projection " + name_ + " has tried parked events of " + aggregate.id +
                " again, as ordered: " + std::to_string(*done) + " are done with");
  return {.is = state::more};
}

// Back to what is committed.
result<void> projector::rewind() {
  rows_.end();
  follower_.emplace(ports_.log, committed_,
                    persistence::record_filter{.types = {}, .events = events_, .id_prefix = {}});
  folded_ = 0;
  changed_at_.reset();
  if (auto begun = read_on(); !begun) return begun;
  return parked_.load(rows_);
}

result<void> projector::read_on() {
  if (rows_.begun()) return {};
  auto beneath = ports_.rows.read(name_);
  if (!beneath) return std::move(beneath).error();
  rows_.begin(std::move(*beneath));
  return {};
}

projector::progress projector::advance(const std::function<bool()>& interrupted,
                                       const awaited& waits) {
  if (stopped_) return {.is = state::stopped};
  if (retry_at_ && ports_.time.steady() < *retry_at_) {
    return {.is = state::retrying, .due = retry_at_};
  }
  retry_at_.reset();
  const base::clock::instant began = ports_.time.steady();
  if (rests_until_ && began < *rests_until_) return {.is = state::waiting, .due = rests_until_};
  rests_until_.reset();
  if (auto begun = read_on(); !begun) return fail(std::move(begun).error());
  if (!ordered_.empty()) return carry_out_order();
  bool refused = false;
  const bool idle = interrupted();
  const result<follower::step> step =
      idle ? follower::step{} : follower_->advance([&](const stored_record& record) {
        const auto now = ports_.time.steady();
        // A page takes as long as the user's code does.
        if (interrupted() || is_overdue(now)) return false;
        refused = !take(record, now);
        if (!changed_at_ && rows_.changed()) changed_at_ = now;
        return !refused;
      });
  if (step) rule_.passed(step->passed, ports_.time.steady());
  const bool at_end = step && step->at_end && !interrupted();
  const bool completes = step && !built_ && (at_end || (!interrupted() && has_caught_up()));
  if (completes) {
    if (auto marked = mark_built(rows_); !marked) return fail(std::move(marked).error());
    rows_.keep_event();
  }
  const bool commits = commit_due(at_end || completes || refused || !step || interrupted(), waits);
  if (commits) {
    if (auto done = commit(); !done) return fail(std::move(done).error());
    built_ = built_ || completes;
  }
  // Whoever does nothing for a while holds no moment of the store.
  if ((at_end || idle || refused) && !rows_.changed()) rows_.end();
  if (!step) return fail(step.error());
  if (stopped_) return stop();
  if (refused) return try_later();
  // What failed to be committed has not recovered before it is.
  if (!failing_ && (commits || at_end)) recovered();
  return rest({.is = idle || at_end ? state::waiting : state::more, .due = rule_.due_at()}, began);
}

// Who builds slowly rests after each step, in proportion to what that took.
projector::progress projector::rest(progress done, base::clock::instant began) {
  if (built_ || done.is != state::more || building_percent_ == 100) return done;
  const auto took = ports_.time.steady() - began;
  rests_until_ = began + took + took * (100 - building_percent_) / building_percent_;
  return {.is = state::waiting, .due = rests_until_};
}

void projector::note_ends() {
  ends_.clear();
  for (const partition_cursor& c : committed_) ends_.push_back(ports_.log.committed(c.partition));
}

// A load that never pauses shows no end. So it is enough to hold all that was there at some moment,
// and to be no further behind than one step goes.
bool projector::has_caught_up() {
  for (const partition_cursor& c : follower_->cursors()) {
    if (c.through < ends_[c.partition.value]) return false;
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
      ++skipped_;
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
  return built_ && changed_at_ && now - *changed_at_ >= shown_within;
}

bool projector::commit_due(bool at_a_halt, const awaited& waits) const {
  const auto now = ports_.time.steady();
  if (rule_.due(now)) return true;
  if (!rows_.changed()) return false;
  if (at_a_halt || is_overdue(now) || folded_ >= events_per_commit_max ||
      rows_.batch_bytes() >= row_bytes_per_commit_max) {
    return true;
  }
  return built_ && waits && waits(follower_->cursors());
}

result<void> projector::commit() {
  auto done =
      ports_.rows.commit(name_, rows_.take_batch(), {.choice = 0, .cursors = follower_->cursors()});
  if (!done) return done;
  committed_ = follower_->cursors();
  rows_.end();
  rule_.saved();
  folded_ = 0;
  changed_at_.reset();
  return {};
}

// Something that is nobody's event: what was not committed is folded again, later.
projector::progress projector::fail(error why) {
  ++attempts_;
  trouble_ = std::move(why);
  trouble_->message = "the projection " + name_ + ": " + trouble_->message;
  failing_.reset();
  // What cannot be read now is read when it is tried again. Until then no moment of the store is
  // held.
  [[maybe_unused]] const auto back = rewind();
  rows_.end();
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
  retry_at_.reset();
  recovered();
}

void projector::finish() {
  if (!rule_.unsaved() && !rows_.changed()) return;
  if (auto done = read_on(); done) done = commit();
  rows_.end();
}

result<std::uint64_t> projector::retry_parked(const aggregate_key& aggregate) {
  if (const auto first = first_parked(aggregate); !first) return first.error();
  return committed_or_undone(fold_parked(aggregate));
}

result<void> projector::skip_parked(const aggregate_key& aggregate) {
  const auto first = first_parked(aggregate);
  if (!first) return first.error();
  if (auto removed = parked_.remove(rows_, *first); !removed) return removed;
  rows_.keep_event();
  const auto done = committed_or_undone(fold_parked(aggregate));
  if (!done) return done.error();
  return {};
}

result<parked_event> projector::first_parked(const aggregate_key& aggregate) {
  if (auto begun = read_on(); !begun) return std::move(begun).error();
  auto first = parked_.first(rows_, aggregate);
  if (!first) return std::move(first).error();
  if (!*first) {
    return error{errc::not_found, "nothing of " + aggregate.id + " is parked in " + name_};
  }
  return std::move(**first);
}

result<std::uint64_t> projector::fold_parked(const aggregate_key& aggregate) {
  for (std::uint64_t done = 0;; ++done) {
    auto found = parked_.first(rows_, aggregate);
    if (!found) return std::move(found).error();
    if (!*found) return done;
    parked_event& what = **found;
    const result<void> folded = fold_at(what);
    if (folded) {
      if (auto removed = parked_.remove(rows_, what); !removed) return std::move(removed).error();
      rows_.keep_event();
      continue;
    }
    rows_.forget_event();
    if (!is_of_the_event(folded.error().code)) return folded.error();
    ++what.attempts;
    what.cause = folded.error().message;
    what.last_tried = ports_.time.now();
    if (auto put = parked_.update(rows_, what); !put) return std::move(put).error();
    rows_.keep_event();
    return done;
  }
}

result<std::uint64_t> projector::committed_or_undone(result<std::uint64_t> done) {
  if (done) {
    auto stored = commit();
    if (stored) return done;
    done = std::move(stored).error();
  }
  [[maybe_unused]] const auto back = rewind();
  rows_.end();
  return done;
}

result<void> projector::fold_at(const parked_event& what) {
  const auto replaced = replaced_payload(rows_, what);
  if (!replaced) return replaced.error();
  result<void> folded =
      error{errc::corrupt, "the log holds no event at position " + std::to_string(what.at.value) +
                               " of partition " + std::to_string(what.partition.value)};
  const auto page = ports_.log.scan(what.partition, {.from = what.at, .limit = 1, .window = 1},
                                    [&](const stored_record& record) {
                                      stored_record shown = record;
                                      if (*replaced) shown.payload = **replaced;
                                      folded = fold(shown, ports_.time.steady());
                                      return false;
                                    });
  if (!page) return page.error();
  return folded;
}

}  // namespace reprise::consumers
