// SPDX-License-Identifier: Apache-2.0
#include "actors/command_router.hpp"

#include "base/log.hpp"
#include "cluster/link/links.hpp"
#include "persistence/aggregate_hash.hpp"
#include "sagas/effect_delivery.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace reprise::actors {

using cluster::frame_kind;
using cluster::remote_command;
using cluster::remote_outcome;
using cluster::replica_id;
using detail::raw_answer;

namespace {

// What one frame holds, beside one command that is larger than that.
constexpr std::size_t frame_bytes = std::size_t{256} << 10U;
constexpr std::size_t outcome_overhead_bytes = 128;
// One outcome fits into a frame beside what that holds when it is not full yet.
constexpr std::size_t outcome_bytes_max = cluster::link_limits{}.frame_bytes_max - 2 * frame_bytes;

bool is_led_elsewhere(const error& why) {
  return why.code == errc::unavailable && why.number == persistence::led_elsewhere;
}

error stopped() {
  return {errc::stopped, "the node is shut down"};
}

error not_led_here() {
  return {errc::unavailable, "this node does not lead the partition", persistence::led_elsewhere};
}

// Why a lead was not confirmed, for whoever asked for something that needs it. Nothing was handled.
error as_refusal(const error& unconfirmed) {
  switch (unconfirmed.code) {
    case errc::stopped:
      return unconfirmed;
    case errc::expired:
      return {errc::unavailable, unconfirmed.message};
    default:
      return not_led_here();
  }
}

// A node that has just been opened may not have hosted its types yet, and leads already.
constexpr std::chrono::seconds hosting_grace{5};

// Another try, there or elsewhere, may answer it: the command id makes that safe.
bool may_try_again(const result<raw_answer>& outcome) {
  if (outcome) return false;
  const error& why = outcome.error();
  return is_led_elsewhere(why) || why.code == errc::commit_unknown;
}

std::uint64_t bytes_of(const remote_command& command) {
  return sizeof(command_message) + command.payload.size() + command.to.id.size();
}

std::size_t bytes_of(const result<raw_answer>& outcome) {
  if (!outcome) return outcome_overhead_bytes + outcome.error().message.size();
  const std::size_t why = outcome->why ? outcome->why->code.size() + outcome->why->why.size() : 0;
  return outcome_overhead_bytes + outcome->reply.size() + why;
}

// What no frame holds is told as an error, for it would get lost, and be asked for again and again.
void make_sendable(result<raw_answer>& outcome) {
  const std::size_t size = bytes_of(outcome);
  if (size <= outcome_bytes_max) return;
  const std::string sizes = std::to_string(size) + " bytes, other nodes are sent " +
                            std::to_string(outcome_bytes_max) + " at most";
  if (outcome && !outcome->why) {
    const std::uint64_t handled_at = outcome->at.sequence.value;
    outcome = error{errc::reply_failed, "the reply has " + sizes, handled_at};
  } else {
    outcome = error{errc::too_large,
                    (outcome ? "the rejection has " : "the error's message has ") + sizes};
  }
}

// A caller that is told and never asked: nobody waits for it.
class told_caller : public detail::pending_ask {
 public:
  const result<raw_answer>& wait() final { return nothing_; }
  void on_complete(std::function<void()> /*then*/) final {}
  const result<raw_answer>& outcome() const final { return nothing_; }

 private:
  const result<raw_answer> nothing_{raw_answer{}};
};

}  // namespace

// One command until it is answered. It stands in as the caller of each try.
class command_router::routed_command final : public told_caller,
                                             public std::enable_shared_from_this<routed_command> {
 public:
  routed_command(command_router& router, partition_id where, command_message what)
      : home(where), command(std::move(what)), router_(router) {}

  const partition_id home;
  // Its caller is the real one; not moved from while tries are under way.
  command_message command;
  // Its place among those of its partition, from 1.
  std::uint64_t number = 0;
  // An earlier try may have been handled.
  std::atomic<bool> unknown{false};

  void complete(result<raw_answer> outcome) override {
    router_.answered(shared_from_this(), std::move(outcome));
  }

  [[nodiscard]] command_message attempt() {
    return {.to = command.to,
            .id = command.id,
            .command = command.command,
            .payload = command.payload,
            .hash = command.hash,
            .correlation = command.correlation,
            .headers = command.headers,
            .from = command.from,
            .linearizable = command.linearizable,
            .deadline = command.deadline,
            .caller = shared_from_this()};
  }
  [[nodiscard]] remote_command as_sent(std::uint64_t request, base::clock::instant now) const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(command.deadline - now);
    return {.request = request,
            .timeout = std::max(left, std::chrono::milliseconds(0)),
            .to = command.to,
            .command = command.command,
            .payload = command.payload,
            .id = command.id,
            .hash = command.hash,
            .correlation = command.correlation,
            .headers = command.headers,
            .from = command.from,
            .linearizable = command.linearizable};
  }

 private:
  command_router& router_;
};

// Answers a command of another node.
class command_router::remote_caller final : public told_caller {
 public:
  remote_caller(command_router& router, replica_id peer, std::uint64_t connection,
                std::uint64_t request)
      : router_(router), peer_(peer), connection_(connection), request_(request) {}

  void complete(result<raw_answer> outcome) override {
    outcome = router_.unless_just_opened(std::move(outcome));
    router_.outbound_.with([&](auto& all) {
      all[peer_].outcomes.push_back({.connection = connection_,
                                     .told = {.request = request_, .outcome = std::move(outcome)}});
    });
    router_.around_.transport.wake();
  }

 private:
  command_router& router_;
  const replica_id peer_;
  const std::uint64_t connection_;
  const std::uint64_t request_;
};

command_router::command_router(const ports& around)
    : around_(around),
      opened_(around.time.steady()),
      waiting_(around.partitions.size()),
      barrier_(around.partitions.size(), around.confirm, [this] { around_.transport.wake(); }) {}

command_router::~command_router() = default;

void command_router::route(partition_id home, command_message command) {
  const auto made = std::make_shared<routed_command>(*this, home, std::move(command));
  if (stopped_.load(std::memory_order_acquire)) {
    finish(made, stopped());
    return;
  }
  const bool queues = waiting_[home.value].with([&](lane& l) {
    made->number = ++l.last_number;
    if (l.waiting.empty() && !l.drains) return false;
    l.waiting.push_back(made);
    return true;
  });
  if (!queues) dispatch(made);
}

void command_router::dispatch(const routed& command) {
  const auto& from = command->command.from;
  if (from && sagas::is_effect(*from) && !around_.leadership.leads(from->partition)) {
    // No attempt was made, as when a node ends.
    finish(command, error{errc::stopped, "this node leads the saga no longer"});
    return;
  }
  if (around_.leadership.leads(command->home)) return hand_to_partition(command);
  const replica_id leader = around_.leadership.leader(command->home);
  if (leader.value != 0 && around_.transport.is_connected(leader)) {
    hand_to_peer(command, leader);
  } else {
    wait_again(command);
  }
}

void command_router::hand_to_partition(const routed& command) {
  if (!command->command.linearizable) return offer(command);
  barrier_.pass(command->home, command->command.deadline,
                [this, command](const result<void>& confirmed) {
                  if (confirmed) return offer(command);
                  answered(command, as_refusal(confirmed.error()));
                });
}

void command_router::offer(const routed& command) {
  command_message attempt = command->attempt();
  const result<void> taken = around_.partitions[command->home.value]->offer(attempt);
  if (!taken) finish(command, taken.error());
}

void command_router::hand_to_peer(const routed& command, replica_id peer) {
  outbound_.with([&](auto& all) { all[peer].commands.push_back(command); });
  around_.transport.wake();
}

void command_router::answered(const routed& command, result<raw_answer> outcome) {
  outcome = unless_just_opened(std::move(outcome));
  if (!may_try_again(outcome)) return finish(command, std::move(outcome));
  if (outcome.error().code == errc::commit_unknown) command->unknown.store(true);
  if (stopped_.load(std::memory_order_acquire)) return finish(command, stopped());
  wait_again(command);
}

result<raw_answer> command_router::unless_just_opened(result<raw_answer> outcome) const {
  const bool not_hosted = !outcome && outcome.error().code == errc::not_hosted;
  if (!not_hosted || around_.time.steady() - opened_ > hosting_grace) return outcome;
  return error{errc::unavailable, outcome.error().message, persistence::led_elsewhere};
}

// Where it was: what its caller asked later stays behind it.
void command_router::wait_again(const routed& command) {
  waiting_[command->home.value].with([&](lane& l) {
    const auto behind = std::ranges::upper_bound(l.waiting, command->number, {},
                                                 [](const routed& each) { return each->number; });
    l.waiting.insert(behind, command);
  });
}

void command_router::finish(const routed& command, result<raw_answer> outcome) {
  const bool says_not_handled =
      !outcome &&
      (outcome.error().code == errc::unavailable || outcome.error().code == errc::expired ||
       outcome.error().code == errc::stopped || outcome.error().code == errc::overloaded);
  if (says_not_handled && command->unknown.load()) {
    outcome = error{errc::timed_out,
                    "an earlier try may have been handled; then: " + outcome.error().message};
  }
  if (command->command.span) command->command.span->end(outcome);
  if (command->command.caller) {
    command->command.caller->complete(std::move(outcome));
  } else if (!outcome || outcome->why) {
    around_.measured.one_way_failed.add();
  }
}

void command_router::stop() {
  stopped_.store(true, std::memory_order_release);
  const error why = stopped();
  for (base::guarded<lane>& each : waiting_) {
    for (const routed& command : each.with([](lane& l) { return std::exchange(l.waiting, {}); })) {
      finish(command, why);
    }
  }
  for (auto& [peer, left] : outbound_.with([](auto& all) { return std::exchange(all, {}); })) {
    for (const routed& command : left.commands) finish(command, why);
  }
}

void command_router::end() {
  stop();
  barrier_.end();
  for (auto& [peer, commands] : std::exchange(sent_, {})) {
    for (auto& [request, command] : commands) {
      command->unknown.store(true);
      finish(command, stopped());
    }
  }
}

// The driver's side.

void command_router::role_changed(partition_id partition) {
  reclaim(partition);
  retry(partition);
}

// What was sent to a node that leads no longer may be answered by nobody: that node may hang.
void command_router::reclaim(partition_id partition) {
  const replica_id leader = around_.leadership.leader(partition);
  if (leader.value == 0) return;
  for (auto& [peer, commands] : sent_) {
    if (peer == leader) continue;
    for (auto at = commands.begin(); at != commands.end();) {
      const routed& command = at->second;
      if (command->home != partition) {
        ++at;
        continue;
      }
      command->unknown.store(true);
      wait_again(command);
      at = commands.erase(at);
    }
  }
}

// In their order, until one comes back: the lead has moved again.
void command_router::retry(partition_id partition) {
  expire(partition);
  std::uint64_t last = 0;
  while (has_leader(partition)) {
    const routed next = next_waiting(partition, last);
    if (!next) return;
    last = next->number;
    dispatch(next);
  }
  waiting_[partition.value].with([](lane& l) { l.drains = false; });
}

command_router::routed command_router::next_waiting(partition_id partition, std::uint64_t behind) {
  return waiting_[partition.value].with([&](lane& l) -> routed {
    l.drains = !l.waiting.empty() && l.waiting.front()->number > behind;
    if (!l.drains) return nullptr;
    routed next = std::move(l.waiting.front());
    l.waiting.pop_front();
    return next;
  });
}

void command_router::expire(partition_id partition) {
  const base::clock::instant now = around_.time.steady();
  const auto is_late = [&](const routed& command) { return command->command.deadline <= now; };
  std::vector<routed> late;
  waiting_[partition.value].with([&](lane& l) {
    if (std::ranges::none_of(l.waiting, is_late)) return;
    std::ranges::copy_if(l.waiting, std::back_inserter(late), is_late);
    std::erase_if(l.waiting, is_late);
  });
  for (const routed& command : late) {
    finish(command,
           error{errc::unavailable, "nobody led partition " + std::to_string(partition.value) +
                                        " before the deadline"});
  }
}

bool command_router::has_leader(partition_id partition) const {
  if (around_.leadership.leads(partition)) return true;
  const replica_id leader = around_.leadership.leader(partition);
  return leader.value != 0 && around_.transport.is_connected(leader);
}

void command_router::tick() {
  barrier_.expire(around_.time.steady());
  for (std::uint32_t i = 0; i < waiting_.size(); ++i) {
    if (waiting_[i].with([](const lane& l) { return !l.waiting.empty(); })) retry({i});
  }
}

void command_router::disconnected(replica_id peer) {
  ++connections_[peer];
  lost(peer);
}

void command_router::lost(replica_id peer) {
  const auto found = sent_.find(peer);
  if (found == sent_.end()) return;
  for (auto& [request, command] : std::exchange(found->second, {})) {
    command->unknown.store(true);
    wait_again(command);
  }
}

void command_router::received_commands(replica_id peer, bytes_view body) {
  auto commands = cluster::decode_commands(body);
  if (!commands) {
    base::log(base::log_level::warning, to_string(commands.error()));
    return;
  }
  for (remote_command& each : *commands) {
    auto caller = std::make_shared<remote_caller>(*this, peer, connections_[peer], each.request);
    if (each.from && !may_come_from(peer, *each.from)) {
      caller->complete(not_led_here());
    } else {
      handle(std::move(each), caller);
    }
  }
}

// What a saga asks for comes from who leads it. One that led it before may not know yet; what its
// successor is told of a step must stay so, and a rejection leaves nothing in the log by which the
// same step would be known again.
bool command_router::may_come_from(replica_id peer, const detail::delivery& from) const {
  if (!sagas::is_effect(from)) return true;
  return from.partition.value < around_.partitions.size() &&
         around_.leadership.leader(from.partition) == peer;
}

void command_router::handle(remote_command from, const std::shared_ptr<remote_caller>& caller) {
  const partition_id home =
      persistence::partition_of(from.to, static_cast<std::uint32_t>(around_.partitions.size()));
  if (!around_.leadership.leads(home)) return caller->complete(not_led_here());
  const std::uint64_t size = bytes_of(from);
  command_message command{.to = std::move(from.to),
                          .id = from.id,
                          .command = from.command,
                          .payload = {from.payload.begin(), from.payload.end()},
                          .hash = from.hash,
                          .correlation = from.correlation,
                          .headers = std::move(from.headers),
                          .from = from.from,
                          .linearizable = from.linearizable,
                          .deadline = around_.time.steady() + from.timeout,
                          .caller = caller};
  command.share = around_.admitted.admit(size);
  if (!command.share) {
    around_.measured.overloaded.add();
    caller->complete(error{errc::overloaded, "too many commands wait in the node that leads"});
    return;
  }
  const auto offer = [this, home, caller](command_message& what) {
    const result<void> taken = around_.partitions[home.value]->offer(what);
    if (!taken) caller->complete(taken.error());
  };
  if (!command.linearizable) return offer(command);
  const auto held = std::make_shared<command_message>(std::move(command));
  barrier_.pass(home, held->deadline, [caller, offer, held](const result<void>& confirmed) {
    if (confirmed) return offer(*held);
    caller->complete(as_refusal(confirmed.error()));
  });
}

void command_router::received_outcomes(replica_id peer, bytes_view body) {
  auto outcomes = cluster::decode_outcomes(body);
  if (!outcomes) {
    base::log(base::log_level::warning, to_string(outcomes.error()));
    return;
  }
  auto& sent = sent_[peer];
  for (remote_outcome& each : *outcomes) {
    const auto found = sent.find(each.request);
    if (found == sent.end()) continue;
    const routed command = std::move(found->second);
    sent.erase(found);
    // A node that goes down has handled nothing; another one will.
    if (!each.outcome && each.outcome.error().code == errc::stopped) {
      wait_again(command);
      continue;
    }
    answered(command, std::move(each.outcome));
  }
}

void command_router::flush() {
  barrier_.flush();
  for (auto& [peer, left] : outbound_.with([](auto& all) { return std::exchange(all, {}); })) {
    const bool open = send_commands(peer, left.commands);
    // A caller that does not hear of it asks again.
    send_outcomes(peer, std::move(left.outcomes));
    if (!open) lost(peer);
  }
}

bool command_router::send_commands(replica_id peer, const std::vector<routed>& commands) {
  const base::clock::instant now = around_.time.steady();
  bool open = true;
  std::vector<remote_command> frame;
  std::size_t size = 0;
  const auto send = [&] {
    if (!frame.empty())
      open = open && around_.transport.send(peer, frame_kind::command, encode(frame));
    frame.clear();
    size = 0;
  };
  for (const routed& command : commands) {
    const std::uint64_t request = ++last_request_;
    sent_[peer].emplace(request, command);
    frame.push_back(command->as_sent(request, now));
    size += bytes_of(frame.back());
    if (size >= frame_bytes) send();
  }
  send();
  return open;
}

void command_router::send_outcomes(replica_id peer, std::vector<owed_outcome> outcomes) {
  const std::uint64_t connection = connections_[peer];
  std::vector<remote_outcome> frame;
  std::size_t size = 0;
  const auto send = [&] {
    if (!frame.empty()) {
      static_cast<void>(around_.transport.send(peer, frame_kind::outcome, encode(frame)));
    }
    frame.clear();
    size = 0;
  };
  for (owed_outcome& each : outcomes) {
    if (each.connection != connection) continue;
    make_sendable(each.told.outcome);
    size += bytes_of(each.told.outcome);
    frame.push_back(std::move(each.told));
    if (size >= frame_bytes) send();
  }
  send();
}

}  // namespace reprise::actors
