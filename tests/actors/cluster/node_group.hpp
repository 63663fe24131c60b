// SPDX-License-Identifier: Apache-2.0
//
// Whole nodes of one cluster in one process, linked over loopback without certificates.

#pragma once

#include "cluster/counter.reprise.hpp"

#include <reprise/client.hpp>
#include <reprise/effect.hpp>
#include <reprise/node.hpp>
#include <reprise/projection.hpp>
#include <reprise/reaction.hpp>
#include <reprise/saga.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace reprise::testing {

/// Adds nothing that is 0.
struct counter : aggregate<counting::counter_api> {
  decision on(const cmd::add& c) const {
    if (c.n == 0) return reject("zero", "nothing would change");
    return ev::added{c.n};
  }
  void apply(const ev::added& e) { total += e.n; }
  void apply(const ev::reset&) { total = 0; }
};

struct tally : aggregate<counting::tally_api> {
  decision on(const cmd::note& c) const { return ev::noted{c.n}; }
  void apply(const ev::noted& e) {
    total += e.n;
    ++notes;
  }
  void apply(const ev::cleared&) { total = 0; }
};

/// Notes each addition in one tally.
struct tallying : saga<counting::tallying_state, counter> {
  static constexpr saga_options options{.name = "tallying"};
  using started_by = events<counter::ev::added>;
  effects on(const counter::ev::added& e) {
    sum += e.n;
    return {send(reprise::of<tally>("all"), tally::cmd::note{e.n})};
  }
  effects on(const counter::ev::reset&) { return {}; }
};

/// The same in another tally, by nobody who remembers it.
struct echoing : reaction<counter> {
  static constexpr reaction_options options{.name = "echoing"};
  steps on(const counter::ev::added& e) const {
    return {send(reprise::of<tally>("echo"), tally::cmd::note{e.n})};
  }
};

/// How much was added to each counter.
struct sums : projection<counter> {
  static constexpr projection_options options{.name = "sums"};
  table<std::string, std::uint64_t> by_counter{*this, "counters"};

  void on(const counter::ev::added& e, const envelope& m) {
    by_counter.change(m.aggregate.id, [&](std::uint64_t& sum) { sum += e.n; });
  }
  void on(const counter::ev::reset&, const envelope& m) { by_counter.erase(m.aggregate.id); }
};

/// Waits for something that other threads do; false when it has not come within a minute.
template <class F>
bool comes_true(F&& what) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!what()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

struct group_options {
  std::uint64_t nodes = 3;
  /// So many of them found the cluster, the others join it.
  std::uint64_t founders = 7;
  std::uint32_t partitions = 4;
  std::uint64_t waiting_bytes_max = std::uint64_t{64} << 20U;
  /// Nodes with these numbers have copies of chosen partitions only.
  std::set<std::uint64_t> with_chosen_copies{};
};

class node_group {
 public:
  explicit node_group(const group_options& options = {});
  ~node_group();
  node_group(const node_group&) = delete;
  node_group& operator=(const node_group&) = delete;

  /// Numbers are from 1.
  void start(std::uint64_t number);
  void start_all();
  void stop(std::uint64_t number);
  [[nodiscard]] node& at(std::uint64_t number) { return *nodes_.at(number); }
  [[nodiscard]] ref<counter> counter_at(std::uint64_t number, const std::string& id) {
    return at(number).of<counter>(id);
  }
  [[nodiscard]] node_options options_of(std::uint64_t number) const;
  /// Where the other nodes reach it.
  [[nodiscard]] const cluster_node& address_of(std::uint64_t number) const {
    return members_[number - 1];
  }
  /// Asks that node.
  [[nodiscard]] client client_of(std::uint64_t number) const;

 private:
  group_options options_;
  std::filesystem::path root_;
  std::vector<cluster_node> members_;
  std::vector<std::uint16_t> client_ports_;
  std::map<std::uint64_t, std::unique_ptr<node>> nodes_;
};

}  // namespace reprise::testing
