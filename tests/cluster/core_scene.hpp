// SPDX-License-Identifier: Apache-2.0
//
// One core by hand: the test is its disk, its peers and its time.
//
// Threading: one thread.

#pragma once

#include "cluster/raft_core.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace reprise::cluster {

inline constexpr partition_id scene_partition{7};

/// A stored entry of so many records.
[[nodiscard]] bytes records_entry(log_index index, term in, position first,
                                  std::uint32_t records = 1, position committed = {});
[[nodiscard]] bytes barrier_entry(log_index index, term in, position first);
[[nodiscard]] bytes members_entry(log_index index, term in, position first, const membership& who);
[[nodiscard]] membership voters(std::uint64_t count);

class hand_clock final : public base::clock {
 public:
  [[nodiscard]] timestamp now() const override { return timestamp(at_); }
  [[nodiscard]] instant steady() const override { return instant(at_); }
  void add(std::chrono::milliseconds time) { at_ += time; }

 private:
  std::chrono::milliseconds at_{1'000'000};
};

/// What a test wrote by hand.
class stored_log final : public replica_log {
 public:
  [[nodiscard]] result<hard_state> state() const override { return saved; }
  [[nodiscard]] log_index last() const override { return {entries.size()}; }
  [[nodiscard]] result<bytes> read(log_index index) const override {
    if (index.value == 0 || index > last()) return error{errc::not_found, "beyond the log"};
    return entries[index.value - 1];
  }
  [[nodiscard]] result<log_index> membership_at(log_index up_to) const override;
  /// Does what the write says.
  void apply(const log_write& write);

  hard_state saved{};
  std::vector<bytes> entries;
};

struct sent_message {
  replica_id to{};
  raft_message said{};
  // What the entries point into.
  std::shared_ptr<bytes> body{};
};

class core_scene {
 public:
  explicit core_scene(const membership& members, raft_options options = {});
  core_scene(const core_scene&) = delete;
  core_scene& operator=(const core_scene&) = delete;

  /// The core begins from what is in `log`, or goes on after a crash.
  void start();
  [[nodiscard]] raft_core& core() { return *core_; }

  /// Takes what the core has put out.
  void take();
  /// Everything that was to be written is durable.
  void sync();
  /// Only the first write is.
  void sync_one();
  /// What was not synced is gone.
  void crash();
  void receive(std::uint64_t from, raft_message said);
  /// Ticks as time goes by.
  void elapse(std::chrono::milliseconds time);
  /// Takes part in elections, with granted votes, until it leads; what it writes then is not
  /// durable.
  void win_election();
  /// The same, until it is ready and all that it has written is durable.
  void lead();
  /// That follower has all that there is.
  void confirm(std::uint64_t from);
  result<std::uint64_t> propose(std::uint32_t records = 1, std::size_t payload = 16);

  /// Messages of a type, oldest first, since the last call.
  [[nodiscard]] std::vector<sent_message> said(raft_message_type type);
  /// The last of them, which there must be.
  [[nodiscard]] sent_message last_said(raft_message_type type);
  [[nodiscard]] std::optional<bool> outcome(std::uint64_t request) const;

  hand_clock clock;
  memory_budget budget{std::uint64_t{64} << 20U};
  stored_log log;
  raft_options options;
  std::deque<log_write> unsynced;
  std::vector<sent_message> messages;
  std::vector<settled_request> settled;
  std::optional<fill_request> fill;
  std::optional<membership> members;
  std::optional<error> failure;

 private:
  std::unique_ptr<raft_core> core_;
};

/// An append of `entries` behind (previous, in previous_term).
[[nodiscard]] raft_message append_of(term in, log_index previous, term previous_term,
                                     const std::vector<bytes>& entries,
                                     log_index leader_commit = {});

}  // namespace reprise::cluster
