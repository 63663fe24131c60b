// SPDX-License-Identifier: Apache-2.0
#include "cluster/rpc/client_link.hpp"

#include "base/guarded.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "cluster/link/acceptor.hpp"
#include "cluster/link/backoff.hpp"
#include "cluster/link/event_loop.hpp"
#include "cluster/link/options.hpp"
#include "cluster/link/tls.hpp"
#include "cluster/node_query.hpp"
#include "cluster/rpc/client_wire.hpp"
#include "cluster/rpc/command_attempts.hpp"
#include "cluster/rpc/known_leads.hpp"
#include "cluster/rpc/message_stream.hpp"
#include "cluster/rpc/node_link.hpp"
#include "persistence/store_identity.hpp"

#include <kj/exception.h>
#include <kj/timer.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

namespace reprise::cluster {
namespace {

using outcome = result<detail::raw_answer>;

result<void> check(const client_link_options& options) {
  if (options.nodes.empty()) return error{errc::invalid_argument, "a client needs a node to ask"};
  if (options.tls) return {};
  const auto stranger = std::ranges::find_if_not(options.nodes, is_loopback, &peer_address::host);
  if (stranger == options.nodes.end()) return {};
  return error{errc::invalid_argument,
               "without TLS only nodes on this machine are asked, not " + stranger->host};
}

// A message should have no more, beside one command that is larger.
constexpr std::size_t call_bytes = std::size_t{128} << 10U;
kj::TimePoint precise_now() {
  return kj::systemPreciseMonotonicClock().now();
}

// Of a call that failed: with these a node refuses to begin.
bool says_nothing_done(const kj::Exception& why) {
  return why.getType() == kj::Exception::Type::UNIMPLEMENTED ||
         why.getType() == kj::Exception::Type::OVERLOADED;
}

struct waiting_command {
  detail::outgoing_command command{};
  client_link::answer then{};
  std::chrono::steady_clock::time_point asked_at{};
};

}  // namespace

class client_link::state : private kj::TaskSet::ErrorHandler, public node_listener {
 public:
  explicit state(client_link_options options)
      : options_(std::move(options)), random_(options_.seed) {}
  virtual ~state() = default;

  result<void> begin();
  void ask(detail::outgoing_command command, answer then);
  result<std::string> status(std::size_t node, std::chrono::milliseconds timeout);
  void stop();

 private:
  // A command from its first attempt to its answer.
  struct running {
    detail::outgoing_command command{};
    answer then{};
    std::size_t bytes = 0;
    kj::TimePoint deadline = kj::origin<kj::TimePoint>();
    command_attempts attempts{};
    std::size_t node = 0;
    std::size_t tried = 0;
    backoff wait{std::chrono::milliseconds(1), std::chrono::milliseconds(1)};
    enum class stage : std::uint8_t { waits_for_connection, sent, waits_for_next_attempt };
    stage at = stage::waits_for_connection;
    // Through which the present attempt was sent.
    std::uint64_t connection = 0;
    // When it is looked at even if nothing came.
    kj::TimePoint alarm = kj::origin<kj::TimePoint>();
  };
  // By the number of the present attempt: an answer to an earlier one finds nothing.
  using commands = std::unordered_map<std::uint64_t, running>;
  struct queue {
    std::vector<waiting_command> commands{};
    std::size_t in_flight = 0;
    std::size_t bytes = 0;
    bool stopped = false;
  };

  void take_waiting();
  void run(waiting_command waiting);
  void attempt(commands::node_type of);
  void attempt_elsewhere(commands::iterator of);
  void set_alarm(commands::iterator of, kj::TimePoint at);
  void arm();
  void ring(kj::TimePoint set_for);
  void look_at(commands::iterator of);
  void flush();
  void flush(std::size_t node);
  void connect(std::size_t node);
  std::size_t send_some(std::size_t node, const std::vector<std::uint64_t>& numbers,
                        std::size_t from);
  void answered(std::uint64_t number, wire::Outcome::Reader how) override;
  void gone(std::size_t node, std::uint64_t connection) override;
  void declined(std::size_t node, const std::vector<std::uint64_t>& numbers,
                const kj::Exception& why);
  void unreachable(std::size_t node, const kj::Exception& why);
  void learn(const running& of, wire::Outcome::Reader from);
  void finish(commands::iterator of, outcome how);
  void end();
  void taskFailed(kj::Exception&& exception) override;
  [[nodiscard]] error of_node(std::size_t node, error why) const {
    why.message = options_.nodes[node].node + ": " + why.message;
    return why;
  }

  const client_link_options options_;
  base::guarded<queue> queue_{};
  std::unique_ptr<event_loop> loop_{};

  // The loop's thread only.
  base::random random_;
  kj::Own<tls_context> tls_{};
  std::vector<kj::Own<node_link>> nodes_{};
  known_leads leads_{};
  /// The node that answered last is asked first where nobody is known to lead.
  std::size_t preferred_ = 0;
  commands running_{};
  std::uint64_t last_number_ = 0;
  /// For each node the attempts that are to be sent.
  std::vector<std::vector<std::uint64_t>> to_send_{};
  std::vector<bool> connecting_{};
  std::set<std::pair<kj::TimePoint, std::uint64_t>> alarms_{};
  std::optional<kj::TimePoint> armed_for_{};
  bool flushes_later_ = false;
  kj::Own<kj::TaskSet> tasks_{};
};

result<void> client_link::state::begin() {
  auto loop = event_loop::start();
  if (!loop) return loop.error();
  loop_ = std::move(*loop);
  result<void> begun;
  loop_->run([&] {
    if (options_.tls) {
      auto opened = tls_context::open(*options_.tls, [](std::string_view, std::string_view) {});
      if (!opened) {
        begun = opened.error();
        return;
      }
      tls_ = kj::mv(*opened);
    }
    for (std::size_t node = 0; node < options_.nodes.size(); ++node) {
      nodes_.push_back(kj::heap<node_link>(*loop_, tls_.get(), options_, node, *this));
    }
    to_send_.resize(nodes_.size());
    connecting_.resize(nodes_.size());
    tasks_ = kj::heap<kj::TaskSet>(static_cast<kj::TaskSet::ErrorHandler&>(*this));
    loop_->on_wake([this] { take_waiting(); });
    loop_->at_end([this] { end(); });
  });
  return begun;
}

void client_link::state::ask(detail::outgoing_command command, answer then) {
  const std::size_t size = bytes_of(command);
  // The clock of the loop stands still between its turns, so the time is taken here.
  const auto now = std::chrono::steady_clock::now();
  std::optional<error> refused;
  queue_.with([&](queue& q) {
    if (q.stopped) {
      refused = error{errc::stopped, "the client has stopped"};
    } else if (size + message_overhead_bytes > options_.message_bytes_max) {
      refused = error{errc::too_large, "the command has " + std::to_string(size) +
                                           " bytes, a message holds " +
                                           std::to_string(options_.message_bytes_max)};
    } else if (q.in_flight >= options_.commands_in_flight_max ||
               q.bytes + size > options_.bytes_in_flight_max) {
      refused = error{errc::overloaded,
                      "this client has too much in flight: " + std::to_string(q.in_flight) +
                          " commands, " + std::to_string(q.bytes) + " bytes"};
    } else {
      ++q.in_flight;
      q.bytes += size;
      q.commands.push_back({std::move(command), std::move(then), now});
    }
  });
  if (refused) return then(std::move(*refused));
  loop_->wake();
}

void client_link::state::take_waiting() {
  auto waiting = queue_.with([](queue& q) { return std::exchange(q.commands, {}); });
  for (waiting_command& each : waiting) run(std::move(each));
  flush();
}

void client_link::state::run(waiting_command waiting) {
  commands fresh;
  running& it = fresh[0];
  it.bytes = bytes_of(waiting.command);
  it.command = std::move(waiting.command);
  it.then = std::move(waiting.then);
  it.node = leads_.node_for(it.command.to).value_or(preferred_);
  it.wait = backoff(options_.backoff_min, options_.backoff_max);
  // Without an id it could not be sent twice.
  if (it.command.how.id.empty()) {
    const std::array<std::uint64_t, 2> drawn{random_.next(), random_.next() | 1U};
    std::memcpy(it.command.how.id.value.data(), drawn.data(), sizeof drawn);
  }
  const auto waited = std::chrono::steady_clock::now() - waiting.asked_at;
  const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::min<std::chrono::nanoseconds>(it.command.how.timeout, ask_timeout_max) - waited);
  it.deadline = precise_now() + left.count() * kj::NANOSECONDS;
  attempt(fresh.extract(fresh.begin()));
}

// Under a number of its own.
void client_link::state::attempt(commands::node_type of) {
  of.key() = ++last_number_;
  of.mapped().at = running::stage::waits_for_connection;
  to_send_[of.mapped().node].push_back(of.key());
  const auto at = running_.insert(std::move(of)).position;
  set_alarm(at, precise_now() + kj_duration(options_.attempt_max));
}

// Where one node cannot help, the next one may know better; all of them need time.
void client_link::state::attempt_elsewhere(commands::iterator of) {
  running& it = of->second;
  it.node = (it.node + 1) % nodes_.size();
  if (++it.tried % nodes_.size() != 0) {
    alarms_.erase({it.alarm, of->first});
    return attempt(running_.extract(of));
  }
  it.at = running::stage::waits_for_next_attempt;
  set_alarm(of, precise_now() + kj_duration(it.wait.next(random_)));
}

void client_link::state::set_alarm(commands::iterator of, kj::TimePoint at) {
  running& it = of->second;
  alarms_.erase({it.alarm, of->first});
  it.alarm = std::min(at, it.deadline);
  alarms_.emplace(it.alarm, of->first);
}

void client_link::state::arm() {
  if (alarms_.empty()) return;
  const kj::TimePoint first = alarms_.begin()->first;
  if (armed_for_ && *armed_for_ <= first) return;
  armed_for_ = first;
  tasks_->add(loop_->timer().atTime(first).then([this, first] { ring(first); }));
}

// A ring that an earlier one was put in the place of says nothing.
void client_link::state::ring(kj::TimePoint set_for) {
  if (armed_for_ != set_for) return;
  armed_for_.reset();
  const kj::TimePoint now = precise_now();
  std::vector<std::uint64_t> due;
  for (const auto& [at, number] : alarms_) {
    if (at > now) break;
    due.push_back(number);
  }
  for (const std::uint64_t number : due) {
    const auto found = running_.find(number);
    if (found != running_.end()) look_at(found);
  }
  flush();
}

// Its time has come, and no answer has.
void client_link::state::look_at(commands::iterator of) {
  running& it = of->second;
  if (it.deadline <= it.alarm) return finish(of, it.attempts.at_deadline());
  const error late = of_node(it.node, {errc::timed_out, "it did not answer in time"});
  switch (it.at) {
    case running::stage::waits_for_next_attempt:
      alarms_.erase({it.alarm, of->first});
      return attempt(running_.extract(of));
    case running::stage::waits_for_connection:
      it.attempts.unreachable(late);
      break;
    case running::stage::sent:
      // A node that hangs keeps its connection; to ask another one as well is safe.
      it.attempts.lost(late);
      leads_.forget(it.node);
      break;
  }
  attempt_elsewhere(of);
}

void client_link::state::flush() {
  for (std::size_t node = 0; node < nodes_.size(); ++node) {
    if (to_send_[node].empty()) continue;
    if (nodes_[node]->is_connected()) {
      flush(node);
    } else {
      connect(node);
    }
  }
  arm();
}

void client_link::state::connect(std::size_t node) {
  if (connecting_[node]) return;
  connecting_[node] = true;
  tasks_->add(nodes_[node]->reach().then(
      [this, node](const wire::Node::Client& /*there*/) {
        connecting_[node] = false;
        flush();
      },
      [this, node](kj::Exception&& why) {
        connecting_[node] = false;
        unreachable(node, why);
        flush();
      }));
}

void client_link::state::flush(std::size_t node) {
  const auto numbers = std::exchange(to_send_[node], {});
  for (std::size_t from = 0; from < numbers.size();) from = send_some(node, numbers, from);
}

// As many as one message should have; the number of the first that is left.
std::size_t client_link::state::send_some(std::size_t node,
                                          const std::vector<std::uint64_t>& numbers,
                                          std::size_t from) {
  std::vector<commands::iterator> sent;
  std::vector<std::uint64_t> carried;
  std::size_t bytes = 0;
  for (; from < numbers.size() && bytes < call_bytes; ++from) {
    const auto found = running_.find(numbers[from]);
    if (found == running_.end()) continue;
    if (!sent.empty() && bytes + found->second.bytes > call_bytes) break;
    bytes += found->second.bytes;
    sent.push_back(found);
    carried.push_back(numbers[from]);
  }
  if (sent.empty()) return from;
  const std::uint64_t connection = nodes_[node]->connection();
  auto request = nodes_[node]->conversation().askRequest();
  auto list = request.initCommands(static_cast<unsigned>(sent.size()));
  const kj::TimePoint now = precise_now();
  for (unsigned i = 0; i < list.size(); ++i) {
    running& it = sent[i]->second;
    const std::chrono::milliseconds left((it.deadline - now) / kj::MILLISECONDS);
    list[i].setNumber(sent[i]->first);
    // What the node knows at the end of its time is to come before this attempt is given up.
    write(it.command, std::min(left, options_.attempt_max * 4 / 5), list[i].initCommand());
    it.attempts.sent();
    it.at = running::stage::sent;
    it.connection = connection;
    set_alarm(sent[i], now + kj_duration(options_.attempt_max));
  }
  tasks_->add(request.send().ignoreResult().catch_(
      [this, node, connection, carried = std::move(carried)](kj::Exception&& why) {
        if (says_nothing_done(why)) return declined(node, carried, why);
        // With what it carried all else that waits for answers there is lost.
        nodes_[node]->is_gone(connection);
      }));
  return from;
}

// It holds no conversation, or not another one.
void client_link::state::declined(std::size_t node, const std::vector<std::uint64_t>& numbers,
                                  const kj::Exception& why) {
  const error reason = of_node(node, {errc::unavailable, why.getDescription().cStr()});
  for (const std::uint64_t number : numbers) {
    const auto found = running_.find(number);
    if (found == running_.end()) continue;
    found->second.attempts.declined(reason);
    attempt_elsewhere(found);
  }
  flush();
}

void client_link::state::answered(std::uint64_t number, wire::Outcome::Reader how) {
  const auto found = running_.find(number);
  if (found == running_.end() || found->second.at != running::stage::sent) return;
  running& it = found->second;
  auto known = it.attempts.answered(read(how));
  if (!known) {
    attempt_elsewhere(found);
    // Once for all that came with it.
    if (!flushes_later_) {
      flushes_later_ = true;
      tasks_->add(kj::evalLast([this] {
        flushes_later_ = false;
        flush();
      }));
    }
    return;
  }
  preferred_ = it.node;
  learn(it, how);
  finish(found, std::move(*known));
}

void client_link::state::gone(std::size_t node, std::uint64_t connection) {
  std::vector<std::uint64_t> lost;
  for (const auto& [number, it] : running_) {
    const bool is_lost = it.at == running::stage::sent && it.node == node;
    if (is_lost && it.connection == connection) lost.push_back(number);
  }
  leads_.forget(node);
  for (const std::uint64_t number : lost) {
    const auto found = running_.find(number);
    found->second.attempts.lost(of_node(node, {errc::unavailable, "the connection is gone"}));
    attempt_elsewhere(found);
  }
  flush();
}

void client_link::state::unreachable(std::size_t node, const kj::Exception& why) {
  const error reason = of_node(node, error_of(why));
  leads_.forget(node);
  for (const std::uint64_t number : std::exchange(to_send_[node], {})) {
    const auto found = running_.find(number);
    if (found == running_.end()) continue;
    found->second.attempts.unreachable(reason);
    attempt_elsewhere(found);
  }
}

void client_link::state::learn(const running& of, wire::Outcome::Reader from) {
  // Of what a node was asked about itself, it says no partition.
  if (!from.isReply() || of.command.to.type == node_itself) return;
  const auto reply = from.getReply();
  std::size_t leader = of.node;
  if (reply.getLeader().size() != 0) {
    const std::string_view name = reply.getLeader().cStr();
    const auto known = std::ranges::find(options_.nodes, name, &peer_address::node);
    if (known == options_.nodes.end()) return;
    leader = static_cast<std::size_t>(known - options_.nodes.begin());
  }
  leads_.learn({reply.getPartition()}, reply.getPartitions(), leader);
}

void client_link::state::finish(commands::iterator of, outcome how) {
  alarms_.erase({of->second.alarm, of->first});
  const auto done = running_.extract(of);
  const running& it = done.mapped();
  queue_.with([&](queue& q) {
    --q.in_flight;
    q.bytes -= it.bytes;
  });
  KJ_IF_MAYBE (why, kj::runCatchingExceptions([&] { it.then(std::move(how)); })) {
    base::log(base::log_level::error, "a client's answer threw: " + error_of(*why).message);
  }
}

result<std::string> client_link::state::status(std::size_t node,
                                               std::chrono::milliseconds timeout) {
  if (node >= options_.nodes.size()) {
    return error{errc::invalid_argument, "there is no node number " + std::to_string(node)};
  }
  std::string json;
  const auto done = loop_->await([&, timeout, node] {
    return loop_->timer().timeoutAfter(
        kj_duration(timeout), nodes_[node]->reach().then([&json](wire::Node::Client at) {
          return at.statusRequest().send().then(
              [&json](capnp::Response<wire::Node::StatusResults> response) {
                json = response.getJson().cStr();
              });
        }));
  });
  if (!done) {
    const peer_address& to = options_.nodes[node];
    return error{done.error().code, "cannot ask the node at " + to.host + ":" +
                                        std::to_string(to.port) + ": " + done.error().message};
  }
  return json;
}

void client_link::state::stop() {
  if (loop_) loop_->stop();
}

void client_link::state::end() {
  auto waiting = queue_.with([](queue& q) {
    q.stopped = true;
    return std::exchange(q.commands, {});
  });
  while (!running_.empty()) {
    const auto first = running_.begin();
    finish(first, first->second.attempts.at_stop());
  }
  for (waiting_command& each : waiting) each.then(command_attempts().at_stop());
  tasks_ = nullptr;
  nodes_.clear();
  tls_ = nullptr;
}

void client_link::state::taskFailed(kj::Exception&& exception) {
  // What an attempt throws is an answer; what is left is a mistake of ours.
  base::log(base::log_level::error, "a command of the client: " + error_of(exception).message);
}

client_link::client_link(std::unique_ptr<state> held) : state_(std::move(held)) {}

client_link::~client_link() {
  stop();
}

result<std::unique_ptr<client_link>> client_link::start(client_link_options options) {
  if (const auto fine = check(options); !fine) return fine.error();
  // Two clients that draw the same ids would be taken for one that repeats itself.
  if (options.seed == 0) options.seed = persistence::draw_hash_seed();
  auto made = std::make_unique<state>(std::move(options));
  if (const auto begun = made->begin(); !begun) {
    made->stop();
    return begun.error();
  }
  return std::unique_ptr<client_link>(new client_link(std::move(made)));
}

void client_link::ask(detail::outgoing_command command, answer then) {
  state_->ask(std::move(command), std::move(then));
}

result<std::string> client_link::status(std::size_t node, std::chrono::milliseconds timeout) {
  return state_->status(node, timeout);
}

void client_link::stop() {
  state_->stop();
}

}  // namespace reprise::cluster
