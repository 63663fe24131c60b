// SPDX-License-Identifier: Apache-2.0
#include "cluster/replication.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <utility>

namespace reprise::cluster {
namespace {

// A peer that has just come is given no leadership: it may go again at once.
constexpr unsigned ticks_before_trust = 40;
// So many leaderships move at once; asks of those partitions wait a little.
constexpr unsigned moves_at_once = 2;

}  // namespace

replication::replication(const replication_options& options,
                         persistence::replicated_journal& journal, peer_transport& transport,
                         role_listener& roles, const base::clock& time, run_elsewhere elsewhere)
    : options_(options),
      journal_(journal),
      transport_(transport),
      roles_(roles),
      time_(time),
      elsewhere_(std::move(elsewhere)),
      budget_(options.memory_bytes_max),
      known_leaders_(journal.partitions()) {
  for (const auto& [id, name] : options_.nodes) {
    if (id == options_.self) continue;
    peers_.emplace(
        id, peer{.name = name, .batch = peer_batch(options_.peer_bytes_max, options_.frame_bytes)});
  }
}

replication::~replication() = default;

result<std::unique_ptr<replication>> replication::start(const replication_options& options,
                                                        persistence::replicated_journal& journal,
                                                        peer_transport& transport,
                                                        role_listener& roles,
                                                        const base::clock& time,
                                                        run_elsewhere elsewhere) {
  if (!options.nodes.contains(options.self)) {
    return error{errc::invalid_argument, "a node is a member of its own cluster"};
  }
  std::unique_ptr<replication> made(
      new replication(options, journal, transport, roles, time, std::move(elsewhere)));
  if (auto done = made->remember_self(); !done) return std::move(done).error();
  journal.start(*made);
  auto begun = made->begin_logs();
  if (begun) begun = made->start_groups();
  if (begun) return made;
  // It tells nobody any more from here on.
  journal.close();
  return std::move(begun).error();
}

membership replication::voters() const {
  membership all;
  for (const auto& [id, name] : options_.nodes) all.push_back({id, member_role::voter});
  return all;
}

result<void> replication::remember_self() {
  const auto stored = journal_.cluster_note();
  if (!stored) return stored.error();
  const std::string& name = options_.nodes.at(options_.self);
  if (stored->empty()) {
    memory_ = {.cluster = options_.cluster, .self = options_.self, .name = name, .met = {}};
    return journal_.save_cluster_note(encode(memory_));
  }
  auto memory = decode_memory(*stored);
  if (!memory) return std::move(memory).error();
  memory_ = std::move(*memory);
  if (memory_.cluster != options_.cluster) {
    return error{errc::incompatible, "the store belongs to another cluster"};
  }
  if (memory_.self != options_.self || memory_.name != name) {
    return error{errc::incompatible, "the store belongs to node " + memory_.name +
                                         ", it cannot be that of " + name +
                                         ": a copy would vote twice"};
  }
  return {};
}

// The first entry of each log says who takes part, and is the same on all of them.
result<void> replication::begin_logs() {
  std::vector<bytes> entries;
  entries.reserve(journal_.partitions());
  std::vector<partition_id> begun;
  for (std::uint32_t i = 0; i < journal_.partitions(); ++i) {
    const partition_id partition{i};
    const bool fresh = journal_.last_index(partition) == 0 &&
                       journal_.note(partition) == persistence::replica_note{} &&
                       !journal_.damage(partition);
    if (!fresh) continue;
    const bytes& stored = entries.emplace_back(first_entry(partition, voters()));
    const auto entry = open_log_entry(stored);
    if (!entry) return entry.error();
    journal_.write({.partition = partition,
                    .number = 1,
                    .state = persistence::replica_state{.term = 1, .vote = 0},
                    .cut_from = {},
                    .entries = {{.header = entry->header, .stored = stored, .members = true}}});
    begun.push_back(partition);
  }
  while (!begun.empty()) {
    std::optional<error> failed;
    const std::uint64_t told_before = told_times_.load();
    told_.with([&](told_by_journal& told) {
      for (const auto& [partition, number] : std::exchange(told.written, {})) {
        std::erase(begun, partition);
      }
      failed = told.failed;
      if (told.full.value_or(false)) failed = error{errc::disk_full, "the store is full"};
    });
    if (failed) return *failed;
    if (!begun.empty()) told_times_.wait(told_before);
  }
  return {};
}

result<void> replication::start_groups() {
  groups_.resize(journal_.partitions());
  for (std::uint32_t i = 0; i < groups_.size(); ++i) {
    const replica_group::options how{
        .raft = {.partition = {i},
                 .self = options_.self,
                 .seed = options_.seed ^ ((std::uint64_t{i} + 1) * 0x9e3779b97f4a7c15U),
                 .election_timeout = options_.election_timeout,
                 .heartbeat = options_.heartbeat,
                 .kept_bytes = options_.kept_bytes,
                 .kept_entries_max = options_.kept_entries_max,
                 .slack_bytes = options_.kept_bytes / 2,
                 .slack_entries = options_.kept_entries_max / 4}};
    auto group = replica_group::start(how, journal_, *this, time_, budget_);
    if (group) {
      groups_[i] = std::move(*group);
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
  told_times_.fetch_add(1);
  told_times_.notify_one();
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
  flush();
}

void replication::tick() {
  ++ticks_;
  for (auto& [id, p] : peers_) {
    if (p.connected) ++p.ticks_connected;
  }
  for (const auto& g : groups_) {
    if (g) g->tick();
  }
  if (options_.balance_every_ticks != 0 && ticks_ % options_.balance_every_ticks == 0) balance();
  flush();
}

void replication::connected(replica_id id) {
  const auto found = peers_.find(id);
  if (found == peers_.end()) return;
  peer& p = found->second;
  p.connected = true;
  p.believed = false;
  p.ticks_connected = 0;
  p.batch.clear();
  static_cast<void>(transport_.send(
      id, frame_kind::introduction,
      encode(peer_introduction{
          .id = options_.self, .store = journal_.uuid(), .partitions = partitions()})));
}

void replication::disconnected(replica_id id) {
  const auto found = peers_.find(id);
  if (found == peers_.end()) return;
  found->second.connected = false;
  found->second.believed = false;
  found->second.batch.clear();
}

bool replication::believes(replica_id id) const {
  const auto found = peers_.find(id);
  return found != peers_.end() && found->second.believed;
}

void replication::received(replica_id id, frame_kind kind, bytes_view body) {
  if (kind == frame_kind::introduction) {
    introduce(id, body);
  } else if (!believes(id)) {
    return;
  } else if (kind == frame_kind::consensus) {
    receive_batch(id, body);
  } else if (kind == frame_kind::fill_question) {
    answer_question(id, body);
  } else if (kind == frame_kind::fill_answer) {
    take_answer(body);
  }
  flush();
}

void replication::introduce(replica_id id, bytes_view body) {
  const auto found = peers_.find(id);
  if (found == peers_.end()) return;
  peer& p = found->second;
  const auto refuse = [&](const std::string& why) {
    p.believed = false;
    if (std::exchange(p.refused, why) == why) return;
    base::log(base::log_level::error, "node " + p.name + " is refused: " + why);
  };
  const auto said = decode_introduction(body);
  if (!said) return refuse(said.error().message);
  if (said->id != id) {
    return refuse("it takes itself for replica " + std::to_string(said->id.value) + ", not " +
                  std::to_string(id.value) + ": its list of nodes differs");
  }
  if (said->partitions != partitions()) {
    return refuse("it has " + std::to_string(said->partitions) + " partitions, this node has " +
                  std::to_string(partitions()));
  }
  const auto first_time = memory_.meet(*said, journal_.uuid());
  if (!first_time) return refuse(first_time.error().message);
  if (*first_time) {
    if (auto saved = journal_.save_cluster_note(encode(memory_)); !saved) {
      memory_.met.erase(id);
      return refuse("this node cannot remember it: " + saved.error().message);
    }
  }
  p.refused.clear();
  p.believed = true;
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
    if (g == nullptr || message.from != id || message.to != options_.self) continue;
    if (const auto taken = g->receive(id, message.body); !taken) {
      base::log(base::log_level::warning,
                "node " + peers_.at(id).name +
                    " sent what no sound replica sends: " + taken.error().message);
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

void replication::take_answer(bytes_view body) {
  auto answer = decode_fill_answer(body);
  if (!answer) return;
  if (replica_group* g = group(answer->partition)) {
    g->take(std::move(answer->answer), answer->from);
  }
}

void replication::flush() {
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
  if (found == peers_.end() || !found->second.believed) return;
  static_cast<void>(found->second.batch.add(message));
}

void replication::role_changed(partition_id partition, const replica_role& role) {
  known_leaders_[partition.value].store((role.leader.value << 1U) | (role.leads ? 1U : 0U),
                                        std::memory_order_release);
  roles_.role_changed(partition, role);
}

bool replication::ask_to_fill(partition_id partition, const fill_question& question) {
  std::vector<replica_id> believed;
  for (const auto& [id, p] : peers_) {
    if (p.believed) believed.push_back(id);
  }
  if (believed.empty()) return false;
  // Each in turn: any of them may have it.
  const replica_id whom = believed[fills_asked_++ % believed.size()];
  return transport_.send(
      whom, frame_kind::fill_question,
      encode(fill_question_message{.partition = partition, .question = question}));
}

// Leadership.

bool replication::leads(partition_id partition) const {
  return (known_leaders_[partition.value].load(std::memory_order_acquire) & 1U) != 0;
}

replica_id replication::leader(partition_id partition) const {
  return {known_leaders_[partition.value].load(std::memory_order_acquire) >> 1U};
}

void replication::confirm_leadership(partition_id partition,
                                     std::function<void(result<void>)> then) {
  replica_group* const g = group(partition);
  if (g == nullptr) return then(error{errc::unavailable, "this node has no such replica"});
  g->confirm_leadership(std::move(then));
  flush();
}

result<void> replication::hand_over(partition_id partition, replica_id to) {
  replica_group* const g = group(partition);
  if (g == nullptr) return error{errc::unavailable, "this node has no such replica"};
  auto begun = g->hand_over(to);
  flush();
  return begun;
}

void replication::hand_over_all() {
  for (const auto& g : groups_) {
    if (g && g->role().leads) static_cast<void>(g->hand_over({}));
  }
  flush();
}

// Each partition has a voter that should lead it: they take turns. What another should lead is
// handed over once that one has been there for a while.
void replication::balance() {
  unsigned moves = 0;
  for (std::uint32_t i = 0; i < groups_.size() && moves < moves_at_once; ++i) {
    const auto& g = groups_[(i + ticks_) % groups_.size()];
    if (!g || !g->role().leads) continue;
    std::vector<replica_id> voters;
    for (const member& m : g->members()) {
      if (m.role == member_role::voter) voters.push_back(m.id);
    }
    if (voters.empty()) continue;
    std::ranges::sort(voters);
    const std::size_t number = (i + ticks_) % groups_.size();
    const replica_id wanted = voters[number % voters.size()];
    const auto found = peers_.find(wanted);
    if (found == peers_.end() || !found->second.believed ||
        found->second.ticks_connected < ticks_before_trust) {
      continue;
    }
    if (g->hand_over(wanted)) ++moves;
  }
}

replication::standing replication::standing_of(partition_id partition) const {
  const auto& g = groups_[partition.value];
  if (!g) return {.failure = journal_.damage(partition)};
  return {.role = g->role(),
          .last = g->core().last_index(),
          .committed = g->core().committed().index,
          .memory_bytes = g->core().memory_bytes(),
          .members = g->members(),
          .failure = g->failure()};
}

}  // namespace reprise::cluster
