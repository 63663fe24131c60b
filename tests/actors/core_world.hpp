// SPDX-License-Identifier: Apache-2.0
//
// A partition core in a world that the test moves by hand: its clock, its journal, its recoveries.
//
// Threading: confined to the test.

#pragma once

#include "actors/partition_core.hpp"
#include "base/clock.hpp"
#include "purse.hpp"
#include "scripted_journal.hpp"

#include <reprise/metrics.hpp>

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace reprise::actors::testing {

class manual_clock final : public base::clock {
 public:
  [[nodiscard]] timestamp now() const override {
    return timestamp(std::chrono::hours(480'000)) + passed_ + set_by_;
  }
  [[nodiscard]] instant steady() const override { return instant(std::chrono::hours(1)) + passed_; }
  void pass(std::chrono::microseconds t) { passed_ += t; }
  /// The date is set by as much; no time passes.
  void jump(std::chrono::microseconds by) { set_by_ += by; }

 private:
  std::chrono::microseconds passed_{};
  std::chrono::microseconds set_by_{};
};

class kept_snapshots final : public persistence::snapshot_store {
 public:
  [[nodiscard]] result<void> save(const aggregate_key& key, const persistence::snapshot& taken,
                                  std::uint32_t keep) override {
    auto& all = kept_[key];
    all[taken.at] = taken;
    while (keep > 0 && all.size() > keep) all.erase(all.begin());
    return {};
  }
  [[nodiscard]] result<std::optional<persistence::snapshot>> load(
      const aggregate_key& key, const persistence::snapshot_bounds& bounds) const override {
    const auto found = kept_.find(key);
    if (found == kept_.end()) return std::optional<persistence::snapshot>();
    for (auto it = found->second.rbegin(); it != found->second.rend(); ++it) {
      if (it->first > bounds.to || it->first < bounds.from) continue;
      if (bounds.not_after && it->second.time > *bounds.not_after) continue;
      return std::optional(it->second);
    }
    return std::optional<persistence::snapshot>();
  }
  [[nodiscard]] result<std::uint64_t> remove(const aggregate_key&,
                                             const persistence::snapshot_bounds&) override {
    return error{errc::invalid_argument, "not scripted"};
  }
  [[nodiscard]] result<void> sync() override { return {}; }
  [[nodiscard]] std::uint64_t damaged() const override { return 0; }

  [[nodiscard]] std::vector<std::uint64_t> sequences(const aggregate_key& key) const {
    std::vector<std::uint64_t> all;
    if (const auto found = kept_.find(key); found != kept_.end()) {
      for (const auto& [at, taken] : found->second) all.push_back(at.value);
    }
    return all;
  }

 private:
  std::map<aggregate_key, std::map<reprise::sequence, persistence::snapshot>> kept_;
};

/// What a caller sees of one command.
class caller final : public detail::pending_ask {
 public:
  void complete(result<detail::raw_answer> outcome) override {
    ++answers;
    got = std::move(outcome);
  }
  const result<detail::raw_answer>& wait() override { return *got; }
  void on_complete(std::function<void()>) override {}
  const result<detail::raw_answer>& outcome() const override { return *got; }

  /// `-` when unanswered, the sum, `rejected CODE` or the error's code.
  [[nodiscard]] std::string heard() const {
    if (!got) return "-";
    if (!*got) return std::string(to_string(got->error().code));
    if ((*got)->why) return "rejected " + (*got)->why->code;
    return std::to_string(number_in((*got)->reply));
  }

  std::optional<result<detail::raw_answer>> got;
  int answers = 0;
};

class core_world : public recoverer, public persistence::append_listener {
 public:
  explicit core_world(const options& settings = {},
                      const partition_limits& limits = {.active_max = 1000,
                                                        .payload_bytes_max = 1000,
                                                        .recovery_limit = std::chrono::seconds(30)})
      : measured(registry), settings_(settings), limits_(limits) {
    restart();
  }

  /// A fresh core on the same journal and snapshots; what was in memory is gone.
  void restart() {
    recoveries.clear();
    core = std::make_unique<partition_core>(partition_id{0},
                                            partition_core::ports{.events = journal,
                                                                  .answers = *this,
                                                                  .recoveries = *this,
                                                                  .time = time,
                                                                  .measured = measured},
                                            limits_);
    detail::aggregate_type purses = purse_type(settings_);
    purses.holds_personal_data = personal;
    core->host(purses);
  }

  /// Sends one command. Equal `id`s are one command; "" makes a fresh one.
  std::shared_ptr<caller> ask(std::uint32_t command, std::uint64_t n = 0, std::string id = "",
                              std::string purse = "ann",
                              std::chrono::milliseconds timeout = std::chrono::seconds(60)) {
    auto who = std::make_shared<caller>();
    if (id.empty()) id = "fresh " + std::to_string(++fresh_);
    core->receive({.to = {purse_id, "", std::move(purse)},
                   .id = derive_command_id(id),
                   .command = command,
                   .payload = number(n),
                   .hash = command * 1000 + n,
                   .deadline = time.steady() + timeout,
                   .caller = who});
    return who;
  }
  std::shared_ptr<caller> put(std::uint64_t n, std::string id = "") {
    return ask(purse_command::put, n, std::move(id));
  }
  std::shared_ptr<caller> take(std::uint64_t n, std::string id = "") {
    return ask(purse_command::take, n, std::move(id));
  }
  std::shared_ptr<caller> look() { return ask(purse_command::look); }

  /// Lets the oldest recovery run and hands its result over.
  void recover_one() {
    recovery_request r = std::move(recoveries.front());
    recoveries.pop_front();
    core->recovered({r.ticket, restore({journal, snapshots, time}, *r.type, r.key, r.until)});
  }
  void recover_all() {
    while (!recoveries.empty()) recover_one();
  }
  void commit(std::size_t n = ~std::size_t{0}) { journal.commit(n); }

  void recover(recovery_request request) override { recoveries.push_back(std::move(request)); }
  void save(snapshot_job job) override {
    static_cast<void>(snapshots.save(job.key, job.taken, job.keep));
  }
  void appended(std::span<persistence::append_answer> answers) override { core->appended(answers); }

  static aggregate_key key(std::string purse = "ann") { return {purse_id, "", std::move(purse)}; }

  /// What purses are from the next restart() on.
  bool personal = false;
  manual_clock time;
  scripted_journal journal;
  kept_snapshots snapshots;
  reprise::metrics registry;
  partition_metrics measured;
  std::deque<recovery_request> recoveries;
  std::unique_ptr<partition_core> core;

 private:
  options settings_;
  partition_limits limits_;
  std::uint64_t fresh_ = 0;
};

}  // namespace reprise::actors::testing
