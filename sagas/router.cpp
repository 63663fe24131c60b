// SPDX-License-Identifier: Apache-2.0
#include "sagas/router.hpp"

#include "base/log.hpp"
#include "base/trace_step.hpp"
#include "persistence/record_envelope.hpp"
#include "sagas/message_codec.hpp"

#include <reprise/codec.hpp>

#include <algorithm>
#include <utility>

namespace reprise::sagas {
namespace {

constexpr std::uint64_t queued_max = 4'096;
constexpr consumers::checkpoint_limits saving{
    .events = 4'096, .passed = 65'536, .within = std::chrono::seconds(1)};

// The event, or the code that handles it, is at fault; all else may pass.
bool is_of_the_event(errc code) {
  return code == errc::handler_failed || code == errc::malformed || code == errc::too_large ||
         code == errc::invalid_argument || code == errc::not_hosted;
}

// By a key that is not its own, an event starts no instance.
template <class Item>
Item only_going_on(Item what) {
  what.message.starts = false;
  return what;
}

}  // namespace

router::router(const ports& around, const detail::saga_type& type)
    : ports_(around),
      type_(type),
      name_("saga." + type.name),
      rule_(saving),
      waits_(type.settings.failing.first_delay, type.settings.failing.delay_max, around.seed),
      skipped_(around.measured.count("sagas." + type.name + ".skipped")),
      parked_(around.measured.count("sagas." + type.name + ".parked")) {}

result<std::unique_ptr<router>> router::open(const ports& around, const detail::saga_type& type) {
  std::unique_ptr<router> made(new router(around, type));
  if (auto begun = made->begin(); !begun) return std::move(begun).error();
  return made;
}

result<void> router::begin() {
  const auto saved = ports_.saved.load(name_);
  if (!saved) return saved.error();
  auto from =
      consumers::cursors_behind(ports_.log, *saved, "the saga " + type_.name + " has come to");
  if (!from) return std::move(from).error();
  const bool at_the_end = !*saved && type_.settings.from_now;
  if (at_the_end) {
    for (partition_cursor& c : *from) c.through = ports_.log.committed(c.partition);
  }
  persistence::record_filter wanted;
  for (const detail::saga_event& e : type_.events) {
    wanted.events.emplace_back(e.type, e.event_type);
    if (e.starts) starting_.emplace(e.type.value, e.event_type);
  }
  outstanding_.resize(from->size());
  held_.resize(from->size());
  follower_.emplace(ports_.log, std::move(*from), std::move(wanted));
  if (!type_.own_keys) {
    auto taken = taken_keys::open({.log = ports_.log, .rows = ports_.rows}, type_);
    if (!taken) return std::move(taken).error();
    taken_ = std::move(*taken);
  }
  return at_the_end ? save() : result<void>();
}

courier::progress router::advance() {
  if (stopped_) return {.is = state::stopped};
  halted_.reset();
  pump_due();
  released_.insert(released_.end(), stuck_.begin(), stuck_.end());
  stuck_.clear();
  const bool more = read_on();
  work_off();
  if (rule_.due(ports_.time.steady())) {
    if (auto saved = save(); !saved) halted_ = saved.error();
  }
  if (!more && taken_) taken_->rest();
  std::optional<base::clock::instant> due = rule_.due_at();
  if (halted_ || !stuck_.empty()) {
    const base::clock::instant again = ports_.time.steady() + waits_.before(5);
    if (!due || again < *due) due = again;
  }
  if (!due_.empty() && (!due || due_.begin()->first < *due)) due = due_.begin()->first;
  return {.is = more ? state::more : state::waiting, .due = due};
}

bool router::read_on() {
  bool more = !fresh_.empty();
  if (fresh_.empty() && queued_ < queued_max) {
    const auto step =
        follower_->advance([&](const persistence::stored_record& r) { return take(r); });
    // Also what was taken before an error is given out by what was known then.
    if (taken_) fresh_ends_ = consumers::committed_ends(ports_.log);
    if (!step) {
      halted_ = step.error();
      return false;
    }
    rule_.passed(step->passed, ports_.time.steady());
    more = !step->at_end && queued_ < queued_max;
  }
  if (fresh_.empty()) return more;
  if (taken_) {
    const auto known = taken_->know(fresh_ends_);
    if (!known) {
      halted_ = known.error();
      return false;
    }
    if (!*known) return true;
  }
  distribute_fresh();
  return more && !halted_;
}

bool router::take(const persistence::stored_record& record) {
  if (record.kind != persistence::record_kind::event) return true;
  if (queued_ >= queued_max) return false;
  const bool starts = starting_.contains({record.type.value, record.event_type});
  item what{.partition = record.partition,
            .at = record.at,
            .message = message_of(record, starts),
            .correlation = record.correlation};
  fresh_.push_back(std::move(what));
  ++queued_;
  return true;
}

void router::distribute_fresh() {
  while (!fresh_.empty()) {
    held_back& held = held_[fresh_.front().partition.value];
    if (held.holds || !held.items.empty()) {
      count_in(fresh_.front(), 1);
      held.items.push_back(std::move(fresh_.front()));
      fresh_.pop_front();
      continue;
    }
    if (!distribute(fresh_.front())) return;
    fresh_.pop_front();
    --queued_;
  }
}

result<router::receivers> router::receivers_of(const item& what) {
  auto keys = type_.keys(envelope_of(what.message), what.message.payload);
  if (!keys) return std::move(keys).error();
  receivers out{.own = std::move(*keys)};
  if (!taken_) return out;
  for (const std::string& key : out.own) {
    const auto more = taken_->whom({.tenant = what.message.tenant,
                                    .key = key,
                                    .at = {.partition = what.partition, .through = what.at}});
    // That the rows cannot be read is no fault of the event.
    if (!more) return error{errc::unavailable, more.error().message};
    for (const std::string& one : *more) {
      if (std::ranges::find(out.own, one) == out.own.end() &&
          std::ranges::find(out.more, one) == out.more.end()) {
        out.more.push_back(one);
      }
    }
  }
  return out;
}

// To the lanes of its keys; where they cannot be found out, to that of its aggregate, and where it
// may belong to others it holds its partition.
bool router::distribute(const item& what) {
  const auto to = receivers_of(what);
  if (!to && to.error().code == errc::unavailable) {
    halted_ = to.error();
    return false;
  }
  if (!to) {
    item lost = what;
    lost.unrouted = true;
    held_[what.partition.value].holds = !type_.own_keys;
    count_in(what, 1);
    enqueue(what.message.aggregate, std::move(lost));
    return true;
  }
  if (to->own.empty()) return true;
  count_in(what, to->own.size() + to->more.size());
  for (const std::string& key : to->own) enqueue(key, what);
  for (const std::string& key : to->more) enqueue(key, only_going_on(what));
  return true;
}

// What held the partition has keys by now, or nobody waits for them any more.
void router::release(partition_id partition) {
  held_back& held = held_[partition.value];
  held.holds = false;
  while (!held.holds && !held.items.empty()) {
    if (!distribute(held.items.front())) {
      stuck_.push_back(partition);
      return;
    }
    const item next = std::move(held.items.front());
    held.items.pop_front();
    --queued_;
    done_with(next.partition, next.at);
  }
}

void router::count_in(const item& what, std::size_t lanes) {
  outstanding_[what.partition.value][what.at] += static_cast<std::uint32_t>(lanes);
}

void router::enqueue(const std::string& key, item what) {
  const lane_key to{what.message.tenant, key};
  lane& l = lanes_[to];
  l.items.push_back(std::move(what));
  ++queued_;
  if (l.items.size() == 1) pump(to, l);
}

void router::pump(const lane_key& key, lane& l) {
  if (stopped_ || l.sent || l.items.empty()) return;
  item& first = l.items.front();
  if (first.unrouted && !l.parks) {
    const auto to = receivers_of(first);
    if (!to && to.error().code == errc::unavailable) {
      trouble_ = to.error();
      try_later(key, ++l.waits);
      return;
    }
    if (!to) {
      failed(key, l, to.error());
      return;
    }
    route(key, l, *to);
    return;
  }
  send(key, l);
}

// It has keys at last. Where this lane is one of them, it keeps its place in it.
void router::route(const lane_key& key, lane& l, const receivers& to) {
  l.items.front().unrouted = false;
  const item found = l.items.front();
  const bool stays = std::ranges::find(to.own, key.key) != to.own.end();
  // This lane counts already, until it is done with the event.
  count_in(found, to.own.size() + to.more.size() - (stays ? 1 : 0));
  for (const std::string& one : to.own) {
    if (one != key.key) enqueue(one, found);
  }
  if (stays) {
    send(key, l);
  } else {
    done_with_first(key, l);
  }
  // Behind it in this lane, where it is one of these.
  for (const std::string& one : to.more) enqueue(one, only_going_on(found));
  released_.push_back(found.partition);
}

void router::send(const lane_key& key, lane& l) {
  const item& first = l.items.front();
  detail::outgoing_command out{.to = {type_.id, key.tenant, key.key}};
  if (l.parks) {
    const log::saga_cmd::park command{
        .message = first.message, .cause = l.cause, .attempts = l.attempts};
    out.command = log::saga_cmd::park::tag;
    codec<log::saga_cmd::park>::encode(command, out.payload);
  } else {
    const log::saga_cmd::handle command{.message = first.message};
    out.command = log::saga_cmd::handle::tag;
    codec<log::saga_cmd::handle>::encode(command, out.payload);
  }
  out.how.timeout = answer_within;
  out.how.correlation = first.correlation;
  out.how.headers = base::carried_headers(from_log(first.message.headers));
  // Handled or parked: the same index for both, so that it is never both.
  out.from = detail::delivery{
      .consumer = type_.id.value, .partition = first.partition, .at = first.at, .index = 0};
  out.cause = to_id<event_id>(first.message.id);
  l.sent = true;
  tokens_.emplace(++last_token_, key);
  ports_.sender.send(last_token_, std::move(out));
}

void router::answered(std::uint64_t token, result<detail::raw_answer> outcome) {
  take_answer(token, std::move(outcome));
  work_off();
}

void router::take_answer(std::uint64_t token, result<detail::raw_answer> outcome) {
  const auto known = tokens_.find(token);
  if (known == tokens_.end()) return;
  const lane_key key = known->second;
  tokens_.erase(known);
  const auto found = lanes_.find(key);
  if (found == lanes_.end()) return;
  lane& l = found->second;
  l.sent = false;
  // It was handled before if this would park it, and parked before if this would handle it.
  const bool was_done = !outcome && outcome.error().code == errc::id_conflict;
  if (was_done || (outcome && !outcome->why)) {
    if (l.parks && !was_done) {
      parked_.add();
      base::log(base::log_level::warning,
                "the saga " + type_.name + " has parked an event of " + key.key + ": " + l.cause);
    }
    done_with_first(key, l);
    return;
  }
  if (!outcome && is_of_the_event(outcome.error().code)) {
    failed(key, l, outcome.error());
    return;
  }
  // It may pass: a full queue, a store that is full, a recovery, a version that is too new.
  trouble_ = outcome ? error{errc::overloaded, outcome->why->why} : outcome.error();
  trouble_->message = "the saga " + type_.name + " at " + key.key + ": " + trouble_->message;
  // Where it cannot be parked it may have keys by the next time.
  if (l.items.front().unrouted) l.parks = false;
  try_later(key, ++l.waits);
}

void router::failed(const lane_key& key, lane& l, const error& why) {
  ++l.attempts;
  l.cause = why.message;
  const failure_policy& policy = type_.settings.failing;
  if (policy.finally == failure_policy::then::keep_trying || l.attempts <= policy.retries ||
      l.parks) {
    trouble_ = why;
    try_later(key, l.attempts);
    return;
  }
  switch (policy.finally) {
    case failure_policy::then::skip:
      skipped_.add();
      base::log(base::log_level::warning,
                "the saga " + type_.name + " passes by an event of " + key.key + ": " + l.cause);
      done_with_first(key, l);
      return;
    case failure_policy::then::park:
      l.parks = true;
      send(key, l);
      return;
    case failure_policy::then::stop:
    case failure_policy::then::keep_trying:
      break;
  }
  stopped_ = true;
  trouble_ = why;
}

void router::try_later(const lane_key& key, std::uint64_t nth) {
  due_.emplace(ports_.time.steady() + waits_.before(nth), key);
}

void router::pump_due() {
  const base::clock::instant now = ports_.time.steady();
  while (!due_.empty() && due_.begin()->first <= now) {
    const lane_key key = due_.begin()->second;
    due_.erase(due_.begin());
    if (const auto found = lanes_.find(key); found != lanes_.end()) pump(key, found->second);
  }
}

void router::done_with_first(const lane_key& key, lane& l) {
  const item first = std::move(l.items.front());
  l.items.pop_front();
  --queued_;
  if (l.attempts > 0 || l.waits > 0) trouble_.reset();
  l.attempts = 0;
  l.waits = 0;
  l.parks = false;
  done_with(first.partition, first.at);
  if (l.items.empty()) {
    lanes_.erase(key);
  } else {
    ready_.push_back(key);
  }
  // It was passed by or parked, and nobody knows where it belonged.
  if (first.unrouted) released_.push_back(first.partition);
}

// In a loop, since thousands of events may be passed by one after the other.
void router::work_off() {
  while (!ready_.empty() || !released_.empty()) {
    if (ready_.empty()) {
      const partition_id next = released_.back();
      released_.pop_back();
      release(next);
      continue;
    }
    const lane_key key = std::move(ready_.back());
    ready_.pop_back();
    if (const auto found = lanes_.find(key); found != lanes_.end()) pump(key, found->second);
  }
}

void router::done_with(partition_id partition, position at) {
  auto& waiting = outstanding_[partition.value];
  const auto found = waiting.find(at);
  if (found == waiting.end()) return;
  if (--found->second == 0) waiting.erase(found);
  rule_.handled(ports_.time.steady());
}

std::vector<partition_cursor> router::safe_cursors() const {
  std::vector<partition_cursor> out = follower_->cursors();
  for (partition_cursor& c : out) {
    const auto& waiting = outstanding_[c.partition.value];
    if (!waiting.empty()) c.through = {waiting.begin()->first.value - 1};
    // They are of one page, so of one partition.
    if (!fresh_.empty() && fresh_.front().partition == c.partition) {
      c.through = std::min(c.through, position{fresh_.front().at.value - 1});
    }
  }
  return out;
}

result<void> router::save() {
  const std::vector<partition_cursor> cursors = safe_cursors();
  auto done = ports_.saved.save(name_, {.choice = 0, .cursors = cursors});
  if (!done) return done;
  rule_.saved();
  return taken_ ? taken_->save(cursors, stopped_) : result<void>();
}

void router::finish() {
  stopped_ = true;
  if (auto saved = save(); !saved) halted_ = saved.error();
}

}  // namespace reprise::sagas
