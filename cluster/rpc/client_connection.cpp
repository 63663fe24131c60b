// SPDX-License-Identifier: Apache-2.0
#include "cluster/rpc/client_connection.hpp"

#include "cluster/rpc/client_wire.hpp"

#include <kj/debug.h>
#include <kj/exception.h>
#include <kj/timer.h>

#include <sys/socket.h>
#include <utility>

namespace reprise::cluster {
namespace {

class node_service final : public wire::Node::Server {
 public:
  node_service(call_port& calls, const client_limits& limits)
      : calls_(calls), limits_(limits), quota_(kj::refcounted<call_quota>()) {}
  virtual ~node_service() = default;

  kj::Promise<void> ask(AskContext context) override {
    auto command = read(context.getParams().getCommand());
    if (!command) return answer(context, command.error());
    context.releaseParams();
    const std::size_t size = bytes_of(*command);
    if (quota_->calls >= limits_.calls_in_flight_max ||
        quota_->bytes + size > limits_.bytes_in_flight_max) {
      return answer(context,
                    error{errc::overloaded,
                          "this client has too much in flight: " + std::to_string(quota_->calls) +
                              " calls, " + std::to_string(quota_->bytes) + " bytes"});
    }
    // A client that leaves frees what its calls hold here.
    context.allowCancellation();
    ++quota_->calls;
    quota_->bytes += size;
    auto taken = kj::defer([quota = kj::addRef(*quota_), size]() mutable {
      --quota->calls;
      quota->bytes -= size;
    });
    return calls_.ask(std::move(*command))
        .then([context](call_outcome outcome) mutable {
          write(*outcome, context.getResults().initOutcome());
        })
        .attach(kj::mv(taken));
  }

  kj::Promise<void> status(StatusContext context) override {
    context.getResults().setJson(calls_.status_json());
    return kj::READY_NOW;
  }

 private:
  static kj::Promise<void> answer(AskContext& context, const error& why) {
    write(result<detail::raw_answer>(why), context.getResults().initOutcome());
    return kj::READY_NOW;
  }

  call_port& calls_;
  const client_limits& limits_;
  kj::Own<call_quota> quota_;
};

message_limits limits_of(const client_limits& limits) {
  return {.message_bytes_max = limits.message_bytes_max,
          .unread_bytes_max = limits.unread_bytes_max};
}

// So that a client whose machine is gone does not stay for ever.
void keep_alive(kj::AsyncIoStream& stream) {
  const int on = 1;
  // Where it cannot be set, it is not.
  kj::runCatchingExceptions([&] { stream.setsockopt(SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on); });
}

}  // namespace

client_connection::client_connection(call_port& calls, kj::Timer& timer,
                                     const client_limits& limits, accepted_stream from)
    : stream_(kj::mv(from.named.stream)),
      ticket_(kj::mv(from.ticket)),
      timer_(timer),
      limits_(limits),
      messages_(*stream_, timer, limits_of(limits)),
      network_(messages_, capnp::rpc::twoparty::Side::SERVER, limits_of(limits).reader_options()),
      rpc_(capnp::makeRpcServer(network_, kj::heap<node_service>(calls, limits))) {
  keep_alive(*stream_);
  messages_.on_first([this] { ticket_ = nullptr; });
}

kj::Promise<void> client_connection::run() {
  return network_.onDisconnect().exclusiveJoin(
      timer_.afterDelay(kj_duration(limits_.handshake)).then([this]() -> kj::Promise<void> {
        if (ticket_.get() != nullptr) return KJ_EXCEPTION(DISCONNECTED, "it says nothing");
        return kj::NEVER_DONE;
      }));
}

}  // namespace reprise::cluster
