// SPDX-License-Identifier: Apache-2.0
#include "tests/cluster/simulation/cluster.hpp"

#include "messages/entry.hpp"
#include "messages/little_endian.hpp"

#include <algorithm>
#include <set>

namespace reprise::cluster::simulation {

cluster::cluster(std::uint64_t seed, const cluster_options& options)
    : world_(seed), network_(world_), around_{world_, network_, checker_, all_} {
  around_.options = {.partition = {7},
                     .election_timeout = milliseconds(300),
                     .heartbeat = milliseconds(50),
                     .pre_vote = options.pre_vote,
                     .kept_bytes = options.kept_bytes,
                     .kept_entries_max = options.kept_entries_max,
                     .slack_bytes = 2000,
                     .slack_entries = 8,
                     .stall_timeout = milliseconds(1200)};
  membership founders;
  for (std::uint64_t id = 1; id <= options.voters; ++id) founders.push_back({{id}});
  for (std::uint64_t id = 1; id <= options.voters + options.others; ++id) {
    all_.push_back(std::make_unique<replica>(around_, replica_id{id}));
    if (id > options.voters) continue;
    at(id).storage().put(first_entry(around_.options.partition, founders));
    at(id).storage().put(hard_state{.term = {1}});
  }
  for (const auto& each : all_) check(each->start().has_value(), "a sound log is refused");
}

cluster::~cluster() = default;

replica* cluster::leader() {
  replica* best = nullptr;
  for (const auto& each : all_) {
    if (!each->leads()) continue;
    if (best == nullptr || each->core().leadership().term > best->core().leadership().term) {
      best = each.get();
    }
  }
  return best;
}

replica& cluster::elect(milliseconds within) {
  check(run_until([this] { return leader() != nullptr; }, within), "nobody leads");
  return *leader();
}

std::uint64_t cluster::highest_term() {
  std::uint64_t highest = 0;
  for (const auto& each : all_) {
    if (each->up()) highest = std::max(highest, each->core().leadership().term.value);
  }
  return highest;
}

void cluster::let_lead(std::uint64_t id, std::initializer_list<std::uint64_t> with) {
  split(with);
  const bool led = run_until(
      [&] {
        for (const std::uint64_t other : with) {
          if (other != id && at(other).leads()) at(other).hand_over({id});
        }
        return at(id).up() && at(id).core().leadership().state == replica_state::leader &&
               at(id).core().leadership().term.value == highest_term();
      },
      milliseconds(60'000));
  check(led, "replica " + std::to_string(id) + " does not come to lead");
}

void cluster::split(std::initializer_list<std::uint64_t> side) {
  network_.heal();
  const std::set<std::uint64_t> inside(side);
  for (std::uint64_t from = 1; from <= size(); ++from) {
    for (std::uint64_t to = 1; to <= size(); ++to) {
      if (inside.contains(from) != inside.contains(to)) network_.cut({from}, {to});
    }
  }
}

void cluster::calm() {
  network_.heal();
  network_.calm();
  for (const auto& each : all_) {
    each->storage().set_slow({});
    each->set_full(false);
  }
}

void cluster::end_connections(replica& of) {
  for (const auto& each : all_) {
    if (each->id() == of.id()) continue;
    world_.after(world_.up_to(milliseconds(10)),
                 [&one = *each, lost = of.id()] { one.lose(lost); });
  }
}

void cluster::kill(std::uint64_t id) {
  at(id).crash(false);
  end_connections(at(id));
}

void cluster::crash(replica& which, milliseconds for_up_to) {
  which.crash(world_.one_in(2));
  // The power of a computer may be gone as well, and then nobody is told.
  if (!world_.one_in(4)) end_connections(which);
  world_.after(milliseconds(10) + world_.up_to(for_up_to), [&which] {
    check(which.start().has_value(), "a log that went through a crash is refused");
  });
}

void cluster::disturb_network() {
  network_.heal();
  replica& one = any();
  switch (world_.below(4)) {
    case 0:
      break;
    case 1:  // nobody hears it, or it hears nobody, or both
      for (const auto& each : all_) {
        if (each->id() == one.id()) continue;
        if (!world_.one_in(4)) network_.cut(one.id(), each->id());
        if (!world_.one_in(4)) network_.cut(each->id(), one.id());
      }
      break;
    case 2:
      for (int i = 0; i < 3; ++i) network_.cut(any().id(), any().id());
      break;
    default:
      network_.set_loss(world_.one_in(3) ? 200 : 10);
  }
}

void cluster::disturb_disks() {
  for (const auto& each : all_) {
    each->storage().set_slow({});
    each->set_full(false);
  }
  replica& one = any();
  switch (world_.below(4)) {
    case 0:
      one.storage().set_slow(milliseconds(20 + world_.below(600)));
      break;
    case 1:
      one.set_full(true);
      break;
    case 2:
      // All of them, and the leader is cut off: what pre-vote once died of.
      for (const auto& each : all_) each->storage().set_slow(world_.up_to(milliseconds(1500)));
      if (replica* leads = leader(); leads != nullptr) split({leads->id().value});
      break;
    default:
      break;
  }
}

void cluster::change_members() {
  replica* const leads = leader();
  if (leads == nullptr) return;
  using kind = membership_change::kind;
  const replica_id who = any().id();
  const membership now = leads->members();
  const auto found = std::ranges::find(now, who, &member::id);
  if (found == now.end() || found->role == member_role::spare) {
    leads->change(kind::add, who);
  } else if (found->role == member_role::learner) {
    leads->change(world_.one_in(5) ? kind::remove : kind::promote, who);
  } else if (voters_of(now) > 3) {
    leads->change(world_.one_in(3) ? kind::demote : kind::remove, who);
  }
}

void cluster::disturb() {
  switch (world_.below(12)) {
    case 0:
    case 1:
      crash(any(), milliseconds(1500));
      break;
    case 2:
    case 3:
    case 4:
      disturb_network();
      break;
    case 5:
    case 6:
      disturb_disks();
      break;
    case 7:
      if (replica* leads = leader(); leads != nullptr) {
        leads->hand_over({world_.one_in(2) ? 0 : any().id().value});
      }
      break;
    case 8:
    case 9:
      change_members();
      break;
    case 10:
      if (!world_.one_in(4)) break;
      for (const auto& each : all_) crash(*each, milliseconds(500));
      break;
    default:
      // For no reason, and each is heard again.
      end_connections(any());
      break;
  }
}

bool cluster::agrees() {
  replica* const leads = leader();
  if (leads == nullptr) return false;
  const committed_place end = leads->core().committed();
  if (end.index != leads->core().last_index()) return false;
  return std::ranges::all_of(leads->members(), [&](const member& each) {
    return each.role == member_role::spare ||
           (at(each.id.value).up() && at(each.id.value).core().committed() == end &&
            at(each.id.value).storage().last() == end.index);
  });
}

void cluster::recover() {
  calm();
  for (const auto& each : all_) {
    check(each->start().has_value(), "a log that went through a crash is refused");
  }
  elect(milliseconds(20'000));
  std::set<std::uint64_t> last;
  const bool served = run_until(
      [&] {
        const auto& done = checker_.acknowledged();
        if (std::ranges::count_if(last, [&](std::uint64_t c) { return done.contains(c); }) >= 5) {
          return true;
        }
        if (replica* leads = leader(); leads != nullptr) last.insert(leads->propose(1));
        last.erase(0);
        return false;
      },
      milliseconds(20'000));
  check(served, "commands are not acknowledged after everything was mended");
  const bool agreed = run_until([this] { return agrees(); }, milliseconds(30'000));
  check(agreed, "the replicas do not agree after everything was mended");
  compare_logs();
  count_commands();
}

void cluster::compare_logs() {
  std::vector<log_image> logs;
  for (const auto& each : all_) logs.push_back(each->durable_log());
  for (std::size_t i = 0; i < logs.size(); ++i) {
    for (std::size_t j = i + 1; j < logs.size(); ++j) checker::compare_logs(logs[i], logs[j]);
  }
}

void cluster::count_commands() {
  replica& leads = *leader();
  std::set<std::uint64_t> found;
  for (log_index index{1}; index <= leads.storage().last(); index = index.next()) {
    const bytes stored = *leads.storage().read(index);
    if (open_log_entry(stored)->kind != entry_kind::records) continue;
    const auto entry = *messages::entry::open(stored);
    const auto first = *entry.at(entry.header().first);
    const auto command = messages::load<std::uint64_t>(first.payload.data());
    check(found.insert(command).second, "command " + std::to_string(command) + " stands twice");
  }
  for (const std::uint64_t command : checker_.acknowledged()) {
    check(found.contains(command), "command " + std::to_string(command) + " is lost");
  }
}

campaign_result run_campaign(std::uint64_t seed, const cluster_options& options,
                             milliseconds disturbed) {
  cluster all(seed, options);
  for (milliseconds time{}; time < disturbed; time += milliseconds(10)) {
    all.run_for(milliseconds(10));
    if (!all.chance().one_in(4)) {
      for (std::uint64_t id = 1; id <= all.size(); ++id) {
        all.at(id).propose(1 + static_cast<std::uint32_t>(all.chance().below(5)),
                           8 * all.chance().below(20));
      }
    }
    if (time.count() % 250 == 0) all.disturb();
    if (time.count() % 1000 == 0) all.compare_logs();
  }
  all.recover();
  const surroundings& counts = all.counts();
  return {.proposed = counts.proposed,
          .acknowledged = all.checks().acknowledged().size(),
          .fills = counts.fills,
          .crashes = counts.crashes,
          .cuts = counts.cuts,
          .changes = counts.changes,
          .transfers = counts.transfers,
          .terms = all.checks().terms_led()};
}

}  // namespace reprise::cluster::simulation
