// SPDX-License-Identifier: Apache-2.0
#include "sagas/outbox.hpp"

#include "base/checksum.hpp"
#include "base/log.hpp"
#include "base/trace_step.hpp"
#include "persistence/record_envelope.hpp"
#include "sagas/effect_codec.hpp"
#include "sagas/effect_delivery.hpp"
#include "sagas/message_codec.hpp"
#include "sagas/outbox_tables.hpp"
#include "sagas/saga_fold.hpp"

#include <reprise/codec.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <variant>
#include <vector>

namespace reprise::sagas {
namespace {

using detail::raw_answer;
using persistence::stored_record;

// Steps held in memory; while there are so many nothing more is read.
constexpr std::size_t steps_max = 10'000;
// Rows are a convenience, since the log has it all: a commit costs a sync, so not for each step.
constexpr std::chrono::milliseconds commit_within{100};
constexpr std::chrono::milliseconds cursor_within{1'000};
// How soon something is done here that another node should have done.
constexpr std::chrono::milliseconds look_for_lead_every{200};
constexpr std::uint64_t rows_bytes_max = 8U << 20U;

void address(detail::outgoing_command& out, const bytes& correlation, const bytes& cause) {
  out.how.timeout = answer_within;
  out.how.correlation = to_id<correlation_id>(correlation);
  out.cause = to_id<event_id>(cause);
}

// What is sure to fail again.
bool is_for_good(errc code) {
  switch (code) {
    case errc::invalid_argument:
    case errc::unknown_command:
    case errc::malformed:
    case errc::too_large:
    case errc::tombstoned:
    case errc::id_conflict:
    case errc::incompatible:
      return true;
    default:
      return false;
  }
}

// Nothing was tried, or nobody knows what became of it: no reason to give up.
bool is_no_attempt(errc code) {
  switch (code) {
    case errc::overloaded:
    case errc::stopped:
    case errc::expired:
    case errc::timed_out:
    case errc::commit_unknown:
      return true;
    default:
      return false;
  }
}

std::array<std::byte, 16> hash_of(const aggregate_key& saga) {
  return base::checksum128(
      std::as_bytes(std::span(saga.id.data(), saga.id.size())),
      base::checksum64(std::as_bytes(std::span(saga.tenant.data(), saga.tenant.size()))));
}

}  // namespace

outbox::outbox(const ports& around, const detail::saga_type& type)
    : ports_(around),
      type_(type),
      name_("saga:" + type.name + ".1"),
      tables_(std::make_unique<tables>(rows_)),
      waits_(std::chrono::milliseconds(100), std::chrono::milliseconds(10'000), around.seed),
      delivered_(around.measured.count("sagas." + type.name + ".delivered")),
      refused_(around.measured.count("sagas." + type.name + ".refused")),
      attempts_failed_(around.measured.count("sagas." + type.name + ".attempts_failed")),
      fired_(around.measured.count("sagas." + type.name + ".deadlines")),
      open_(around.measured.count("sagas." + type.name + ".open_steps")) {}

outbox::~outbox() = default;

result<std::unique_ptr<outbox>> outbox::open(const ports& around, const detail::saga_type& type) {
  std::unique_ptr<outbox> made(new outbox(around, type));
  if (auto begun = made->begin(); !begun) return std::move(begun).error();
  return made;
}

result<void> outbox::begin() {
  auto stored = ports_.rows.read(name_);
  if (!stored) return std::move(stored).error();
  const auto taken = (*stored)->taken_at();
  if (!taken) return taken.error();
  auto behind = consumers::cursors_behind(ports_.log, *taken,
                                          "the outbox of the saga " + type_.name + " has come to");
  if (!behind) return std::move(behind).error();
  committed_ = std::move(*behind);
  return rewind();
}

// Back to what is committed. What is on its way stays so: all of it may come twice.
result<void> outbox::rewind() {
  rows_.end();
  persistence::record_filter mine;
  mine.types.push_back(type_.id);
  follower_.emplace(ports_.log, committed_, std::move(mine));
  caught_up_ = false;
  uncommitted_since_.reset();
  near_.clear();
  horizon_ = 0;
  // Whatever lies there.
  beyond_ = 0;
  if (auto begun = read_on(); !begun) return begun;
  return load_steps();
}

result<void> outbox::read_on() {
  if (rows_.begun()) return {};
  auto beneath = ports_.rows.read(name_);
  if (!beneath) return std::move(beneath).error();
  rows_.begin(std::move(*beneath));
  return {};
}

result<void> outbox::load_steps() {
  try {
    tables_->open.each([&](const place& at, const log::pending_effect& row) {
      if (is_timer(row.effect.kind)) return;
      add_step(at, {.saga = {type_.id, row.tenant, row.saga}, .effect = row.effect});
    });
  } catch (const failed& e) {
    return e.error();
  }
  return {};
}

courier::progress outbox::advance() {
  if (stopped_) return {.is = state::stopped};
  halted_.reset();
  const auto trouble = [&](error why) -> progress {
    halted_ = std::move(why);
    return {.is = state::waiting, .due = ports_.time.steady() + waits_.before(4)};
  };
  if (auto begun = read_on(); !begun) return trouble(std::move(begun).error());
  bool more = false;
  if (!is_full() && rows_.batch_bytes() < rows_bytes_max) {
    const auto read = follower_->advance([&](const stored_record& r) { return take(r); });
    if (!read) return trouble(read.error());
    if (halted_) return trouble(std::move(*halted_));
    if (read->passed > 0 && !uncommitted_since_) uncommitted_since_ = ports_.time.steady();
    caught_up_ = caught_up_ || read->at_end;
    more = !read->at_end;
  }
  // With more open steps than it holds it never sees the end before it sends; some of those may be
  // over then, which their targets and sagas know.
  caught_up_ = caught_up_ || is_full();
  look_at_tenures();
  if (caught_up_) {
    pump();
    if (auto fired = fire_timers(); !fired) return trouble(std::move(fired).error());
  }
  if (commit_due()) {
    if (auto done = commit(); !done) return trouble(std::move(done).error());
  }
  std::optional<base::clock::instant> due = next_timer();
  const auto sooner = [&](base::clock::instant when) {
    if (!due || when < *due) due = when;
  };
  if (!due_.empty()) sooner(due_.begin()->first);
  if (waits_for_lead_) sooner(ports_.time.steady() + look_for_lead_every);
  if (const auto held = next_held()) sooner(*held);
  for (const auto& [at, t] : firing_) {
    if (t.again_at) sooner(*t.again_at);
  }
  if (uncommitted_since_) {
    sooner(*uncommitted_since_ + (rows_.changed() ? commit_within : cursor_within));
  }
  // Whoever does nothing for a while holds no moment of the store.
  if (!more && !rows_.changed()) rows_.end();
  return {.is = more ? state::more : state::waiting, .due = due};
}

// ---- what the sagas have asked for

bool outbox::take(const stored_record& record) {
  if (record.kind != persistence::record_kind::event) return true;
  if (is_full()) return false;
  const auto event = decode_event(record.event_type, record.payload);
  if (!event) {
    halted_ = event.error();
    halted_->message = "the outbox of the saga " + type_.name + " at position " +
                       std::to_string(record.at.value) + " of partition " +
                       std::to_string(record.partition.value) + ": " + halted_->message;
    return false;
  }
  const aggregate_key saga = persistence::aggregate_of(record);
  using log::saga_ev;
  try {
    std::visit(
        [&]<class E>(const E& e) {
          if constexpr (std::is_same_v<E, saga_ev::postponed>) {
            postponed(saga, e.number, e.attempts, e.dueMicros);
          } else if constexpr (std::is_same_v<E, saga_ev::stuck>) {
            closed(saga, e.number);
          }
          if constexpr (requires { e.change; }) {
            for (const std::uint64_t number : e.change.closed) closed(saga, number);
            opened(record, saga, e.change);
          }
        },
        *event);
  } catch (const failed& e) {
    rows_.forget_event();
    halted_ = e.error();
    return false;
  }
  rows_.keep_event();
  return true;
}

void outbox::opened(const stored_record& record, const aggregate_key& saga,
                    const log::change& change) {
  std::uint32_t index = 0;
  for (const log::effect& e : change.opened) {
    const place at{record.partition.value, record.at.value, index++};
    tables_->open.put(at, {.tenant = saga.tenant, .saga = saga.id, .effect = e});
    tables_->places.put(
        {event_id{hash_of(saga)}, e.number},
        {.partition = std::get<0>(at), .position = std::get<1>(at), .index = std::get<2>(at)});
    if (is_timer(e.kind)) {
      if (e.dueMicros == 0) continue;
      const auto due = static_cast<std::uint64_t>(e.dueMicros);
      const due_key key = std::tuple_cat(std::tuple(due), at);
      tables_->due.put(key, e.number);
      if (due <= horizon_) {
        near_.emplace(key, e.number);
      } else {
        beyond_ = std::min(beyond_.value_or(due), due);
      }
    } else {
      add_step(at, {.saga = saga, .effect = e});
    }
  }
}

void outbox::closed(const aggregate_key& saga, std::uint64_t number) {
  const std::tuple<event_id, std::uint64_t> key{event_id{hash_of(saga)}, number};
  const auto found = tables_->places.get(key);
  if (!found) return;
  const place at{found->partition, found->position, found->index};
  if (const auto row = tables_->open.get(at); row && row->effect.dueMicros > 0) {
    const due_key due =
        std::tuple_cat(std::tuple(static_cast<std::uint64_t>(row->effect.dueMicros)), at);
    tables_->due.erase(due);
    near_.erase(due);
  }
  tables_->open.erase(at);
  tables_->places.erase(key);
  firing_.erase(at);
  over(at);
}

void outbox::postponed(const aggregate_key& saga, std::uint64_t number, std::uint32_t attempts,
                       std::int64_t due) {
  const auto found = tables_->places.get({event_id{hash_of(saga)}, number});
  if (!found) return;
  const place at{found->partition, found->position, found->index};
  auto row = tables_->open.get(at);
  if (!row) return;
  row->effect.attempts = attempts;
  row->effect.dueMicros = due;
  tables_->open.put(at, *row);
  const auto known = steps_.find(at);
  if (known == steps_.end()) return;
  step& s = known->second;
  s.effect.attempts = attempts;
  s.effect.dueMicros = due;
  if (s.next == stage::postpone && !s.under_way) s.next = stage::deliver;
  try_later(lane_of(at, s), instant_of(due));
}

// ---- steps

outbox::lane_key outbox::lane_of(const place& at, const step& s) const {
  lane_key out{.partition = std::get<0>(at), .to = target_of(s.effect)};
  // Calls of one saga come one after the other; those of others need not wait for them.
  if (s.effect.kind == log::effect_kind::call) out.to.tenant = s.saga.tenant + '/' + s.saga.id;
  return out;
}

void outbox::add_step(const place& at, step what) {
  if (!steps_.emplace(at, what).second) return;
  open_.set(steps_.size());
  const lane_key lane = lane_of(at, what);
  lanes_[lane].push_back(at);
  if (what.effect.dueMicros > 0) {
    try_later(lane, instant_of(what.effect.dueMicros));
  } else {
    ready_.insert(lane);
  }
}

bool outbox::is_full() const {
  return steps_.size() >= steps_max;
}

void outbox::over(const place& at) {
  const auto known = steps_.find(at);
  if (known == steps_.end()) return;
  const lane_key key = lane_of(at, known->second);
  steps_.erase(known);
  out_of_trouble(at);
  open_.set(steps_.size());
  // Whoever stands behind it goes on.
  const auto lane = lanes_.find(key);
  if (lane == lanes_.end()) return;
  std::erase(lane->second, at);
  if (lane->second.empty()) {
    lanes_.erase(lane);
  } else {
    ready_.insert(key);
  }
}

void outbox::pump() {
  const base::clock::instant now = ports_.time.steady();
  while (!due_.empty() && due_.begin()->first <= now) {
    ready_.insert(due_.begin()->second);
    due_.erase(due_.begin());
  }
  call_held();
  std::set<lane_key> elsewhere;
  while (!ready_.empty() && under_way_ < under_way_max) {
    auto lane = ready_.extract(ready_.begin());
    if (acts_for({lane.value().partition})) {
      pump(lane.value());
    } else {
      elsewhere.insert(std::move(lane));
    }
  }
  waits_for_lead_ = !elsewhere.empty();
  ready_.merge(elsewhere);
}

void outbox::pump(const lane_key& key) {
  const auto lane = lanes_.find(key);
  if (lane == lanes_.end() || lane->second.empty()) return;
  const place at = lane->second.front();
  step& s = steps_.at(at);
  if (s.under_way || s.is_held) return;
  if (s.next == stage::deliver) {
    const base::clock::instant due = instant_of(s.effect.dueMicros);
    if (s.effect.dueMicros > 0 && due > ports_.time.steady()) {
      try_later(key, due);
      return;
    }
    deliver(key, at, s);
  } else {
    tell(at, s);
  }
}

void outbox::deliver(const lane_key& key, const place& at, step& s) {
  if (s.effect.kind == log::effect_kind::call) {
    call(key, at, s);
    return;
  }
  s.under_way = true;
  detail::outgoing_command out{
      .to = target_of(s.effect), .command = s.effect.command, .payload = s.effect.payload};
  out.how.headers = from_log(s.effect.headers);
  out.from = source_of(at);
  send({.at = at}, std::move(out), s.effect.correlation, s.effect.cause);
}

detail::delivery outbox::source_of(const place& at) const {
  return {.consumer = type_.id.value | outbox_bit,
          .partition = {std::get<0>(at)},
          .at = {std::get<1>(at)},
          .index = std::get<2>(at)};
}

command_id outbox::id_of(const place& at, const step& s) const {
  const bool is_call = s.effect.kind == log::effect_kind::call;
  return detail::command_of(source_of(at), is_call ? s.saga : target_of(s.effect));
}

// Tells the saga how its step ended, or when it is tried again. As long as this node leads it: what
// is told later may be no longer so.
void outbox::tell(const place& at, step& s) {
  s.under_way = true;
  detail::outgoing_command out{.to = s.saga};
  if (s.next == stage::settle) {
    out.command = log::saga_cmd::settle::tag;
    codec<log::saga_cmd::settle>::encode(s.how, out.payload);
  } else {
    out.command = log::saga_cmd::postpone::tag;
    codec<log::saga_cmd::postpone>::encode(s.later, out.payload);
  }
  // In a trace this comes behind the step that it tells of.
  const attributes headers = from_log(s.effect.headers);
  if (const auto trace = base::trace_among(headers)) {
    out.how.headers = base::with_trace(headers, base::step_of(*trace, id_of(at, s)));
  }
  address(out, s.effect.correlation, s.effect.cause);
  ports_.sender.send_here(leaves({.at = at}), std::move(out));
}

std::uint64_t outbox::leaves(const errand& what) {
  ++under_way_;
  tokens_.emplace(++last_token_, what);
  return last_token_;
}

void outbox::send(const errand& what, detail::outgoing_command out, const bytes& correlation,
                  const bytes& cause) {
  address(out, correlation, cause);
  ports_.sender.send(leaves(what), std::move(out));
}

void outbox::answered(std::uint64_t token, result<raw_answer> outcome) {
  const auto known = tokens_.find(token);
  if (known == tokens_.end()) return;
  const errand what = known->second;
  tokens_.erase(known);
  --under_way_;
  if (!what.fires) {
    // It may be over already: the log was faster.
    const auto found = steps_.find(what.at);
    if (found != steps_.end()) came_back(what.at, found->second, outcome);
    return;
  }
  const auto found = firing_.find(what.at);
  if (found == firing_.end()) return;
  timer& t = found->second;
  if (outcome && !outcome->why) {
    // Its end comes with the log.
    fired_.add();
    out_of_trouble(what.at);
    return;
  }
  t.under_way = false;
  t.again_at = ports_.time.steady() + waits_.before(++t.waits);
  if (!outcome) {
    in_trouble(what.at, "a deadline of the saga " + type_.name + " " + t.saga.id, outcome.error());
    base::log(base::log_level::warning, failing_->message);
  }
}

void outbox::came_back(const place& at, step& s, const result<raw_answer>& outcome) {
  s.under_way = false;
  const lane_key key = lane_of(at, s);
  if (s.next != stage::deliver) {
    if (!outcome) {
      in_trouble(at, "the saga " + type_.name + " " + s.saga.id, outcome.error());
      try_later(key, ports_.time.steady() + waits_.before(++s.waits));
      return;
    }
    s.waits = 0;
    if (s.next == stage::postpone) {
      s.next = stage::deliver;
      s.effect.attempts = s.later.attempts;
      s.effect.dueMicros = s.later.dueMicros;
      try_later(key, instant_of(s.effect.dueMicros));
      return;
    }
    // The saga knows. The row goes when the log says so; those behind it need not wait for that.
    over(at);
    return;
  }
  if (outcome && !outcome->why) {
    delivered_.add();
    s.how = {.number = s.effect.number, .accepted = true, .content = outcome->reply};
  } else if (outcome) {
    refused_.add();
    s.how = {.number = s.effect.number,
             .accepted = false,
             .code = outcome->why->code,
             .why = outcome->why->why,
             .attempts = s.effect.attempts + 1};
  } else if (is_no_attempt(outcome.error().code)) {
    in_trouble(at, name_of(s), outcome.error());
    try_later(key, ports_.time.steady() + waits_.before(++s.waits));
    return;
  } else {
    in_trouble(at, name_of(s), outcome.error());
    attempt_failed(s, outcome.error());
    ready_.insert(key);
    return;
  }
  out_of_trouble(at);
  s.next = stage::settle;
  ready_.insert(key);
}

void outbox::attempt_failed(step& s, const error& why) {
  attempts_failed_.add();
  const std::uint32_t attempts = s.effect.attempts + 1;
  const bool last = s.effect.attemptsMax > 0 && attempts >= s.effect.attemptsMax;
  if (last || is_for_good(why.code)) {
    s.next = stage::settle;
    s.how = {.number = s.effect.number,
             .accepted = false,
             .code = std::string(to_string(why.code)),
             .why = why.message,
             .attempts = attempts};
    return;
  }
  consumers::retry_schedule waits(
      std::chrono::milliseconds(std::max<std::int64_t>(s.effect.delayFirstMillis, 1)),
      std::chrono::milliseconds(std::max<std::int64_t>(s.effect.delayMaxMillis, 1)),
      ports_.seed + last_token_);
  const timestamp due = ports_.time.now() + waits.before(attempts);
  s.next = stage::postpone;
  s.later = {.number = s.effect.number,
             .attempts = attempts,
             .dueMicros = due.time_since_epoch().count(),
             .why = why.message};
}

std::string outbox::name_of(const step& s) const {
  return "the step " + s.effect.name + " of the saga " + type_.name + " " + s.saga.id;
}

void outbox::in_trouble(const place& at, const std::string& whose, const error& why) {
  failing_at_ = at;
  failing_ = why;
  failing_->message = whose + ": " + why.message;
}

void outbox::out_of_trouble(const place& at) {
  if (failing_ && failing_at_ == at) failing_.reset();
}

void outbox::try_later(const lane_key& key, base::clock::instant when) {
  due_.emplace(when, key);
}

// ---- rows

bool outbox::commit_due() const {
  if (!uncommitted_since_) return false;
  if (rows_.batch_bytes() >= rows_bytes_max) return true;
  const auto waited = ports_.time.steady() - *uncommitted_since_;
  return waited >= (rows_.changed() ? commit_within : cursor_within);
}

result<void> outbox::commit() {
  auto done =
      ports_.rows.commit(name_, rows_.take_batch(), {.choice = 0, .cursors = follower_->cursors()});
  if (!done) {
    // It is all in the log, and is read again.
    if (auto back = rewind(); !back) return back;
    return done;
  }
  committed_ = follower_->cursors();
  uncommitted_since_.reset();
  rows_.end();
  return read_on();
}

void outbox::finish() {
  if (stopped_) return;
  stopped_ = true;
  if (!uncommitted_since_) return;
  if (auto begun = read_on(); !begun) return;
  if (auto done = commit(); !done) halted_ = done.error();
  rows_.end();
}

}  // namespace reprise::sagas
