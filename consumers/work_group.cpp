// SPDX-License-Identifier: Apache-2.0
#include "consumers/work_group.hpp"

#include "base/checksum.hpp"
#include "base/log.hpp"
#include "persistence/record_envelope.hpp"

#include <algorithm>
#include <span>

namespace reprise::consumers {
namespace {

using persistence::stored_record;

constexpr std::size_t name_bytes_max = 200;
constexpr checkpoint_limits saving{
    .events = 1'000, .passed = 65'536, .within = std::chrono::seconds(1)};

result<void> check(const group_options& options) {
  const auto wrong = [&](const std::string& why) {
    return error{errc::invalid_argument, "the group " + options.name + " " + why};
  };
  if (options.name.empty() || options.name.size() > name_bytes_max) {
    return wrong("has a name of " + std::to_string(options.name.size()) +
                 " bytes, it must be 1 to " + std::to_string(name_bytes_max));
  }
  if (options.answer_within.count() < 1 || options.first_delay.count() < 1 ||
      options.delay_max.count() < 1) {
    return wrong("has a time of less than 1 ms");
  }
  if (options.assignments_max == 0 || options.waiting_max == 0) {
    return wrong("has a limit of 0, it must be at least 1");
  }
  return {};
}

}  // namespace

work_group::work_group(const ports& around, group_options options)
    : ports_(around),
      options_(std::move(options)),
      rule_(saving),
      waits_(options_.first_delay, options_.delay_max, around.seed) {}

result<std::unique_ptr<work_group>> work_group::open(const ports& around, group_options options) {
  if (auto fine = check(options); !fine) return std::move(fine).error();
  std::unique_ptr<work_group> made(new work_group(around, std::move(options)));
  if (auto begun = made->begin(); !begun) return std::move(begun).error();
  return made;
}

result<void> work_group::begin() {
  const auto stored = ports_.rows.read(group_rows(options_.name));
  if (!stored) return stored.error();
  const auto taken = (*stored)->taken_at();
  if (!taken) return taken.error();
  auto from = cursors_behind(ports_.log, *taken, "the group " + options_.name + " has come to");
  if (!from) return std::move(from).error();
  const bool at_the_end = !*taken && options_.from_now;
  if (at_the_end) {
    for (partition_cursor& c : *from) c.through = ports_.log.committed(c.partition);
  }
  saved_ = *from;
  persistence::record_filter wanted;
  for (const event_choice& c : options_.events) wanted.events.emplace_back(c.type, c.event);
  follower_.emplace(ports_.log, std::move(*from), std::move(wanted));
  const auto there = parked_in(**stored);
  if (!there) return there.error();
  parked_ = there->size();
  const auto ordered = ordered_in(**stored);
  if (!ordered) return ordered.error();
  ordered_.assign(ordered->begin(), ordered->end());
  return at_the_end ? save({}) : result<void>();
}

// ---- members

work_group::member_id work_group::join(std::uint32_t window) {
  members_.emplace(++last_member_, member{.window = std::max(window, 1U)});
  stopped_ = false;
  return last_member_;
}

void work_group::leave(member_id who) {
  const auto found = members_.find(who);
  if (found == members_.end()) return;
  // The last first, so that each lane has them in their order.
  const std::vector<std::uint64_t> left(found->second.has.rbegin(), found->second.has.rend());
  members_.erase(found);
  for (const std::uint64_t number : left) take_back(number, true);
  std::ranges::replace(pinned_, who, member_id{0});
}

// ---- reading

work_group::progress work_group::advance() {
  progress out;
  if (stopped_) return out;
  expire();
  if (auto done = read(out); !done) {
    trouble_ = std::move(done).error();
    out.due = ports_.time.steady() + std::chrono::seconds(1);
  }
  const base::clock::instant now = ports_.time.steady();
  while (!later_.empty() && later_.begin()->first <= now) {
    ready_.push_back(later_.begin()->second);
    later_.erase(later_.begin());
  }
  assign();
  if (rule_.due(now)) {
    if (auto saved = save({}); !saved) trouble_ = std::move(saved).error();
  }
  const auto sooner = [&](base::clock::instant when) {
    if (!out.due || when < *out.due) out.due = when;
  };
  if (const auto when = rule_.due_at()) sooner(std::max(*when, now + std::chrono::milliseconds(1)));
  if (!later_.empty()) sooner(later_.begin()->first);
  for (const auto& [number, g] : given_) sooner(g.until);
  return out;
}

result<void> work_group::read(progress& out) {
  if (members_.empty()) return {};
  if (auto queued = queue_ordered(); !queued) return queued;
  if (waiting_ >= options_.waiting_max) return {};
  const auto step = follower_->advance([&](const stored_record& record) {
    if (record.kind != persistence::record_kind::event) return true;
    if (waiting_ >= options_.waiting_max) return false;
    open_.emplace(record.partition.value, record.at.value);
    queue({.meta = persistence::envelope_of(record),
           .payload = {record.payload.begin(), record.payload.end()}});
    return true;
  });
  if (!step) return step.error();
  rule_.passed(step->passed, ports_.time.steady());
  out.more = !step->at_end && waiting_ < options_.waiting_max;
  return {};
}

// What was ordered while nobody worked comes first, no more at once than may wait. An event that is
// not in the log any more is not ordered any more either; one that cannot be read stays ordered,
// and holds up nobody.
result<void> work_group::queue_ordered() {
  persistence::row_changes changes;
  while (!ordered_.empty() && replayed_ < options_.waiting_max) {
    const partition_cursor where = ordered_.front();
    ordered_.pop_front();
    const auto there = queue_parked(where);
    if (!there) {
      trouble_ = there.error();
    } else if (!*there) {
      forget_ordered(where, changes);
    }
  }
  return changes.empty() ? result<void>() : save(changes);
}

result<bool> work_group::queue_parked(const partition_cursor& where) {
  bool there = false;
  const auto page =
      ports_.log.scan(where.partition, {.from = where.through, .limit = 1, .window = 1},
                      [&](const stored_record& record) {
                        there = true;
                        ++replayed_;
                        queue({.meta = persistence::envelope_of(record),
                               .payload = {record.payload.begin(), record.payload.end()},
                               .was_parked = true});
                        return false;
                      });
  if (!page) return page.error();
  return there;
}

void work_group::queue(item what) {
  const aggregate_key key = what.meta.aggregate;
  lane& l = lanes_[key];
  l.items.push_back(std::move(what));
  ++waiting_;
  if (l.items.size() == 1 && !l.assigned) ready_.push_back(key);
}

// ---- assigning

void work_group::assign() {
  // Each lane once: one whose worker is full keeps its turn for the next time.
  const std::size_t lanes = ready_.size();
  std::deque<aggregate_key> kept;
  for (std::size_t i = 0; i < lanes; ++i) {
    aggregate_key key = std::move(ready_.front());
    ready_.pop_front();
    const auto found = lanes_.find(key);
    if (found == lanes_.end() || found->second.assigned || found->second.items.empty()) continue;
    if (!assign_first(key, found->second)) kept.push_back(std::move(key));
  }
  ready_.insert(ready_.begin(), kept.begin(), kept.end());
}

bool work_group::assign_first(const aggregate_key& key, lane& l) {
  const base::clock::instant now = ports_.time.steady();
  item& first = l.items.front();
  if (first.not_before > now) {
    later_.emplace(first.not_before, key);
    return true;
  }
  member_id who = 0;
  member* const taker = taker_of(key, who);
  if (taker == nullptr) return false;
  ++first.assignments;
  const std::uint64_t number = ++last_number_;
  given_.emplace(number,
                 given{.to = who, .what = std::move(first), .until = now + options_.answer_within});
  l.items.pop_front();
  l.assigned = true;
  --waiting_;
  taker->has.insert(number);
  taker->unseen.push_back(number);
  return true;
}

work_group::member* work_group::taker_of(const aggregate_key& key, member_id& who) {
  if (members_.empty()) return nullptr;
  if (options_.how == group_options::sharing::in_turn) return in_turn(who);
  const auto text = std::as_bytes(std::span(key.id.data(), key.id.size()));
  member_id& pinned = pinned_[base::checksum64(text, key.type.value) % buckets];
  if (pinned == 0) {
    // Whoever has the fewest.
    std::map<member_id, std::size_t> loads;
    for (const auto& [id, m] : members_) loads[id] = 0;
    for (const member_id id : pinned_) {
      if (id != 0) ++loads[id];
    }
    pinned = std::ranges::min_element(loads, {}, [](const auto& l) { return l.second; })->first;
  }
  who = pinned;
  member& m = members_.at(who);
  return m.has.size() < m.window ? &m : nullptr;
}

// The next one behind the last whose window is not full.
work_group::member* work_group::in_turn(member_id& who) {
  auto at = members_.upper_bound(turn_);
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (at == members_.end()) at = members_.begin();
    if (at->second.has.size() < at->second.window) {
      who = turn_ = at->first;
      return &at->second;
    }
    ++at;
  }
  return nullptr;
}

std::optional<work_group::assignment> work_group::take(member_id who) {
  const auto found = members_.find(who);
  if (stopped_ || found == members_.end() || found->second.unseen.empty()) return {};
  const std::uint64_t number = found->second.unseen.front();
  found->second.unseen.pop_front();
  const item& what = given_.at(number).what;
  return assignment{.number = number,
                    .assignments = what.assignments,
                    .meta = what.meta,
                    .payload = what.payload};
}

bool work_group::has_work(member_id who) const {
  const auto found = members_.find(who);
  return !stopped_ && found != members_.end() && !found->second.unseen.empty();
}

// ---- answers

void work_group::answer(std::uint64_t number, std::optional<group_verdict> failed,
                        const std::string& why) {
  const auto found = given_.find(number);
  if (found == given_.end()) return;
  group_verdict verdict = failed.value_or(group_verdict::skip);
  const item& what = found->second.what;
  if (verdict == group_verdict::retry && what.assignments >= options_.assignments_max) {
    verdict = group_verdict::park;
  }
  if (failed && verdict != group_verdict::skip) {
    trouble_ =
        error{errc::handler_failed, "the group " + options_.name + " at position " +
                                        std::to_string(what.meta.at.value) + " of partition " +
                                        std::to_string(what.meta.partition.value) + ": " + why};
    failing_ = place{what.meta.partition.value, what.meta.at.value};
  }
  switch (verdict) {
    case group_verdict::retry:
      take_back(number, false);
      return;
    case group_verdict::stop:
      take_back(number, true);
      stopped_ = true;
      return;
    case group_verdict::park:
      if (auto parked = park(what, why); !parked) {
        trouble_ = std::move(parked).error();
        take_back(number, false);
        return;
      }
      break;
    case group_verdict::skip:
      if (failing_ == place{what.meta.partition.value, what.meta.at.value}) {
        trouble_.reset();
        failing_.reset();
      }
      break;
  }
  const item done = what;
  if (const auto m = members_.find(found->second.to); m != members_.end()) {
    m->second.has.erase(number);
    std::erase(m->second.unseen, number);
  }
  given_.erase(found);
  if (verdict != group_verdict::park) over(done);
  freed(done.meta.aggregate);
}

// Back to the front of its lane.
void work_group::take_back(std::uint64_t number, bool at_once) {
  const auto found = given_.find(number);
  if (found == given_.end()) return;
  if (const auto m = members_.find(found->second.to); m != members_.end()) {
    m->second.has.erase(number);
    std::erase(m->second.unseen, number);
  }
  item what = std::move(found->second.what);
  given_.erase(found);
  what.not_before =
      at_once ? base::clock::instant{} : ports_.time.steady() + waits_.before(what.assignments);
  const aggregate_key key = what.meta.aggregate;
  lane& l = lanes_[key];
  l.items.push_front(std::move(what));
  l.assigned = false;
  ++waiting_;
  ready_.push_front(key);
}

void work_group::expire() {
  const base::clock::instant now = ports_.time.steady();
  std::vector<std::uint64_t> late;
  for (const auto& [number, g] : given_) {
    if (g.until <= now) late.push_back(number);
  }
  for (const std::uint64_t number : late) answer(number, group_verdict::retry, "no answer in time");
}

void work_group::freed(const aggregate_key& key) {
  const auto found = lanes_.find(key);
  if (found == lanes_.end()) return;
  found->second.assigned = false;
  if (found->second.items.empty()) {
    lanes_.erase(found);
  } else {
    ready_.push_back(key);
  }
}

// ---- what is kept

void work_group::over(const item& what) {
  rule_.handled(ports_.time.steady());
  if (!what.was_parked) {
    open_.erase({what.meta.partition.value, what.meta.at.value});
    return;
  }
  --replayed_;
  persistence::row_changes changes;
  forget_parked({what.meta.partition, what.meta.at}, changes);
  if (auto gone = save(changes); !gone) {
    // It is done, and still counts as parked; trying it again is allowed.
    trouble_ = std::move(gone).error();
    return;
  }
  --parked_;
}

result<void> work_group::park(const item& what, const std::string& why) {
  const place where{what.meta.partition.value, what.meta.at.value};
  const bool was_open = open_.erase(where) > 0;
  persistence::row_changes changes;
  // An order to try it again is carried out with this.
  forget_parked({what.meta.partition, what.meta.at}, changes);
  note_parked({.partition = what.meta.partition,
               .at = what.meta.at,
               .cause = why,
               .assignments = what.assignments,
               .parked_at = ports_.time.now()},
              changes);
  if (auto saved = save(changes); !saved) {
    if (was_open) open_.insert(where);
    return saved;
  }
  base::log(base::log_level::warning,
            "the group " + options_.name + " has parked an event: " + why);
  if (what.was_parked) {
    --replayed_;
  } else {
    ++parked_;
  }
  return {};
}

std::vector<partition_cursor> work_group::safe_cursors() const {
  std::vector<partition_cursor> out = follower_->cursors();
  for (partition_cursor& c : out) {
    const auto first = open_.lower_bound({c.partition.value, 0});
    if (first != open_.end() && first->first == c.partition.value) c.through = {first->second - 1};
  }
  return out;
}

result<void> work_group::save(const persistence::row_changes& changes) {
  std::vector<partition_cursor> cursors = safe_cursors();
  auto done =
      ports_.rows.commit(group_rows(options_.name), changes, {.choice = 0, .cursors = cursors});
  if (!done) return done;
  saved_ = std::move(cursors);
  rule_.saved();
  return {};
}

void work_group::finish() {
  if (!rule_.unsaved()) return;
  if (auto saved = save({}); !saved) trouble_ = std::move(saved).error();
}

// ---- parked events

group_status work_group::status() const {
  return {.name = options_.name,
          .workers = members_.size(),
          .assigned = given_.size(),
          .waiting = waiting_,
          .lag_events = follower_->lag(),
          .parked = parked_,
          .cursors = saved_,
          .stopped = stopped_,
          .trouble = trouble_};
}

result<std::vector<group_parked_event>> work_group::parked() const {
  const auto stored = ports_.rows.read(group_rows(options_.name));
  if (!stored) return stored.error();
  return parked_in(**stored);
}

result<std::uint64_t> work_group::replay_parked(std::uint64_t most) {
  if (replayed_ > 0 || !ordered_.empty()) {
    return error{errc::locked, "parked events of " + options_.name + " are being tried already"};
  }
  const auto all = parked();
  if (!all) return all.error();
  for (const group_parked_event& e : *all) {
    if (replayed_ == std::min<std::uint64_t>(most, options_.waiting_max)) break;
    if (const auto there = queue_parked({e.partition, e.at}); !there) trouble_ = there.error();
  }
  return replayed_;
}

result<std::uint64_t> work_group::drop_parked() {
  if (replayed_ > 0 || !ordered_.empty()) {
    return error{errc::locked, "parked events of " + options_.name + " are being tried again"};
  }
  const auto all = parked();
  if (!all) return all.error();
  persistence::row_changes changes;
  for (const group_parked_event& e : *all) forget_parked({e.partition, e.at}, changes);
  if (auto gone = save(changes); !gone) return std::move(gone).error();
  parked_ = 0;
  return std::uint64_t{all->size()};
}

}  // namespace reprise::consumers
