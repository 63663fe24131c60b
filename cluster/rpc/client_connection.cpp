// SPDX-License-Identifier: Apache-2.0
#include "cluster/rpc/client_connection.hpp"

#include "cluster/rpc/call_quota.hpp"
#include "cluster/rpc/client_wire.hpp"
#include "cluster/rpc/conversation.hpp"

#include <kj/debug.h>
#include <kj/exception.h>
#include <kj/timer.h>

#include <sys/socket.h>
#include <utility>

namespace reprise::cluster {
namespace {

// Of one connection; each takes little, and none is needed twice.
constexpr std::size_t conversations_max = 16;

using call_outcome = kj::Own<result<detail::raw_answer>>;

class node_service final : public wire::Node::Server {
 public:
  node_service(call_port& calls, const client_limits& limits, kj::PromiseFulfiller<void>& cut_off)
      : calls_(calls),
        message_bytes_max_(limits.message_bytes_max),
        quota_(kj::refcounted<call_quota>(limits)),
        cut_off_(cut_off) {}
  virtual ~node_service() = default;

  kj::Promise<void> ask(AskContext context) override {
    auto command = read(context.getParams().getCommand());
    if (!command) return answer(context, command.error());
    context.releaseParams();
    const std::size_t size = bytes_of(*command);
    if (const auto why = quota_->objection(size)) return answer(context, *why);
    // A client that leaves frees what its calls hold here.
    context.allowCancellation();
    // Held by a pointer because GCC 12 sees uninitialised variants where KJ moves them by value.
    auto waiting = kj::newPromiseAndFulfiller<call_outcome>();
    calls_.ask(std::move(*command), [to = kj::mv(waiting.fulfiller)](auto how) mutable {
      to->fulfill(kj::heap<result<detail::raw_answer>>(std::move(how)));
    });
    return waiting.promise
        .then([this, context](call_outcome outcome) mutable {
          write_outcome(*outcome, calls_, message_bytes_max_, context.getResults().initOutcome());
        })
        .attach(quota_->take(size));
  }

  kj::Promise<void> status(StatusContext context) override {
    context.getResults().setJson(calls_.status_json());
    return kj::READY_NOW;
  }

  kj::Promise<void> converse(ConverseContext context) override {
    if (conversations_ == conversations_max) {
      return KJ_EXCEPTION(OVERLOADED, "too many conversations on one connection");
    }
    ++conversations_;
    const auto cut_off = [this](kj::Exception why) { cut_off_.reject(kj::mv(why)); };
    context.getResults().setConversation(
        kj::heap<conversation>(calls_, kj::addRef(*quota_), message_bytes_max_,
                               context.getParams().getAnswers(), cut_off));
    return kj::READY_NOW;
  }

 private:
  kj::Promise<void> answer(AskContext& context, const error& why) {
    write_outcome(why, calls_, message_bytes_max_, context.getResults().initOutcome());
    return kj::READY_NOW;
  }

  call_port& calls_;
  const std::size_t message_bytes_max_;
  kj::Own<call_quota> quota_;
  kj::PromiseFulfiller<void>& cut_off_;
  std::size_t conversations_ = 0;
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
      rpc_(capnp::makeRpcServer(network_,
                                kj::heap<node_service>(calls, limits, *cut_off_.fulfiller))) {
  keep_alive(*stream_);
  messages_.on_first([this] { ticket_ = nullptr; });
}

kj::Promise<void> client_connection::run() {
  return network_.onDisconnect()
      .exclusiveJoin(kj::mv(cut_off_.promise))
      .exclusiveJoin(
          timer_.afterDelay(kj_duration(limits_.handshake)).then([this]() -> kj::Promise<void> {
            if (ticket_.get() != nullptr) return KJ_EXCEPTION(DISCONNECTED, "it says nothing");
            return kj::NEVER_DONE;
          }));
}

}  // namespace reprise::cluster
