// SPDX-License-Identifier: Apache-2.0
#include "cluster/link/acceptor.hpp"

#include <kj/exception.h>
#include <kj/timer.h>

#include <utility>

namespace reprise::cluster {
namespace {

// Out of file descriptors, most likely: some may be free after this time.
constexpr std::chrono::milliseconds pause_after_failure{100};

// "10.0.0.7:4711" and "[::1]:4711" without their ports.
std::string address_of(kj::PeerIdentity& identity) {
  std::string text = identity.toString().cStr();
  if (const auto colon = text.rfind(':'); colon != std::string::npos) text.resize(colon);
  return text;
}

}  // namespace

kj::Duration kj_duration(std::chrono::milliseconds duration) {
  return duration.count() * kj::MILLISECONDS;
}

half_open_ticket::half_open_ticket(std::map<std::string, std::size_t>& counts, std::size_t& total,
                                   std::string address)
    : counts_(counts), total_(total), address_(std::move(address)) {
  ++counts_[address_];
  ++total_;
}

half_open_ticket::~half_open_ticket() {
  --total_;
  if (--counts_[address_] == 0) counts_.erase(address_);
}

acceptor::acceptor(event_loop& loop, kj::Own<kj::ConnectionReceiver> port, tls_context* tls,
                   acceptor_limits limits, server serve, complaint complain)
    : loop_(loop),
      port_(kj::mv(port)),
      tls_(tls),
      limits_(limits),
      serve_(std::move(serve)),
      complain_(std::move(complain)) {}

kj::Promise<void> acceptor::accept() {
  return kj::evalNow([this] { return port_->acceptAuthenticated(); })
      .then(
          [this](kj::AuthenticatedStream stream) -> kj::Promise<void> {
            KJ_IF_MAYBE (why, kj::runCatchingExceptions([&] { take(kj::mv(stream)); })) {
              complain_("a connection", error_of(*why).message);
            }
            // A flood of connections must let the loop look at everything else.
            return loop_.timer().afterDelay(0 * kj::MILLISECONDS);
          },
          [this](kj::Exception&& why) -> kj::Promise<void> {
            complain_("a connection", "cannot be accepted: " + error_of(why).message);
            return loop_.timer().afterDelay(kj_duration(pause_after_failure));
          })
      .then([this] { return accept(); });
}

void acceptor::take(kj::AuthenticatedStream stream) {
  std::string address = address_of(*stream.peerIdentity);
  const auto here = half_open_of_.find(address);
  const std::size_t of_address = here == half_open_of_.end() ? 0 : here->second;
  if (half_open_ >= limits_.half_open_max || of_address >= limits_.half_open_per_address_max) {
    complain_(address, "too many connections that do not say who they are");
    return;
  }
  auto ticket = kj::heap<half_open_ticket>(half_open_of_, half_open_, address);
  tasks_.add(
      through_tls(kj::mv(stream))
          .then([this, address, ticket = kj::mv(ticket)](named_stream named) mutable {
            return serve_({.named = kj::mv(named), .address = address, .ticket = kj::mv(ticket)});
          })
          .catch_(
              [this, address](kj::Exception&& why) { complain_(address, error_of(why).message); }));
}

kj::Promise<named_stream> acceptor::through_tls(kj::AuthenticatedStream stream) {
  if (tls_ == nullptr) return named_stream{.stream = kj::mv(stream.stream)};
  return loop_.timer().timeoutAfter(kj_duration(limits_.handshake),
                                    tls_->as_acceptor(kj::mv(stream)));
}

void acceptor::taskFailed(kj::Exception&& exception) {
  complain_("a connection", error_of(exception).message);
}

}  // namespace reprise::cluster
