// SPDX-License-Identifier: Apache-2.0
#include "cluster/link/links.hpp"

#include "cluster/link/event_loop.hpp"
#include "cluster/link/mesh.hpp"
#include "cluster/link/options.hpp"

#include <utility>

namespace reprise::cluster {
struct links::state {
  explicit state(link_options given) : options(std::move(given)) {}

  const link_options options;
  std::unique_ptr<event_loop> loop{};
  // The loop's thread, but for port.
  std::unique_ptr<mesh> net{};
  std::uint16_t port = 0;
};

result<std::unique_ptr<links>> links::start(link_options options, link_events& events) {
  if (const auto fine = check(options); !fine) return fine.error();
  auto made = std::make_unique<state>(std::move(options));
  auto loop = event_loop::start();
  if (!loop) return loop.error();
  made->loop = std::move(*loop);
  state& s = *made;
  result<void> begun;
  s.loop->run([&] {
    kj::Own<tls_context> tls;
    if (s.options.tls) {
      auto opened =
          tls_context::open(*s.options.tls, [&s](std::string_view who, std::string_view why) {
            if (s.net) s.net->refused_certificate(who, why);
          });
      if (!opened) {
        begun = opened.error();
        return;
      }
      tls = kj::mv(*opened);
    }
    s.net = std::make_unique<mesh>(*s.loop, s.options, events, kj::mv(tls));
    s.loop->at_end([&s] { s.net.reset(); });
    s.loop->on_wake([&s] { s.net->woken(); });
  });
  if (begun) {
    begun = s.loop->await([&s] { return s.net->begin().then([&s] { s.port = s.net->port(); }); });
  }
  if (!begun) {
    s.loop->stop();
    return error{begun.error().code, "links of " + s.options.self + " at " + s.options.listen_host +
                                         ":" + std::to_string(s.options.listen_port) + ": " +
                                         begun.error().message};
  }
  return std::unique_ptr<links>(new links(std::move(made)));
}

links::links(std::unique_ptr<state> held) : state_(std::move(held)) {}

links::~links() {
  links::stop();
}

void links::wake() {
  state_->loop->wake();
}

bool links::send(std::size_t peer, std::uint16_t kind, bytes body) {
  return state_->net->send(peer, kind, std::move(body));
}

bool links::send_bulk(std::size_t peer, std::uint16_t kind, bytes body) {
  return state_->net->send_bulk(peer, kind, std::move(body));
}

bool links::is_connected(std::size_t peer) const {
  return state_->net->is_connected(peer);
}

result<std::size_t> links::add_peer(const peer_address& peer) {
  link_options with_it = state_->options;
  with_it.peers = {peer};
  if (const auto fine = check(with_it); !fine) return fine.error();
  return state_->net->add_peer(peer);
}

void links::remove_peer(std::size_t peer) {
  state_->net->remove_peer(peer);
}

result<void> links::use(const tls_texts& texts) {
  tls_context* const tls = state_->net->tls();
  if (tls == nullptr) return error{errc::invalid_argument, "these links have no certificates"};
  return tls->use(texts);
}

std::uint16_t links::port() const {
  return state_->port;
}

void links::stop() {
  // An end that is not orderly is one nevertheless.
  [[maybe_unused]] const auto ended = state_->loop->await([this] { return state_->net->end(); });
  state_->loop->stop();
}

event_loop& links::loop() {
  return *state_->loop;
}

}  // namespace reprise::cluster
