// SPDX-License-Identifier: Apache-2.0
#include "cluster/link/mesh.hpp"

#include "base/checksum.hpp"
#include "base/log.hpp"
#include "messages/little_endian.hpp"

#include <kj/exception.h>
#include <kj/timer.h>
#include <kj/vector.h>

#include <algorithm>
#include <utility>

namespace reprise::cluster {
namespace {

// Two nodes dialled each other. It is no failure, so nobody hears of it.
constexpr std::string_view already_linked = "already linked";
// Strangers must not fill the memory with reasons.
constexpr std::size_t said_max = 1024;

nonce drawn(std::uint64_t incarnation, std::uint64_t count, std::uint64_t word) {
  std::array<std::byte, 24> from;
  messages::store(from.data(), incarnation);
  messages::store(from.data() + 8, count);
  messages::store(from.data() + 16, word);
  return base::checksum128(from);
}

}  // namespace

mesh::mesh(event_loop& loop, const link_options& options, link_events& events,
           kj::Own<tls_context> tls)
    : loop_(loop),
      options_(options),
      events_(events),
      tls_(kj::mv(tls)),
      random_(options.seed ^ options.incarnation) {
  for (const peer_address& peer : options.peers) peers_.emplace_back(peer, options.limits);
}

template <class F>
void mesh::tell(F&& event) {
  if (ending_) return;
  KJ_IF_MAYBE (why, kj::runCatchingExceptions([&] { event(); })) {
    base::log(base::log_level::error, "links: an event threw: " + error_of(*why).message);
  }
}

kj::Promise<void> mesh::begin() {
  return loop_.network()
      .parseAddress(options_.listen_host.c_str(), options_.listen_port)
      .then([this](kj::Own<kj::NetworkAddress> address) {
        acceptor_ = std::make_unique<acceptor>(
            loop_, address->listen(), tls_.get(),
            acceptor_limits{.half_open_max = options_.limits.half_open_max,
                            .half_open_per_address_max = options_.limits.half_open_per_address_max,
                            .handshake = options_.limits.handshake},
            [this](accepted_stream from) {
              auto made = kj::refcounted<connection>(loop_, owner(), options_, kj::mv(from.named),
                                                     connection::side::acceptor, our_hello({}));
              made->address(std::move(from.address));
              made->hold(kj::mv(from.ticket));
              return serve(kj::mv(made));
            },
            [this](std::string_view who, std::string_view why) { complain(who, why); });
        acceptor_->begin();
        for (std::size_t peer = 0; peer < peers_.size(); ++peer) tasks_.add(begin_to_dial(peer));
        tasks_.add(tick_for_ever());
      });
}

// ------------------------------------------------------------------------------- peers and hellos

std::optional<std::size_t> mesh::peer_named(std::string_view node) const {
  const auto at = std::ranges::find_if(
      peers_, [&](const peer_state& p) { return p.wanted && p.address.node == node; });
  if (at == peers_.end()) return {};
  return static_cast<std::size_t>(at - peers_.begin());
}

std::size_t mesh::add_peer(const peer_address& peer) {
  const auto known =
      std::ranges::find(peers_, peer.node, [](const peer_state& p) { return p.address.node; });
  const auto at = static_cast<std::size_t>(known - peers_.begin());
  if (known == peers_.end()) {
    peers_.emplace_back(peer, options_.limits);
  } else {
    known->address = peer;
    known->wanted = true;
  }
  if (!peers_[at].dialled) tasks_.add(begin_to_dial(at));
  return at;
}

void mesh::remove_peer(std::size_t peer) {
  peer_state& p = peers_[peer];
  p.wanted = false;
  if (p.candidate != nullptr) p.candidate->close();
  p.candidate = nullptr;
  if (p.current == nullptr) return;
  p.current->close();
  lose(peer, "it was removed");
}

bool mesh::decides(std::size_t peer) const {
  return options_.self < name_of(peer);
}

link_number mesh::lost_link(std::size_t peer) const {
  const peer_state& p = peers_[peer];
  return p.current == nullptr ? p.link.number : link_number();
}

hello mesh::our_hello(link_number last) {
  return {.cluster = options_.cluster,
          .incarnation = options_.incarnation,
          .drawn = drawn(options_.incarnation, ++nonces_drawn_, random_.next()),
          .last = last,
          .node = options_.self};
}

std::optional<std::string> mesh::objection(const connection& from, const hello& theirs) const {
  if (theirs.cluster != options_.cluster) {
    return "it is of cluster " + to_hex(theirs.cluster) + ", this node of cluster " +
           to_hex(options_.cluster);
  }
  if (theirs.node == options_.self) return "it has the name of this node";
  const auto peer = peer_named(theirs.node);
  if (!peer) return "there is no peer of that name";
  // A dialler knows whom it called.
  if (from.peer() && from.peer() != peer) {
    return "it is " + theirs.node + ", dialled was " + name_of(*from.peer());
  }
  if (tls_.get() != nullptr && from.certificate_name() != theirs.node) {
    return "its certificate is of " + from.certificate_name() + ", it says that it is " +
           theirs.node;
  }
  return {};
}

void mesh::greeted(connection& from, const hello& theirs) {
  if (const auto why = objection(from, theirs)) return from.refuse(*why);
  const std::size_t peer = *peer_named(theirs.node);
  from.belongs_to(peer, theirs.incarnation);
  if (decides(peer)) return choose(from, peer, theirs);
  from.answer(lost_link(peer), {});
}

void mesh::choose(connection& from, std::size_t peer, const hello& theirs) {
  peer_state& p = peers_[peer];
  if (p.candidate != nullptr ? !replaces(theirs, p.candidate_link)
                             : p.current != nullptr && !replaces(theirs, p.link)) {
    return from.refuse(already_linked);
  }
  if (p.candidate != nullptr) p.candidate->close();
  p.candidate = &from;
  p.candidate_link = {.peer_incarnation = theirs.incarnation,
                      .number = {.incarnation = options_.incarnation, .number = ++p.numbers_given}};
  from.answer({}, p.candidate_link.number.number);
}

bool mesh::confirmed(connection& from, std::uint64_t number) {
  const std::size_t peer = *from.peer();
  chosen_link& link = peers_[peer].link;
  const bool is_newer =
      link.number.incarnation != from.peer_incarnation() || link.number.number < number;
  if (decides(peer) || !is_newer) return false;
  link = {.peer_incarnation = from.peer_incarnation(),
          .number = {.incarnation = from.peer_incarnation(), .number = number}};
  return true;
}

void mesh::opened(connection& from) {
  const std::size_t peer = *from.peer();
  peer_state& p = peers_[peer];
  if (p.candidate == &from) {
    p.candidate = nullptr;
    p.link = p.candidate_link;
  }
  // It was removed during the handshake.
  if (!p.wanted) return from.close();
  if (p.current != nullptr) {
    p.current->close();
    lose(peer, "there is a newer connection");
  }
  p.current = &from;
  p.ticks_up = 0;
  const std::string& node = name_of(peer);
  std::erase_if(said_, [&](const auto& said) { return said.first == node; });
  base::log(base::log_level::info, "links: " + node + " is connected");
  tell([&] { events_.connected(peer); });
}

void mesh::received(connection& from, std::uint16_t kind, bytes_view body) {
  tell([&] { events_.received(*from.peer(), kind, body); });
}

void mesh::failed(connection& from, std::string_view why) {
  if (!from.peer()) return complain(from.address(), why);
  const std::size_t peer = *from.peer();
  peer_state& p = peers_[peer];
  if (p.current == &from) return lose(peer, why);
  if (p.candidate == &from) p.candidate = nullptr;
  complain(name_of(peer), why);
}

void mesh::lose(std::size_t peer, std::string_view why) {
  peer_state& p = peers_[peer];
  p.current = nullptr;
  // One that comes and goes at once is dialled ever more slowly.
  if (options_.tick * static_cast<std::int64_t>(p.ticks_up) >= options_.limits.backoff_max) {
    p.wait.reset();
  }
  base::log(base::log_level::warning, "links: " + name_of(peer) + " is lost: " + std::string(why));
  KJ_IF_MAYBE (lost, p.lost) {
    (*lost)->fulfill();
  }
  p.lost = nullptr;
  tell([&] { events_.disconnected(peer); });
}

void mesh::complain(std::string_view who, std::string_view why) {
  if (ending_ || why.ends_with(already_linked)) return;
  if (said_.size() >= said_max) said_.clear();
  if (!said_.emplace(who, why).second) return;
  base::log(base::log_level::warning,
            "links: " + std::string(who) + " is not linked: " + std::string(why));
  tell([&] { events_.refused(who, why); });
}

void mesh::refused_certificate(std::string_view common_name, std::string_view why) {
  complain(common_name, "its certificate is refused: " + std::string(why));
}

// --------------------------------------------------------------------------------------- dialling

kj::Promise<void> mesh::begin_to_dial(std::size_t peer) {
  peers_[peer].dialled = true;
  if (decides(peer)) return dial_for_ever(peer);
  // So that the two do not dial each other at once when both are started together.
  return loop_.timer().afterDelay(kj_duration(options_.limits.backoff_min)).then([this, peer] {
    return dial_for_ever(peer);
  });
}

kj::Promise<void> mesh::dial_for_ever(std::size_t peer) {
  peer_state& p = peers_[peer];
  if (ending_ || !p.wanted) {
    p.dialled = false;
    return kj::READY_NOW;
  }
  if (p.current != nullptr) {
    auto lost = kj::newPromiseAndFulfiller<void>();
    p.lost = kj::mv(lost.fulfiller);
    return lost.promise.then([this, peer] { return wait_and_dial(peer); });
  }
  if (p.candidate != nullptr) return wait_and_dial(peer);
  return kj::evalNow([this, peer] { return dial(peer); })
      .catch_([this, peer](kj::Exception&& why) { complain(name_of(peer), error_of(why).message); })
      .then([this, peer] { return wait_and_dial(peer); });
}

kj::Promise<void> mesh::wait_and_dial(std::size_t peer) {
  return loop_.timer().afterDelay(kj_duration(peers_[peer].wait.next(random_))).then([this, peer] {
    return dial_for_ever(peer);
  });
}

kj::Promise<void> mesh::dial(std::size_t peer) {
  return loop_.timer()
      .timeoutAfter(kj_duration(options_.limits.handshake), connect(peer))
      .then([this, peer](named_stream stream) {
        auto made =
            kj::refcounted<connection>(loop_, owner(), options_, kj::mv(stream),
                                       connection::side::dialler, our_hello(lost_link(peer)));
        made->address(name_of(peer));
        made->belongs_to(peer, 0);
        return serve(kj::mv(made));
      });
}

kj::Promise<named_stream> mesh::connect(std::size_t peer) {
  const peer_address& to = peers_[peer].address;
  // Names are resolved each time: a node may come back at another address.
  return loop_.network()
      .parseAddress(to.host.c_str(), to.port)
      .then([](kj::Own<kj::NetworkAddress> address) {
        auto connecting = address->connectAuthenticated();
        return connecting.attach(kj::mv(address));
      })
      .then([this, peer](kj::AuthenticatedStream stream) -> kj::Promise<named_stream> {
        if (tls_.get() == nullptr) return named_stream{.stream = kj::mv(stream.stream)};
        return tls_->as_dialler(kj::mv(stream), name_of(peer));
      });
}

kj::Promise<void> mesh::serve(kj::Own<connection> served) {
  connection* const it = served.get();
  connections_.push_back(it);
  return it->run().attach(kj::defer([this, it] { std::erase(connections_, it); }), kj::mv(served));
}

// --------------------------------------------------------------------------------- what users call

bool mesh::send(std::size_t peer, std::uint16_t kind, bytes body) {
  return is_connected(peer) && peers_[peer].current->send(kind, std::move(body));
}

bool mesh::send_bulk(std::size_t peer, std::uint16_t kind, bytes body) {
  return is_connected(peer) && peers_[peer].current->send_bulk(kind, std::move(body));
}

bool mesh::is_connected(std::size_t peer) const {
  return !ending_ && peer < peers_.size() && peers_[peer].current != nullptr;
}

void mesh::woken() {
  tell([&] { events_.woken(); });
}

kj::Promise<void> mesh::tick_for_ever() {
  return loop_.timer().afterDelay(kj_duration(options_.tick)).then([this] {
    tick();
    return tick_for_ever();
  });
}

void mesh::tick() {
  // Connections end in later turns of the loop; nothing is taken out of the list here.
  for (connection* const each : connections_) each->tick();
  for (peer_state& p : peers_) ++p.ticks_up;
  tell([&] { events_.tick(); });
}

kj::Promise<void> mesh::end() {
  ending_ = true;
  kj::Vector<kj::Promise<void>> goodbyes;
  for (connection* const each : connections_) {
    if (each->is_up()) goodbyes.add(each->say_goodbye());
  }
  return kj::joinPromises(goodbyes.releaseAsArray())
      .exclusiveJoin(loop_.timer().afterDelay(kj_duration(options_.limits.flush)))
      // A goodbye that cannot be said is no failure.
      .catch_([](kj::Exception&&) {});
}

void mesh::taskFailed(kj::Exception&& exception) {
  base::log(base::log_level::error, "links: " + error_of(exception).message);
}

}  // namespace reprise::cluster
