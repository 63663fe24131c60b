// SPDX-License-Identifier: Apache-2.0
//
// A cluster in one thread, under one seed. What runs on it is what runs in production; network,
// disks, clocks and the passing of time are simulated. So a test can have anything go wrong, look
// whether the promises of its own aggregates, sagas and projections are kept, and repeat what broke
// one: equal seeds and equal calls give equal runs. docs/simulation.md shows how.
//
// Time passes only within run_for(), run_until(), settle() and stop(), and whatever waits for an
// answer or for rows. The method comes from FoundationDB's simulator (Zhou et al., SIGMOD 2021).
//
// Threading: one thread. Handlers, projections and continuations are called on it and must not let
// time pass. What they order of nodes, a crash say, happens right after them.

#pragma once

#include <reprise/durability.hpp>
#include <reprise/node.hpp>
#include <reprise/projection.hpp>
#include <reprise/reaction.hpp>
#include <reprise/saga.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace reprise {

struct simulation_options {
  std::uint64_t seed = 1;
  /// 1 to 7; they are called n1, n2 and so on.
  std::uint32_t nodes = 3;
  std::uint32_t partitions = 4;
  reprise::durability durability = reprise::durability::synced;
  /// How far what nodes say of the date is apart at most.
  std::chrono::milliseconds clocks_apart = std::chrono::minutes(5);
};

/// What goes wrong by itself in a simulation that is disturbed.
struct troubles {
  /// Processes die, and start again on what their disks have.
  bool crashes = true;
  /// Nodes shut down in order, and start again.
  bool stops = true;
  /// Links break, or lose what is sent one way or both, until all are healed.
  bool cuts = true;
  /// Processes stand still for up to two seconds.
  bool pauses = true;
  /// Commits take up to 300 ms, until they do not any more.
  bool slow_disks = true;
  /// A disk is full at 1 MiB of log, for some seconds.
  bool full_disks = true;
  /// The date jumps on a node.
  bool clock_jumps = true;
  /// Somebody orders another node to lead a partition.
  bool moves = true;
  /// Something happens within this time; on the average, in the middle of it. 1 ms and more.
  std::chrono::milliseconds within{600};
};

namespace detail {

/// What a simulation is behind its templates.
class simulated_cluster : public asked_by_ref {
 public:
  /// Does it on each node that is up, and on each that starts later.
  virtual result<void> on_each(std::function<result<void>(node_core&)> what) = 0;
  virtual result<row_view> rows(const std::string& projection, std::uint32_t version,
                                const std::vector<receipt>& after,
                                std::chrono::milliseconds timeout) = 0;
  [[nodiscard]] virtual std::chrono::milliseconds now() const = 0;
  virtual void run_for(std::chrono::milliseconds time) = 0;
  virtual bool run_until(const std::function<bool()>& holds, std::chrono::milliseconds within) = 0;
  virtual bool settle(std::chrono::milliseconds within) = 0;
  virtual void disturb(const troubles& with) = 0;
  virtual void heal() = 0;
  virtual void crash(std::uint32_t node) = 0;
  virtual void stop(std::uint32_t node) = 0;
  virtual void start(std::uint32_t node) = 0;
  virtual void stand_still(std::uint32_t node, std::chrono::milliseconds time) = 0;
  virtual void cut(std::uint32_t from, std::uint32_t to) = 0;
  [[nodiscard]] virtual bool is_up(std::uint32_t node) const = 0;
};

result<std::unique_ptr<simulated_cluster>> simulate(const simulation_options& options);

}  // namespace detail

/// Nodes are numbered from 1; a number that none has throws `failed` with `not_found`. Whatever
/// lets time pass throws `failed` with `io_error` when a node could not start again. What is stored
/// is gone with the simulation, and whoever still waits for an answer then is told `commit_unknown`
/// or `stopped`.
class simulation {
 public:
  /// All nodes are up. Throws `failed`: `invalid_argument` for its options, `io_error` where there
  /// is no room for temporary files.
  explicit simulation(const simulation_options& options = {})
      : seed_(options.seed), core_(detail::taken(detail::simulate(options))) {}

  [[nodiscard]] std::uint64_t seed() const { return seed_; }

  /// As node::host(), on every node, of which one must be up. Types with personal data are refused.
  template <class A>
  void host() {
    on_each(detail::host_on<A>);
  }
  /// As node::project(), on every node.
  template <class P>
  void project() {
    on_each([](detail::node_core& node) -> result<void> {
      auto started = node.project(detail::describe_projection<P>());
      return started ? result<void>() : std::move(started).error();
    });
  }
  /// As node::handle_calls(), on every node; the function must not keep what belongs to one.
  template <std::invocable<const outside_call&> F>
  void handle_calls(std::string name, F handler, call_limits limits = {}) {
    on_each([name = std::move(name), handler = std::move(handler),
             limits](detail::node_core& node) -> result<void> {
      node.handle_calls(name, handler, limits);
      return {};
    });
  }

  /// As a client's: it asks any node, and again with the same id until the deadline. Waiting for
  /// the answer lets time pass. at() reads the node that knows most of the aggregate.
  template <class A>
  [[nodiscard]] ref<A> of(std::string id) const {
    return of<A>(std::string(), std::move(id));
  }
  template <class A>
  [[nodiscard]] ref<A> of(std::string tenant, std::string id) const {
    return {*core_, {A::api::type, std::move(tenant), std::move(id)}};
  }

  /// As node::view(), of any node that is up; waiting for rows lets time pass. Throws `failed`.
  template <class P>
  [[nodiscard]] reprise::view<P> view(const std::vector<receipt>& after = {},
                                      std::chrono::milliseconds timeout = std::chrono::milliseconds{
                                          10'000}) const {
    return reprise::view<P>(detail::taken(
        core_->rows(std::string(P::options.name), P::options.version, after, timeout)));
  }

  /// Since it began.
  [[nodiscard]] std::chrono::milliseconds now() const { return core_->now(); }
  /// The cluster goes on.
  void run_for(std::chrono::milliseconds time) { core_->run_for(time); }
  /// Until something holds that is looked at every few milliseconds; false when that takes longer.
  [[nodiscard]] bool run_until(const std::function<bool()>& holds,
                               std::chrono::milliseconds within = std::chrono::minutes(1)) {
    return core_->run_until(holds, within);
  }
  /// Heals everything, and goes on until no ask is under way, all nodes have committed the same,
  /// and nothing was committed for two seconds. False when it does not come to that in time.
  [[nodiscard]] bool settle(std::chrono::milliseconds within = std::chrono::minutes(2)) {
    return core_->settle(within);
  }

  /// From now on things go wrong whenever time passes, until heal() or settle(). Throws `failed`
  /// with `invalid_argument`.
  void disturb(const troubles& with = {}) { core_->disturb(with); }
  /// Nothing goes wrong by itself any more; links lose nothing, disks are fast and have room, who
  /// is down starts. Who stands still does so until its time is over.
  void heal() { core_->heal(); }
  /// The process dies. Nothing, where it is down.
  void crash(std::uint32_t node) { core_->crash(node); }
  /// It hands over what it leads, and shuts down.
  void stop(std::uint32_t node) { core_->stop(node); }
  /// On what its disk has. Nothing, where it is up.
  void start(std::uint32_t node) { core_->start(node); }
  void stand_still(std::uint32_t node, std::chrono::milliseconds time) {
    core_->stand_still(node, time);
  }
  /// What one sends to the other is lost until heal(), or until a disturbance that cuts links heals
  /// them.
  void cut(std::uint32_t from, std::uint32_t to) { core_->cut(from, to); }
  [[nodiscard]] bool is_up(std::uint32_t node) const { return core_->is_up(node); }

 private:
  void on_each(std::function<result<void>(detail::node_core&)> what) {
    if (auto done = core_->on_each(std::move(what)); !done) throw failed(std::move(done).error());
  }

  std::uint64_t seed_;
  std::unique_ptr<detail::simulated_cluster> core_;
};

}  // namespace reprise
