// SPDX-License-Identifier: Apache-2.0
#include "cluster/replication.hpp"

#include "base/log.hpp"
#include "cluster/chosen_voters.hpp"
#include "cluster/member_changes.hpp"

#include <algorithm>
#include <deque>
#include <iterator>
#include <utility>

namespace reprise::cluster {
namespace {

// A peer that has just come is given no leadership: it may go again at once.
constexpr unsigned ticks_before_trust = 40;
// So many leaderships move at once; asks of those partitions wait a little.
constexpr unsigned moves_at_once = 2;
// Of a partition's log in memory, however many partitions there are.
constexpr std::size_t kept_bytes_least = std::size_t{256} << 10U;
// What was not believed may be believed now; what was not told may not have arrived.
constexpr unsigned reconsider_every_ticks = 20;
constexpr unsigned announce_every_ticks = 100;

}  // namespace

replication::replication(const replication_options& options,
                         persistence::replicated_journal& journal, peer_transport& transport,
                         role_listener& roles, const base::clock& time, run_elsewhere elsewhere,
                         node_registry registry)
    : options_(options),
      journal_(journal),
      transport_(transport),
      roles_(roles),
      time_(time),
      elsewhere_(std::move(elsewhere)),
      budget_(options.memory_bytes_max),
      registry_(std::move(registry)),
      known_leaders_(journal.partitions()),
      leads_in_(journal.partitions()),
      heard_(journal.partitions()),
      heard_ends_(journal.partitions()),
      holds_(journal.partitions()),
      ends_(*this, transport, time, options.seed),
      // Far from those of the others, which an answer would be taken for otherwise.
      confirmations_(*this, transport, ~options.seed) {}

replication::~replication() = default;

result<std::unique_ptr<replication>> replication::start(const replication_options& options,
                                                        persistence::replicated_journal& journal,
                                                        peer_transport& transport,
                                                        role_listener& roles,
                                                        const base::clock& time,
                                                        run_elsewhere elsewhere) {
  auto registry = node_registry::open(journal, {.self = options.self,
                                                .founders = options.founders,
                                                .cluster = options.cluster,
                                                .seed = options.seed,
                                                .copies = options.copies});
  if (!registry) return std::move(registry).error();
  std::unique_ptr<replication> made(new replication(options, journal, transport, roles, time,
                                                    std::move(elsewhere), std::move(*registry)));
  if (auto begun = made->begin_logs(); !begun) return std::move(begun).error();
  journal.start(*made);
  auto started = made->start_groups();
  if (started) return made;
  // It tells nobody any more from here on.
  journal.close();
  return std::move(started).error();
}

// The first entry of each founder's log says who takes part, and is the same on all of them; where
// a node alone has written before, it stands behind that. Whoever joins gets it from others, like
// all the rest.
result<void> replication::begin_logs() {
  std::deque<bytes> stored;
  std::vector<persistence::replica_entry> begun;
  for (std::uint32_t i = 0; i < journal_.partitions(); ++i) {
    const partition_id partition{i};
    const std::uint64_t last = journal_.last_index(partition);
    const bool unbegun = (last == 0 || journal_.stands_alone()) &&
                         journal_.note(partition) == persistence::replica_note{} &&
                         !journal_.damage(partition);
    if (!unbegun || !registry_.is_founder()) continue;
    const bytes& entry =
        stored.emplace_back(first_entry(partition, registry_.founders(partition),
                                        {.index = {last}, .at = journal_.committed(partition)}));
    begun.push_back(
        {.header = messages::entry::claimed_header(entry), .stored = entry, .members = true});
  }
  if (!registry_.is_new() && begun.empty()) return {};
  return journal_.begin(registry_.remembered(), begun);
}

result<void> replication::start_groups() {
  groups_.resize(journal_.partitions());
  const std::size_t share = std::max(
      kept_bytes_least, options_.memory_bytes_max / memory_budget::roomy_part / groups_.size());
  for (std::uint32_t i = 0; i < groups_.size(); ++i) {
    const replica_group::options how{
        .raft = {.partition = {i},
                 .self = registry_.self(),
                 .seed = options_.seed ^ ((std::uint64_t{i} + 1) * 0x9e3779b97f4a7c15U),
                 .election_timeout = options_.election_timeout,
                 .heartbeat = options_.heartbeat,
                 .kept_bytes = options_.kept_bytes,
                 .kept_bytes_shared = share,
                 .kept_entries_max = options_.kept_entries_max,
                 .slack_bytes = options_.kept_bytes / 2,
                 .slack_entries = options_.kept_entries_max / 4}};
    auto group = replica_group::start(how, journal_, *this, time_, budget_);
    if (group) {
      groups_[i] = std::move(*group);
      holds_[i].store(groups_[i]->is_member(), std::memory_order_release);
      continue;
    }
    if (group.error().code != errc::corrupt) return std::move(group).error();
    base::log(base::log_level::error, "partition " + std::to_string(i) +
                                          " takes no part on this node: " + group.error().message);
  }
  return {};
}

replica_group* replication::group(partition_id partition) {
  return partition.value < groups_.size() ? groups_[partition.value].get() : nullptr;
}

// What the journal tells.

template <class Tell>
void replication::note(Tell&& tell) {
  told_.with(std::forward<Tell>(tell));
  transport_.wake();
}

void replication::staged(partition_id partition) {
  note([&](told_by_journal& told) { told.staged.push_back(partition); });
}
void replication::written(partition_id partition, std::uint64_t number) {
  note([&](told_by_journal& told) { told.written.emplace_back(partition, number); });
}
void replication::folded(partition_id partition, std::uint64_t /*index*/) {
  note([&](told_by_journal& told) { told.folded.push_back(partition); });
}
void replication::damaged(partition_id partition, const error& why) {
  note([&](told_by_journal& told) { told.damaged.emplace_back(partition, why); });
}
void replication::storage_full(bool full) {
  note([&](told_by_journal& told) { told.full = full; });
}
void replication::storage_failed(const error& why) {
  note([&](told_by_journal& told) { told.failed = why; });
}

// The driver's inputs.

void replication::woken() {
  told_by_journal told =
      told_.with([](told_by_journal& t) { return std::exchange(t, told_by_journal{}); });
  for (const auto& [partition, number] : told.written) {
    if (replica_group* g = group(partition)) g->written(number);
  }
  for (const auto& [partition, why] : told.damaged) {
    if (replica_group* g = group(partition)) g->fail(why);
  }
  for (const partition_id partition : told.folded) {
    if (replica_group* g = group(partition)) g->folded();
  }
  for (const partition_id partition : told.staged) {
    if (replica_group* g = group(partition)) g->propose();
  }
  const bool of_all = told.full || told.failed;
  for (const auto& g : groups_) {
    if (!of_all) break;
    if (g && told.full) g->storage(*told.full ? storage_state::full : storage_state::writable);
    if (g && told.failed) g->fail(*told.failed);
  }
  for (auto& [to, body] : told.answers) {
    // What is lost is asked for again.
    static_cast<void>(transport_.send_bulk(to, frame_kind::fill_answer, std::move(body)));
  }
  ends_.flush();
  flush();
}

void replication::tick() {
  ++ticks_;
  for (auto& [id, p] : peers_) ++p.ticks_connected;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if (!groups_[i]) continue;
    groups_[i]->tick();
    holds_[i].store(groups_[i]->is_member(), std::memory_order_release);
  }
  const auto is_due = [&](unsigned every) { return every != 0 && ticks_ % every == 0; };
  if (is_due(options_.balance_every_ticks)) balance();
  if (is_due(options_.change_every_ticks)) {
    change_members();
    let_go();
  }
  if (is_due(reconsider_every_ticks)) reconsider();
  if (is_due(announce_every_ticks)) announce();
  if (std::exchange(leads_changed_, false) || is_due(options_.notice_every_ticks)) tell_of_leads();
  ends_.tick();
  confirmations_.tick();
  flush();
}

// In each partition that is known here somebody else votes, and is to go on voting.
bool replication::others_vote(replica_id but) const {
  return std::ranges::all_of(groups_, [&](const auto& g) {
    if (!g || g->failure()) return true;
    return std::ranges::any_of(g->members(), [&](const member& m) {
      return m.id != but && m.role == member_role::voter && is_to_vote(m.id);
    });
  });
}

// Only what a copy says that is in touch with its partition counts: an old one, or an empty one,
// knows nothing of who has come.
bool replication::is_out(replica_id id) const {
  return std::ranges::all_of(groups_, [&](const auto& g) {
    if (!g || g->failure()) return true;
    const bool in_touch = g->role().leader.value != 0 && !g->members().empty();
    return in_touch && !contains(g->members(), id);
  });
}

// Who is to lead instead of this node: each of those that are there in turn, for one may not be
// prepared; 0 for nobody. Those that go on voting come before others.
replica_id replication::successor(partition_id partition, const replica_group& g) {
  const std::set<replica_id> chosen = chosen_voters(partition, registry_.nodes());
  std::vector<replica_id> able;
  for (const bool must_be_chosen : {true, false}) {
    for (const member& m : g.members()) {
      const bool can = m.role == member_role::voter && believes(m.id) && is_to_vote(m.id);
      if (can && (chosen.contains(m.id) || !must_be_chosen)) able.push_back(m.id);
    }
    if (!able.empty()) break;
  }
  return able.empty() ? replica_id{} : able[handed_over_++ % able.size()];
}

void replication::let_go() {
  std::vector<std::string> names;
  for (const auto& [id, p] : peers_) {
    if (is_gone(id) && is_out(id)) names.push_back(p.name);
  }
  for (const std::string& name : names) {
    base::log(base::log_level::info, "node " + name + " takes part in nothing any more");
    disconnected(name);
  }
  if (!names.empty()) roles_.nodes_changed();
}

// What is wished of the nodes is done by whoever leads, partition by partition.
void replication::change_members() {
  const auto running = static_cast<unsigned>(
      std::ranges::count_if(groups_, [](const auto& g) { return g && g->is_changing(); }));
  unsigned free = options_.changes_at_once - std::min(running, options_.changes_at_once);
  const auto is_here = [&](replica_id id) { return id == registry_.self() || believes(id); };
  for (std::size_t i = 0; i < groups_.size() && free > 0; ++i) {
    const auto partition = static_cast<std::uint32_t>((i + ticks_) % groups_.size());
    const auto& g = groups_[partition];
    if (!g || !g->role().leads || g->is_changing()) continue;
    const auto step = next_change({partition}, g->members(), registry_.nodes(), is_here);
    if (!step) continue;
    if (step->replica != registry_.self()) {
      if (g->change_membership(*step)) --free;
    } else if (const replica_id next = successor({partition}, *g); next.value != 0) {
      // Whoever leads then takes this node out.
      if (g->hand_over(next)) --free;
    }
  }
}

void replication::received(replica_id id, frame_kind kind, bytes_view body) {
  if (!believes(id)) return;
  if (kind == frame_kind::consensus) {
    receive_batch(id, body);
  } else if (kind == frame_kind::fill_question) {
    answer_question(id, body);
  } else if (kind == frame_kind::fill_answer) {
    take_answer(body);
  } else if (kind == frame_kind::lead) {
    hear_of_leads(id, body);
  } else if (kind == frame_kind::standing_question) {
    tell_standings(id, body);
  } else if (kind == frame_kind::standing_answer) {
    ends_.received_answer(id, body);
    confirmations_.received_answer(id, body);
  }
  flush();
}

void replication::receive_batch(replica_id id, bytes_view body) {
  const auto messages = read_peer_batch(body);
  if (!messages) {
    base::log(
        base::log_level::warning,
        "node " + peers_.at(id).name + " sent what cannot be read: " + messages.error().message);
    return;
  }
  for (const peer_message& message : *messages) {
    replica_group* const g = group(message.partition);
    if (g == nullptr || message.from != id || message.to != registry_.self()) continue;
    if (const auto taken = g->receive(id, message.body); !taken) {
      base::log(base::log_level::warning,
                "node " + peers_.at(id).name +
                    " sent what no sound replica sends: " + taken.error().message);
    }
  }
}

void replication::hear_of_leads(replica_id from, bytes_view body) {
  const auto notices = decode_lead_notices(body);
  if (!notices) {
    base::log(
        base::log_level::warning,
        "node " + peers_.at(from).name + " sent what cannot be read: " + notices.error().message);
    return;
  }
  for (const lead_notice& notice : *notices) {
    replica_group* const g = group(notice.partition);
    if (g == nullptr || !heard_[notice.partition.value].hear(from, notice)) continue;
    heard_ends_[notice.partition.value].store(notice.committed.value, std::memory_order_release);
    g->hear(heard_[notice.partition.value]);
  }
}

// Whoever has no copy hears nothing of consensus, and must know where commands are to go.
void replication::tell_of_leads() {
  for (const auto& [id, p] : peers_) {
    std::vector<lead_notice> notices;
    for (const auto& g : groups_) {
      if (!g || !g->role().leads || contains(g->members(), id)) continue;
      notices.push_back({.partition = g->partition(),
                         .in_term = g->role().in_term,
                         .committed = g->core().committed().at,
                         .members = g->members()});
    }
    // What is lost is said again.
    if (!notices.empty()) {
      static_cast<void>(transport_.send(id, frame_kind::lead, encode(notices)));
    }
  }
}

void replication::answer_question(replica_id id, bytes_view body) {
  const auto asked = decode_fill_question(body);
  if (!asked || asked->partition.value >= groups_.size()) return;
  elsewhere_([this, id, asked = *asked] {
    fill_answer_message out{
        .partition = asked.partition, .target = asked.question.target, .from = asked.question.from};
    auto found = answer_fill(stored_log(journal_, asked.partition), asked.question);
    if (found) out.answer = std::move(*found);
    note([&](told_by_journal& told) { told.answers.emplace_back(id, encode(out)); });
  });
}

void replication::tell_standings(replica_id id, bytes_view body) {
  const auto asked = decode_standing_question(body);
  if (!asked) return;
  // What is lost is asked for again.
  static_cast<void>(transport_.send(
      id, frame_kind::standing_answer,
      encode(standing_answer{.round = asked->round, .standings = standings(asked->of)})));
}

void replication::take_answer(bytes_view body) {
  auto answer = decode_fill_answer(body);
  if (!answer) return;
  if (replica_group* g = group(answer->partition)) {
    g->take(std::move(answer->answer), answer->from);
  }
}

void replication::flush() {
  if (std::exchange(roles_changed_, false)) confirmations_.look();
  for (auto& [id, p] : peers_) {
    while (!p.batch.empty()) {
      // What finds no room is lost, as a network might lose it.
      if (!transport_.send(id, frame_kind::consensus, p.batch.take())) p.batch.clear();
    }
  }
}

// What a group asks for.

void replication::carry(const peer_message& message) {
  const auto found = peers_.find(message.to);
  if (found == peers_.end()) return;
  static_cast<void>(found->second.batch.add(message));
}

void replication::role_changed(partition_id partition, const replica_role& role) {
  leads_in_[partition.value].store(role.leads ? role.in_term.value : 0, std::memory_order_release);
  known_leaders_[partition.value].store(role.leader.value, std::memory_order_release);
  leads_changed_ = leads_changed_ || role.leads;
  roles_changed_ = true;
  roles_.role_changed(partition, role);
}

bool replication::ask_to_fill(partition_id partition, const fill_question& question) {
  if (peers_.empty()) return false;
  // Each in turn: any of them may have it.
  const auto whom =
      std::next(peers_.begin(), static_cast<std::ptrdiff_t>(fills_asked_++ % peers_.size()));
  return transport_.send(
      whom->first, frame_kind::fill_question,
      encode(fill_question_message{.partition = partition, .question = question}));
}

// Leadership.

term replication::leads_in(partition_id partition) const {
  return {leads_in_[partition.value].load(std::memory_order_acquire)};
}

replica_id replication::leader(partition_id partition) const {
  return {known_leaders_[partition.value].load(std::memory_order_acquire)};
}

position replication::known_end(partition_id partition) const {
  return std::max(journal_.committed(partition),
                  {heard_ends_[partition.value].load(std::memory_order_acquire)});
}

std::chrono::milliseconds replication::age(partition_id partition) const {
  if (leads(partition)) return std::chrono::milliseconds(0);
  const auto& g = groups_[partition.value];
  const auto current = g ? g->current_at() : std::nullopt;
  if (!current) return std::chrono::milliseconds::max();
  return std::chrono::ceil<std::chrono::milliseconds>(time_.steady() - *current);
}

void replication::confirm_leadership(partition_id partition, const lead_confirmation::told& then) {
  if (!leads(partition)) {
    return then(error{errc::unavailable, "this node does not lead the partition"});
  }
  confirmations_.confirm(partition, then);
}

result<void> replication::hand_over(partition_id partition, replica_id to) {
  replica_group* const g = group(partition);
  if (g == nullptr) return error{errc::unavailable, "this node has no such replica"};
  auto begun = g->hand_over(to);
  flush();
  return begun;
}

void replication::hand_over_all() {
  for (std::uint32_t i = 0; i < groups_.size(); ++i) {
    const auto& g = groups_[i];
    if (!g || !g->role().leads) continue;
    const replica_id next = successor({i}, *g);
    if (next.value != 0) static_cast<void>(g->hand_over(next));
  }
  flush();
}

// What this node leads more than others goes to who leads least, as far as is known here. Nobody
// gives anything for a difference of one, so what was moved by hand stays.
void replication::balance() {
  std::map<replica_id, std::size_t> leads{{registry_.self(), 0}};
  for (const auto& [id, p] : peers_) {
    if (is_to_vote(id) && p.ticks_connected >= ticks_before_trust) leads.emplace(id, 0);
  }
  for (std::uint32_t i = 0; i < groups_.size(); ++i) {
    const auto whose = leads.find(leader({i}));
    if (whose != leads.end()) ++whose->second;
  }
  unsigned moves = 0;
  for (std::size_t i = 0; i < groups_.size() && moves < moves_at_once; ++i) {
    const auto& g = groups_[(i + ticks_) % groups_.size()];
    if (!g || !g->role().leads) continue;
    std::optional<replica_id> least;
    for (const member& m : g->members()) {
      const bool is_choice = m.role == member_role::voter && leads.contains(m.id);
      if (is_choice && (!least || leads[m.id] < leads[*least])) least = m.id;
    }
    if (!least || leads[*least] + 2 > leads[registry_.self()]) continue;
    if (!g->hand_over(*least)) continue;
    ++leads[*least];
    --leads[registry_.self()];
    ++moves;
  }
}

std::vector<replica_id> replication::peers() const {
  std::vector<replica_id> all;
  for (const auto& [id, p] : peers_) all.push_back(id);
  return all;
}

namespace {

partition_standing standing_now(const replica_group& of) {
  const leadership now = of.core().leadership();
  partition_standing told{.partition = of.partition(), .in_term = now.term};
  // Also one that takes no appends, because its disk is full.
  if (now.state != replica_state::leader || !now.ready || of.failure()) return told;
  told.committed = of.core().committed().at;
  for (const member& m : of.members()) {
    if (m.role == member_role::voter) told.voters.push_back(m.id);
  }
  return told;
}

}  // namespace

std::vector<partition_standing> replication::standings(const std::vector<partition_id>& of) const {
  std::vector<partition_standing> all;
  for (const auto& g : groups_) {
    const auto is_asked = [&] { return of.empty() || std::ranges::count(of, g->partition()) > 0; };
    if (g && is_asked()) all.push_back(standing_now(*g));
  }
  return all;
}

replication::standing replication::standing_of(partition_id partition) const {
  const auto& g = groups_[partition.value];
  if (!g) return {.failure = journal_.damage(partition)};
  return {.role = g->role(),
          .is_member = g->is_member(),
          .last = g->core().last_index(),
          .committed = g->core().committed().index,
          .memory_bytes = g->core().memory_bytes(),
          .members = g->members(),
          .failure = g->failure()};
}

}  // namespace reprise::cluster
