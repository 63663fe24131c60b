// SPDX-License-Identifier: Apache-2.0
#include "cluster/rpc/node_link.hpp"

#include "cluster/link/acceptor.hpp"
#include "cluster/rpc/message_stream.hpp"

#include <capnp/message.h>
#include <capnp/rpc-twoparty.h>
#include <capnp/rpc.h>
#include <kj/debug.h>
#include <kj/timer.h>

#include <utility>

namespace reprise::cluster {
namespace {

message_limits limits_of(const client_link_options& options) {
  // What is in flight is bounded by the client itself.
  return {.message_bytes_max = options.message_bytes_max,
          .unread_bytes_max = 2 * options.bytes_in_flight_max + options.message_bytes_max};
}

// What a node calls with outcomes.
class answers_here final : public wire::Answers::Server {
 public:
  explicit answers_here(node_listener& listener) : listener_(listener) {}
  virtual ~answers_here() = default;

  kj::Promise<void> take(TakeContext context) override {
    for (const auto each : context.getParams().getOutcomes()) {
      listener_.answered(each.getNumber(), each.getOutcome());
    }
    return kj::READY_NOW;
  }

 private:
  node_listener& listener_;
};

}  // namespace

struct node_link::live {
  live(node_link& owner, kj::Own<kj::AsyncIoStream> from, kj::Timer& timer,
       const message_limits& limits)
      : stream(kj::mv(from)),
        messages(*stream, timer, limits),
        network(messages, capnp::rpc::twoparty::Side::CLIENT, limits.reader_options()),
        rpc(capnp::makeRpcClient(network)),
        node(bootstrap()),
        conversation(converse(owner.listener_))
        // So that no command is risked on it.
        ,
        gone(network.onDisconnect()
                 .then([&owner, connection = owner.connections_] { owner.is_gone(connection); })
                 .eagerlyEvaluate(nullptr)) {}

  wire::Node::Client bootstrap() {
    capnp::word scratch[4] = {};
    capnp::MallocMessageBuilder message(scratch);
    auto server = message.getRoot<capnp::rpc::twoparty::VatId>();
    server.setSide(capnp::rpc::twoparty::Side::SERVER);
    return rpc.bootstrap(server).castAs<wire::Node>();
  }

  wire::Conversation::Client converse(node_listener& listener) {
    auto request = node.converseRequest();
    request.setAnswers(kj::heap<answers_here>(listener));
    // Used before the node has said anything: what it refuses, the first command hears.
    return request.send().getConversation();
  }

  // Destroyed from the last to the first.
  kj::Own<kj::AsyncIoStream> stream;
  message_stream messages;
  capnp::TwoPartyVatNetwork network;
  capnp::RpcSystem<capnp::rpc::twoparty::VatId> rpc;
  wire::Node::Client node;
  wire::Conversation::Client conversation;
  kj::Promise<void> gone;
};

node_link::node_link(event_loop& loop, tls_context* tls, const client_link_options& options,
                     std::size_t node, node_listener& listener)
    : loop_(loop), tls_(tls), options_(options), node_(node), listener_(listener) {}

node_link::~node_link() noexcept(false) = default;

kj::Promise<wire::Node::Client> node_link::reach() {
  if (live_.get() != nullptr) return live_->node;
  if (connecting_ == nullptr) {
    ++connections_;
    connecting_ = loop_.timer()
                      .timeoutAfter(kj_duration(options_.handshake),
                                    kj::evalNow([this] { return connect(); }))
                      .fork();
  }
  const auto done = [this, turn = connections_] {
    if (connections_ == turn) connecting_ = nullptr;
  };
  KJ_IF_MAYBE (connecting, connecting_) {
    return connecting->addBranch().then(
        [this, done]() -> kj::Promise<wire::Node::Client> {
          done();
          if (live_.get() == nullptr) return KJ_EXCEPTION(DISCONNECTED, "it was gone at once");
          return live_->node;
        },
        [done](kj::Exception&& why) -> kj::Promise<wire::Node::Client> {
          done();
          return kj::mv(why);
        });
  }
  KJ_UNREACHABLE;
}

kj::Promise<void> node_link::connect() {
  return open_stream().then([this](named_stream named) {
    live_ = kj::heap<live>(*this, kj::mv(named.stream), loop_.timer(), limits_of(options_));
  });
}

kj::Promise<named_stream> node_link::open_stream() {
  const peer_address& to = options_.nodes[node_];
  return loop_.network()
      .parseAddress(to.host.c_str(), to.port)
      .then([](kj::Own<kj::NetworkAddress> address) {
        auto connecting = address->connectAuthenticated();
        return connecting.attach(kj::mv(address));
      })
      .then([this](kj::AuthenticatedStream stream) -> kj::Promise<named_stream> {
        if (tls_ == nullptr) return named_stream{.stream = kj::mv(stream.stream)};
        return tls_->as_dialler(kj::mv(stream), options_.nodes[node_].node);
      });
}

wire::Conversation::Client& node_link::conversation() {
  return live_->conversation;
}

void node_link::is_gone(std::uint64_t connection) {
  if (live_.get() == nullptr || connection != connections_) return;
  loop_.tasks().add(kj::evalLater([old = kj::mv(live_)] {}));
  listener_.gone(node_, connection);
}

}  // namespace reprise::cluster
