// SPDX-License-Identifier: Apache-2.0
#include "cluster/rpc/client_server.hpp"

#include "base/assert.hpp"
#include "base/guarded.hpp"
#include "base/log.hpp"
#include "cluster/link/acceptor.hpp"
#include "cluster/link/event_loop.hpp"
#include "cluster/link/options.hpp"
#include "cluster/rpc/client_connection.hpp"

#include <kj/debug.h>

#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace reprise::cluster {
namespace {

// Clients must not fill the memory with reasons.
constexpr std::size_t said_max = 1024;

using call_id = std::uint64_t;
using outcome = result<detail::raw_answer>;

// Where answers of any thread wait for the loop. Outlives the server as long as an answer is owed.
class answered_calls {
 public:
  explicit answered_calls(event_loop& loop, std::function<void()> look) {
    waiting_.with([&](waiting& w) {
      w.loop = &loop;
      w.look = std::move(look);
    });
  }

  void add(call_id call, outcome how) {
    waiting_.with([&](waiting& w) {
      if (w.loop == nullptr) return;
      w.calls.emplace_back(call, std::move(how));
      // Once for all that come before the loop looks.
      if (w.calls.size() == 1) w.loop->post(w.look);
    });
  }
  std::vector<std::pair<call_id, outcome>> take() {
    return waiting_.with([](waiting& w) { return std::exchange(w.calls, {}); });
  }
  void close() {
    waiting_.with([](waiting& w) { w = {}; });
  }

 private:
  struct waiting {
    event_loop* loop = nullptr;
    std::function<void()> look{};
    std::vector<std::pair<call_id, outcome>> calls{};
  };
  base::guarded<waiting> waiting_{};
};

}  // namespace

class client_server::state : public std::enable_shared_from_this<state>,
                             private call_port,
                             private kj::TaskSet::ErrorHandler {
 public:
  state(event_loop& loop, client_server_options options, client_requests& requests)
      : loop_(loop), options_(std::move(options)), requests_(requests) {}
  virtual ~state() = default;

  // All of these on the loop's thread.
  result<void> open_tls();
  kj::Promise<void> listen();
  void close();
  [[nodiscard]] tls_context* tls() { return tls_.get(); }

  event_loop& loop() { return loop_; }
  [[nodiscard]] const client_server_options& options() const { return options_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  void ask(detail::outgoing_command command, told then) override;
  std::uint32_t partitions() const override { return requests_.partitions(); }
  std::string leads_elsewhere(partition_id partition) const override {
    return requests_.leads_elsewhere(partition);
  }
  std::string status_json() override { return requests_.status_json(); }
  void take_answers();
  kj::Promise<void> serve(accepted_stream from);
  void complain(std::string_view who, std::string_view why);
  void taskFailed(kj::Exception&& exception) override;

  event_loop& loop_;
  const client_server_options options_;
  client_requests& requests_;
  std::uint16_t port_ = 0;

  // The loop's thread only.
  kj::Own<tls_context> tls_{};
  std::shared_ptr<answered_calls> answered_{};
  std::unordered_map<call_id, told> asked_{};
  call_id last_call_ = 0;
  std::size_t connections_ = 0;
  std::set<std::pair<std::string, std::string>> said_{};
  std::unique_ptr<acceptor> acceptor_{};
};

result<void> client_server::state::open_tls() {
  if (!options_.tls) return {};
  auto opened =
      tls_context::open(*options_.tls, [this](std::string_view who, std::string_view why) {
        complain(who, "its certificate is refused: " + std::string(why));
      });
  if (!opened) return opened.error();
  tls_ = kj::mv(*opened);
  return {};
}

kj::Promise<void> client_server::state::listen() {
  return loop_.network()
      .parseAddress(options_.listen_host.c_str(), options_.listen_port)
      .then([this](kj::Own<kj::NetworkAddress> address) {
        const client_limits& limits = options_.limits;
        answered_ = std::make_shared<answered_calls>(loop_, [weak = weak_from_this()] {
          if (const auto self = weak.lock()) self->take_answers();
        });
        acceptor_ = std::make_unique<acceptor>(
            loop_, address->listen(), tls_.get(),
            acceptor_limits{.half_open_max = limits.half_open_max,
                            .half_open_per_address_max = limits.half_open_per_address_max,
                            .handshake = limits.handshake},
            [this](accepted_stream from) { return serve(kj::mv(from)); },
            [this](std::string_view who, std::string_view why) { complain(who, why); });
        port_ = acceptor_->port();
        acceptor_->begin();
      });
}

void client_server::state::close() {
  if (answered_) answered_->close();
  // Connections first: their calls wait for what asked_ holds.
  acceptor_.reset();
  asked_.clear();
  tls_ = nullptr;
}

kj::Promise<void> client_server::state::serve(accepted_stream from) {
  KJ_REQUIRE(connections_ < options_.limits.connections_max, "too many clients");
  ++connections_;
  auto served = kj::heap<client_connection>(static_cast<call_port&>(*this), loop_.timer(),
                                            options_.limits, kj::mv(from));
  auto running = served->run();
  return running.attach(kj::mv(served), kj::defer([this] { --connections_; }));
}

void client_server::state::ask(detail::outgoing_command command, told then) {
  const call_id call = ++last_call_;
  asked_.emplace(call, kj::mv(then));
  requests_.ask(std::move(command),
                [to = answered_, call](outcome how) { to->add(call, std::move(how)); });
}

void client_server::state::take_answers() {
  for (auto& [call, how] : answered_->take()) {
    const auto at = asked_.find(call);
    if (at == asked_.end()) continue;
    auto then = kj::mv(at->second);
    asked_.erase(at);
    then(std::move(how));
  }
}

void client_server::state::complain(std::string_view who, std::string_view why) {
  if (said_.size() >= said_max) said_.clear();
  if (!said_.emplace(who, why).second) return;
  base::log(base::log_level::warning,
            "clients: " + std::string(who) + " is cut off: " + std::string(why));
}

void client_server::state::taskFailed(kj::Exception&& exception) {
  complain("a client", error_of(exception).message);
}

client_server::client_server(std::shared_ptr<state> held) : state_(std::move(held)) {}

client_server::~client_server() {
  client_server::stop();
}

result<std::unique_ptr<client_server>> client_server::start(event_loop& loop,
                                                            client_server_options options,
                                                            client_requests& requests) {
  if (!options.tls && !is_loopback(options.listen_host)) {
    return error{errc::invalid_argument,
                 "clients without TLS are served on an address of this machine only, not on " +
                     options.listen_host};
  }
  auto made = std::make_shared<state>(loop, std::move(options), requests);
  result<void> begun = error{errc::stopped, "the event loop ended"};
  loop.run([&] {
    begun = made->open_tls();
    loop.at_end([made] { made->close(); });
  });
  if (begun) begun = loop.await([&] { return made->listen(); });
  std::unique_ptr<client_server> server(new client_server(made));
  if (begun) return server;
  return error{begun.error().code, "serving clients at " + made->options().listen_host + ":" +
                                       std::to_string(made->options().listen_port) + ": " +
                                       begun.error().message};
}

std::uint16_t client_server::port() const {
  return state_->port();
}

result<void> client_server::use(const tls_texts& texts) {
  if (state_->tls() == nullptr)
    return error{errc::invalid_argument, "clients have no certificates"};
  return state_->tls()->use(texts);
}

void client_server::stop() {
  state_->loop().run([this] { state_->close(); });
}

}  // namespace reprise::cluster
