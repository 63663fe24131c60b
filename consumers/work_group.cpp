// SPDX-License-Identifier: Apache-2.0
#include "consumers/work_group.hpp"

#include "base/checksum.hpp"
#include "base/log.hpp"
#include "consumers/logged_group.hpp"
#include "persistence/record_envelope.hpp"

#include <algorithm>
#include <span>

namespace reprise::consumers {
namespace {

using persistence::stored_record;

constexpr std::size_t name_bytes_max = 200;
constexpr std::uint32_t parked_most = 1'000;
// What a cause takes at most where it is kept.
constexpr std::size_t cause_bytes_max = 512;

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
  if (options.parked_max == 0 || options.parked_max > parked_most) {
    return wrong("may park " + std::to_string(options.parked_max) +
                 " events of a partition, it must be 1 to " + std::to_string(parked_most));
  }
  return {};
}

persistence::record_filter filter_of(const std::vector<event_choice>& events) {
  persistence::record_filter wanted;
  for (const event_choice& c : events) wanted.events.emplace_back(c.type, c.event);
  return wanted;
}

// What groups keep themselves is nobody's work: each keeping would make another one.
bool is_work(const stored_record& record) {
  return record.kind == persistence::record_kind::event && record.type != logged_group::api::type;
}

// Not within a character.
std::string bounded(const std::string& cause) {
  if (cause.size() <= cause_bytes_max) return cause;
  std::size_t end = cause_bytes_max;
  while (end > 0 && (static_cast<unsigned char>(cause[end]) & 0xc0U) == 0x80U) --end;
  return cause.substr(0, end);
}

}  // namespace

work_group::work_group(const ports& around, group_options options)
    : ports_(around),
      options_(std::move(options)),
      follower_(around.log, {}, filter_of(options_.events)),
      waits_(options_.first_delay, options_.delay_max, around.seed) {}

result<std::unique_ptr<work_group>> work_group::open(const ports& around, group_options options) {
  if (auto fine = check(options); !fine) return std::move(fine).error();
  return std::unique_ptr<work_group>(new work_group(around, std::move(options)));
}

// ---- partitions

position work_group::begins_at(partition_id partition) const {
  return options_.from_now ? ports_.log.committed(partition) : position{};
}

result<void> work_group::take_up(group_share share) {
  const partition_cursor from{share.partition, share.through};
  if (auto there = check_reached(ports_.log, from, "the group " + options_.name + " has come to");
      !there) {
    return there;
  }
  follower_.add(from);
  shares_.emplace(from.partition.value, held_share(std::move(share)));
  return {};
}

void work_group::let_go(partition_id partition) {
  std::erase_if(given_, [&](const auto& one) {
    const auto& [number, g] = one;
    if (g.what.meta.partition != partition) return false;
    take_from(g.to, number);
    return true;
  });
  std::erase_if(lanes_, [&](const auto& one) {
    const lane& l = one.second;
    if (l.partition != partition) return false;
    waiting_ -= l.items.size();
    return true;
  });
  follower_.drop(partition);
  shares_.erase(partition.value);
}

std::vector<group_change> work_group::take_changes(bool ends) {
  std::vector<group_change> out;
  const base::clock::instant now = ports_.time.steady();
  for (auto& [number, share] : shares_) {
    const bool taken = ends ? share.has_news() : share.is_due(ports_.keeping, now);
    if (taken) out.push_back(share.take_change());
  }
  return out;
}

bool work_group::is_outdated(partition_id partition, sequence latest) const {
  const auto found = shares_.find(partition.value);
  return found != shares_.end() && found->second.is_outdated(latest);
}

void work_group::take_orders(const group_share& seen) {
  const auto found = shares_.find(seen.partition.value);
  if (found != shares_.end() && !found->second.take_orders(seen)) let_go(seen.partition);
}

void work_group::kept(partition_id partition, std::uint64_t holding, const result<sequence>& how) {
  const auto found = shares_.find(partition.value);
  if (found == shares_.end() || found->second.holding() != holding) return;
  if (!how) trouble_ = how.error();
  found->second.kept(how, ports_.time.steady());
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
  const auto sooner = [&](base::clock::instant when) {
    if (!out.due || when < *out.due) out.due = when;
  };
  for (const auto& [partition, share] : shares_) {
    const auto when = share.due_at(ports_.keeping);
    if (when) sooner(std::max(*when, now + std::chrono::milliseconds(1)));
  }
  if (!later_.empty()) sooner(later_.begin()->first);
  for (const auto& [number, g] : given_) sooner(g.until);
  return out;
}

result<void> work_group::read(progress& out) {
  if (members_.empty()) return {};
  queue_ordered();
  if (waiting_ >= options_.waiting_max) return {};
  const auto step = follower_.advance([&](const stored_record& record) {
    if (!is_work(record)) return true;
    if (waiting_ >= options_.waiting_max) return false;
    shares_.at(record.partition.value).open(record.at);
    queue({.meta = persistence::envelope_of(record),
           .payload = {record.payload.begin(), record.payload.end()}});
    return true;
  });
  for (const partition_cursor& c : follower_.cursors()) {
    shares_.at(c.partition.value).read_to(c.through);
  }
  if (!step) return step.error();
  out.more = !step->at_end && waiting_ < options_.waiting_max;
  return {};
}

// What was ordered while nobody worked comes first, no more at once than may wait. An event that is
// not in the log any more is not ordered any more either; one that cannot be read stays ordered,
// and holds up nobody.
void work_group::queue_ordered() {
  for (auto& [partition, share] : shares_) {
    while (replaying() < options_.waiting_max) {
      const auto at = share.take_ordered();
      if (!at) break;
      const auto there = queue_parked({{partition}, *at});
      if (!there) {
        trouble_ = there.error();
      } else if (!*there) {
        share.drop_order(*at);
      }
    }
  }
}

bool work_group::is_replaying() const {
  return std::ranges::any_of(shares_, [](const auto& s) { return s.second.is_replaying(); });
}

std::uint64_t work_group::replaying() const {
  std::uint64_t sum = 0;
  for (const auto& [partition, share] : shares_) sum += share.replaying();
  return sum;
}

result<bool> work_group::queue_parked(const partition_cursor& where) {
  bool there = false;
  const auto page =
      ports_.log.scan(where.partition, {.from = where.through, .limit = 1, .window = 1},
                      [&](const stored_record& record) {
                        there = true;
                        shares_.at(where.partition.value).try_again(where.through);
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
  l.partition = what.meta.partition;
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
  take_from(found->second.to, number);
  given_.erase(found);
  if (verdict != group_verdict::park) over(done);
  freed(done.meta.aggregate);
}

// Back to the front of its lane.
void work_group::take_back(std::uint64_t number, bool at_once) {
  const auto found = given_.find(number);
  if (found == given_.end()) return;
  take_from(found->second.to, number);
  item what = std::move(found->second.what);
  given_.erase(found);
  what.not_before =
      at_once ? base::clock::instant{} : ports_.time.steady() + waits_.before(what.assignments);
  const aggregate_key key = what.meta.aggregate;
  lane& l = lanes_[key];
  l.partition = what.meta.partition;
  l.items.push_front(std::move(what));
  l.assigned = false;
  ++waiting_;
  ready_.push_front(key);
}

void work_group::take_from(member_id who, std::uint64_t number) {
  const auto m = members_.find(who);
  if (m == members_.end()) return;
  m->second.has.erase(number);
  std::erase(m->second.unseen, number);
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

// ---- what is done with

void work_group::over(const item& what) {
  held_share& share = shares_.at(what.meta.partition.value);
  if (what.was_parked) {
    share.settle(what.meta.at);
  } else {
    share.done(what.meta.at, ports_.time.steady());
  }
}

result<void> work_group::park(const item& what, const std::string& why) {
  held_share& share = shares_.at(what.meta.partition.value);
  if (!what.was_parked && share.parked().size() >= options_.parked_max) {
    return error{errc::overloaded, "the group " + options_.name + " has parked " +
                                       std::to_string(options_.parked_max) +
                                       " events of partition " +
                                       std::to_string(what.meta.partition.value) + " already"};
  }
  share.park({.partition = what.meta.partition,
              .at = what.meta.at,
              .cause = bounded(why),
              .assignments = what.assignments,
              .parked_at = ports_.time.now()});
  base::log(base::log_level::warning,
            "the group " + options_.name + " has parked an event: " + why);
  return {};
}

// ---- what is seen

group_status work_group::status() const {
  group_status out{.name = options_.name,
                   .workers = members_.size(),
                   .assigned = given_.size(),
                   .waiting = waiting_,
                   .lag_events = follower_.lag(),
                   .stopped = stopped_,
                   .trouble = trouble_};
  for (const auto& [partition, share] : shares_) {
    out.parked += share.parked().size();
    out.cursors.push_back({{partition}, share.kept_through()});
  }
  return out;
}

std::vector<group_parked_event> work_group::parked() const {
  std::vector<group_parked_event> out;
  for (const auto& [partition, share] : shares_) {
    for (const auto& [at, what] : share.parked()) out.push_back(what);
  }
  return out;
}

result<std::uint64_t> work_group::replay_parked(std::uint64_t most) {
  if (is_replaying()) {
    return error{errc::locked, "parked events of " + options_.name + " are being tried already"};
  }
  for (const group_parked_event& e : parked()) {
    if (replaying() == std::min<std::uint64_t>(most, options_.waiting_max)) break;
    if (const auto there = queue_parked({e.partition, e.at}); !there) trouble_ = there.error();
  }
  return replaying();
}

result<std::uint64_t> work_group::drop_parked() {
  if (is_replaying()) {
    return error{errc::locked, "parked events of " + options_.name + " are being tried again"};
  }
  const auto all = parked();
  for (const group_parked_event& e : all) shares_.at(e.partition.value).settle(e.at);
  return std::uint64_t{all.size()};
}

}  // namespace reprise::consumers
