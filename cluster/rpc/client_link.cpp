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
#include "cluster/rpc/client_wire.hpp"
#include "cluster/rpc/command_attempts.hpp"
#include "cluster/rpc/node_link.hpp"

#include <kj/exception.h>
#include <kj/timer.h>

#include <algorithm>
#include <array>
#include <cstring>
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

// Waits until what it holds is taken, or another time is asked for.
struct waiting_command {
  detail::outgoing_command command{};
  client_link::answer then{};
  std::chrono::steady_clock::time_point asked_at{};
};

}  // namespace

class client_link::state : private kj::TaskSet::ErrorHandler {
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
  };
  struct queue {
    std::vector<waiting_command> commands{};
    std::size_t in_flight = 0;
    std::size_t bytes = 0;
    bool stopped = false;
  };

  void take_waiting();
  void run(waiting_command waiting);
  kj::Promise<void> attempt(running& of);
  kj::Promise<void> send(running& of, wire::Node::Client node);
  kj::Promise<void> attempt_elsewhere(running& of);
  kj::Promise<void> failed(running& of, const kj::Exception& why, bool sent);
  void finish(running& of, outcome how);
  void end();
  void taskFailed(kj::Exception&& exception) override;

  const client_link_options options_;
  base::guarded<queue> queue_{};
  std::unique_ptr<event_loop> loop_{};

  // The loop's thread only.
  base::random random_;
  kj::Own<tls_context> tls_{};
  std::vector<kj::Own<node_link>> nodes_{};
  /// The node that answered last is asked first.
  std::size_t preferred_ = 0;
  std::vector<running*> running_{};
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
      nodes_.push_back(kj::heap<node_link>(*loop_, tls_.get(), options_, node));
    }
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
}

void client_link::state::run(waiting_command waiting) {
  auto made = kj::heap<running>();
  running& it = *made;
  it.bytes = bytes_of(waiting.command);
  it.command = std::move(waiting.command);
  it.then = std::move(waiting.then);
  it.node = preferred_;
  it.wait = backoff(options_.backoff_min, options_.backoff_max);
  // Without an id it could not be sent twice.
  if (it.command.how.id.empty()) {
    const std::array<std::uint64_t, 2> drawn{random_.next(), random_.next() | 1U};
    std::memcpy(it.command.how.id.value.data(), drawn.data(), sizeof drawn);
  }
  const auto waited = std::chrono::steady_clock::now() - waiting.asked_at;
  const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::min<std::chrono::nanoseconds>(it.command.how.timeout, ask_timeout_max) - waited);
  it.deadline = kj::systemPreciseMonotonicClock().now() + left.count() * kj::NANOSECONDS;
  running_.push_back(&it);
  auto past_deadline = loop_->timer().atTime(it.deadline).then([this, &it] {
    finish(it, it.attempts.at_deadline());
  });
  tasks_->add(kj::evalNow([&] { return attempt(it); })
                  .exclusiveJoin(kj::mv(past_deadline))
                  .attach(kj::defer([this, &it] { std::erase(running_, &it); }), kj::mv(made)));
}

kj::Promise<void> client_link::state::attempt(running& of) {
  return nodes_[of.node]->reach().then(
      [this, &of](wire::Node::Client node) { return send(of, kj::mv(node)); },
      [this, &of](kj::Exception&& why) { return failed(of, why, false); });
}

kj::Promise<void> client_link::state::send(running& of, wire::Node::Client node) {
  auto request = node.askRequest();
  const std::chrono::milliseconds left((of.deadline - kj::systemPreciseMonotonicClock().now()) /
                                       kj::MILLISECONDS);
  // What the node knows at the end of its time is to come before this attempt is given up.
  write(of.command, std::min(left, options_.attempt_max * 4 / 5), request.initCommand());
  of.attempts.sent();
  // A node that hangs keeps its connection; to ask another one as well is safe.
  auto answered =
      loop_->timer().timeoutAfter(kj_duration(options_.attempt_max), request.send().dropPipeline());
  return answered.then(
      [this, &of](capnp::Response<wire::Node::AskResults> response) -> kj::Promise<void> {
        auto how = of.attempts.answered(read(response.getOutcome()));
        if (!how) return attempt_elsewhere(of);
        preferred_ = of.node;
        finish(of, std::move(*how));
        return kj::READY_NOW;
      },
      [this, &of](kj::Exception&& why) { return failed(of, why, true); });
}

kj::Promise<void> client_link::state::failed(running& of, const kj::Exception& why, bool sent) {
  error reason = error_of(why);
  reason.message = options_.nodes[of.node].node + ": " + reason.message;
  if (!sent) {
    of.attempts.unreachable(std::move(reason));
  } else {
    of.attempts.lost(std::move(reason));
    if (why.getType() == kj::Exception::Type::DISCONNECTED) nodes_[of.node]->is_gone();
  }
  return attempt_elsewhere(of);
}

kj::Promise<void> client_link::state::attempt_elsewhere(running& of) {
  of.node = (of.node + 1) % nodes_.size();
  // Where one node cannot help, the next one may know better; all of them need time.
  if (++of.tried % nodes_.size() != 0) return attempt(of);
  return loop_->timer().afterDelay(kj_duration(of.wait.next(random_))).then([this, &of] {
    return attempt(of);
  });
}

void client_link::state::finish(running& of, outcome how) {
  if (!of.then) return;
  queue_.with([&](queue& q) {
    --q.in_flight;
    q.bytes -= of.bytes;
  });
  const auto then = std::exchange(of.then, nullptr);
  KJ_IF_MAYBE (why, kj::runCatchingExceptions([&] { then(std::move(how)); })) {
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
  const auto all = std::exchange(running_, {});
  for (running* const each : all) finish(*each, each->attempts.at_stop());
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
