// SPDX-License-Identifier: Apache-2.0
#include "simulation/network.hpp"

#include <algorithm>

namespace reprise::simulated {
namespace {

constexpr milliseconds silence{1500};
constexpr milliseconds dial_every{40};
constexpr milliseconds frame_takes{8};
constexpr milliseconds bulk_takes{40};

}  // namespace

void network::cut(const std::string& from, const std::string& to) {
  cuts_.emplace(from, to);
  const auto c = between(from, to);
  if (!c) return;
  // Even if it is healed soon: something may be lost by then.
  world_.after(world_.up_to(silence), [this, c] { break_up(c, milliseconds(20)); });
}

void network::reset(const std::string& one, const std::string& other) {
  if (const auto c = between(one, other)) break_up(c, milliseconds(20));
}

network::shared_connection network::between(const std::string& one,
                                            const std::string& other) const {
  const auto found = connections_.find(pair_of(one, other));
  return found == connections_.end() ? nullptr : found->second;
}

void network::dial() {
  forget_closed();
  for (auto one = nodes_.begin(); one != nodes_.end(); ++one) {
    for (auto other = std::next(one); other != nodes_.end(); ++other) {
      try_dial(*one->second, *other->second);
    }
  }
  world_.after(dial_every, [this] { dial(); });
}

void network::try_dial(node_links& one, node_links& other) {
  const pair names = pair_of(one.name(), other.name());
  const bool is_cut = cuts_.contains(names) || cuts_.contains({names.second, names.first});
  if (is_cut || !one.wants(other.name()) || !other.wants(one.name())) return;
  if (connections_.contains(names) || world_.one_in(3)) return;
  const auto made = std::make_shared<connection>();
  made->ends[0] = {.name = one.name(), .at = &one};
  made->ends[1] = {.name = other.name(), .at = &other};
  connections_.emplace(names, made);
  for (const std::size_t side : {0U, 1U}) {
    tell(made, side, {.what = news::kind::up}, milliseconds(10));
  }
}

// `latest`: how long it takes at most, unless it has to wait for what came before.
void network::tell(const shared_connection& c, std::size_t side, news what, milliseconds latest) {
  end& to = c->ends[side];
  if (to.at == nullptr) return;
  to.last_at = std::max(to.last_at, world_.now() + world_.up_to(latest));
  to.coming.push_back(std::move(what));
  to.at->life_->after(to.last_at - world_.now(), [this, c, side] { arrive(c, side); });
}

void network::arrive(const shared_connection& c, std::size_t side) {
  end& here = c->ends[side];
  if (here.at == nullptr || here.coming.empty()) return;
  const news next = std::move(here.coming.front());
  here.coming.pop_front();
  const std::size_t peer = here.at->index_of(c->ends[1 - side].name);
  cluster::link_events& events = here.at->events_;
  switch (next.what) {
    case news::kind::up:
      here.open = true;
      return events.connected(peer);
    case news::kind::frame:
      return events.received(peer, next.frame_kind, next.body);
    case news::kind::down:
      if (std::exchange(here.open, false)) events.disconnected(peer);
      return;
  }
}

void network::break_up(const shared_connection& c, milliseconds latest) {
  if (std::exchange(c->broken, true)) return;
  for (const std::size_t side : {0U, 1U}) tell(c, side, {.what = news::kind::down}, latest);
}

void network::forget_closed() {
  std::erase_if(connections_, [](const auto& each) {
    const connection& c = *each.second;
    return c.broken && std::ranges::all_of(c.ends, [](const end& e) {
             return e.at == nullptr || (!e.open && e.coming.empty());
           });
  });
}

node_links::node_links(network& in, computer& on, std::shared_ptr<life> of,
                       cluster::link_options options, cluster::link_events& events)
    : network_(in),
      computer_(on),
      life_(std::move(of)),
      options_(std::move(options)),
      events_(events) {
  for (const cluster::peer_address& peer : options_.peers) {
    peers_.push_back(peer.node);
    wanted_.insert(peer.node);
  }
  network_.nodes_.insert_or_assign(name(), this);
  tick();
}

void node_links::tick() {
  life_->after(computer_.clock.in_world(options_.tick), [this] {
    events_.tick();
    tick();
  });
}

void node_links::wake() {
  if (std::exchange(woken_, true)) return;
  life_->after(computer_.soon(), [this] {
    woken_ = false;
    events_.woken();
  });
}

std::size_t node_links::index_of(const std::string& peer) const {
  return static_cast<std::size_t>(std::ranges::find(peers_, peer) - peers_.begin());
}

bool node_links::is_connected(std::size_t peer) const {
  const auto c = network_.between(name(), peers_[peer]);
  return c && std::ranges::any_of(c->ends, [&](const auto& e) { return e.at == this && e.open; });
}

bool node_links::send(std::size_t peer, std::uint16_t kind, bytes body, milliseconds latest) {
  if (!is_connected(peer) || body.size() > options_.limits.frame_bytes_max) return false;
  const std::string& to = peers_[peer];
  const auto c = network_.between(name(), to);
  ++network_.frames_;
  if (c->broken || network_.cuts_.contains({name(), to})) return true;
  const std::size_t side = c->ends[0].name == to ? 0 : 1;
  network_.tell(c, side,
                {.what = network::news::kind::frame, .frame_kind = kind, .body = std::move(body)},
                latest);
  return true;
}

bool node_links::send(std::size_t peer, std::uint16_t kind, bytes body) {
  return send(peer, kind, std::move(body), frame_takes);
}

bool node_links::send_bulk(std::size_t peer, std::uint16_t kind, bytes body) {
  return send(peer, kind, std::move(body), bulk_takes);
}

result<std::size_t> node_links::add_peer(const cluster::peer_address& peer) {
  wanted_.insert(peer.node);
  const std::size_t known = index_of(peer.node);
  if (known == peers_.size()) peers_.push_back(peer.node);
  return known;
}

void node_links::remove_peer(std::size_t peer) {
  if (wanted_.erase(peers_[peer]) > 0) network_.reset(name(), peers_[peer]);
}

void node_links::leave() {
  const auto here = network_.nodes_.find(name());
  if (here == network_.nodes_.end() || here->second != this) return;
  network_.nodes_.erase(here);
  for (const auto& [names, c] : network_.connections_) {
    for (network::end& e : c->ends) {
      if (e.at != this) continue;
      e.at = nullptr;
      network_.break_up(c, milliseconds(50));
    }
  }
}

}  // namespace reprise::simulated
