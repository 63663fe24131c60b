// SPDX-License-Identifier: Apache-2.0
//
// The links between simulated nodes: ordered streams that are late, break, and are dialled again.
// A direction can be cut; what is sent there is lost, and after a while of silence the link breaks.
//
// Threading: one thread.

#pragma once

#include "cluster/link/links.hpp"
#include "simulation/computer.hpp"

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace reprise::simulated {

class node_links;

class network {
 public:
  explicit network(world& in) : world_(in) { dial(); }

  /// Nothing that is sent from one arrives at the other any more.
  void cut(const std::string& from, const std::string& to);
  void heal() { cuts_.clear(); }
  /// The link between them breaks once.
  void reset(const std::string& one, const std::string& other);

  [[nodiscard]] std::uint64_t frames() const { return frames_; }

 private:
  friend class node_links;
  using pair = std::pair<std::string, std::string>;
  // What one end of a link is told, in this order.
  struct news {
    enum class kind { up, frame, down } what = kind::frame;
    std::uint16_t frame_kind = 0;
    bytes body{};
  };
  struct end {
    std::string name{};
    // Null once it has left.
    node_links* at = nullptr;
    bool open = false;
    std::deque<news> coming{};
    milliseconds last_at{};
  };
  struct connection {
    std::array<end, 2> ends{};
    bool broken = false;
  };
  using shared_connection = std::shared_ptr<connection>;

  static pair pair_of(const std::string& one, const std::string& other) {
    return one < other ? pair(one, other) : pair(other, one);
  }
  void dial();
  void try_dial(node_links& one, node_links& other);
  void tell(const shared_connection& c, std::size_t side, news what, milliseconds latest);
  void arrive(const shared_connection& c, std::size_t side);
  void break_up(const shared_connection& c, milliseconds latest);
  void forget_closed();
  [[nodiscard]] shared_connection between(const std::string& one, const std::string& other) const;

  world& world_;
  std::map<std::string, node_links*> nodes_;
  std::set<pair> cuts_;
  std::map<pair, shared_connection> connections_;
  std::uint64_t frames_ = 0;
};

/// The links of one life of a node.
class node_links final : public cluster::peer_links {
 public:
  node_links(network& in, computer& on, std::shared_ptr<life> of, cluster::link_options options,
             cluster::link_events& events);
  ~node_links() override { leave(); }
  node_links(const node_links&) = delete;
  node_links& operator=(const node_links&) = delete;

  void wake() override;
  bool send(std::size_t peer, std::uint16_t kind, bytes body) override;
  bool send_bulk(std::size_t peer, std::uint16_t kind, bytes body) override;
  [[nodiscard]] bool is_connected(std::size_t peer) const override;
  result<std::size_t> add_peer(const cluster::peer_address& peer) override;
  void remove_peer(std::size_t peer) override;
  // There are no certificates to be used.
  result<void> use(const cluster::tls_texts& /*texts*/) override { return {}; }
  void stop() override { leave(); }

  [[nodiscard]] const std::string& name() const { return options_.self; }
  [[nodiscard]] bool wants(const std::string& other) const { return wanted_.contains(other); }

 private:
  friend class network;
  [[nodiscard]] std::size_t index_of(const std::string& peer) const;
  bool send(std::size_t peer, std::uint16_t kind, bytes body, milliseconds latest);
  void tick();
  void leave();

  network& network_;
  computer& computer_;
  const std::shared_ptr<life> life_;
  const cluster::link_options options_;
  cluster::link_events& events_;
  std::vector<std::string> peers_;
  std::set<std::string> wanted_;
  bool woken_ = false;
};

}  // namespace reprise::simulated
