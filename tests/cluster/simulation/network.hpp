// SPDX-License-Identifier: Apache-2.0
//
// Carries closures between replicas: late, in another order, twice, or not at all. Links are cut in
// one direction at a time.

#pragma once

#include "cluster/membership.hpp"
#include "tests/cluster/simulation/world.hpp"

#include <functional>
#include <set>
#include <utility>

namespace reprise::cluster::simulation {

class network {
 public:
  explicit network(world& in) : world_(in) {}

  void carry(replica_id from, replica_id to, const std::function<void()>& deliver) {
    if (!connected(from, to)) return;
    if (!calm_ && world_.below(1000) < loss_per_mille_) return;
    deliver_later(from, to, deliver);
    if (!calm_ && world_.below(1000) < doubled_per_mille_) deliver_later(from, to, deliver);
  }
  [[nodiscard]] bool connected(replica_id from, replica_id to) const {
    return !cut_.contains({from, to});
  }
  void cut(replica_id from, replica_id to) { cut_.insert({from, to}); }
  void heal() { cut_.clear(); }
  void set_loss(std::uint64_t per_mille) { loss_per_mille_ = per_mille; }
  /// So many are doubled, and so many others held up, so that later ones overtake them.
  void set_disorder(std::uint64_t per_mille) {
    doubled_per_mille_ = per_mille;
    held_up_per_mille_ = per_mille;
  }
  /// Nothing is lost, doubled or held up any more.
  void calm() { calm_ = true; }

 private:
  void deliver_later(replica_id from, replica_id to, const std::function<void()>& deliver) {
    milliseconds delay = milliseconds(1) + world_.up_to(milliseconds(4));
    if (!calm_ && world_.below(1000) < held_up_per_mille_) delay += world_.up_to(milliseconds(200));
    world_.after(delay, [this, from, to, deliver] {
      if (connected(from, to)) deliver();
    });
  }

  world& world_;
  std::set<std::pair<replica_id, replica_id>> cut_;
  std::uint64_t loss_per_mille_ = 20;
  std::uint64_t doubled_per_mille_ = 20;
  std::uint64_t held_up_per_mille_ = 20;
  bool calm_ = false;
};

}  // namespace reprise::cluster::simulation
