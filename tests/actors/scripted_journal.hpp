// SPDX-License-Identifier: Apache-2.0
//
// A journal in memory whose commits the test decides: each append waits until the test lets it be
// written, refuses it, or leaves its outcome unknown.
//
// Threading: confined to the test.

#pragma once

#include "persistence/journal.hpp"

#include <deque>
#include <map>
#include <string>
#include <vector>

namespace reprise::actors::testing {

class scripted_journal final : public persistence::journal {
 public:
  struct staged {
    persistence::append_request request;
    persistence::append_listener* listener;
    std::uint64_t tag;
  };

  /// Appends that wait for the test.
  [[nodiscard]] std::size_t waiting() const { return staged_.size(); }

  /// Writes the oldest `n` appends (all by default) in one commit.
  void commit(std::size_t n = ~std::size_t{0}) {
    std::vector<persistence::append_answer> answers;
    persistence::append_listener* listener = nullptr;
    for (; n > 0 && !staged_.empty(); --n) {
      staged s = std::move(staged_.front());
      staged_.pop_front();
      listener = s.listener;
      answers.push_back({s.tag, write(s.request)});
    }
    if (listener != nullptr) listener->appended(answers);
  }

  /// Every waiting append ends with this code. `written` says what really became of them.
  void fail(errc code, bool written = false) {
    std::vector<persistence::append_answer> answers;
    persistence::append_listener* listener = nullptr;
    while (!staged_.empty()) {
      staged s = std::move(staged_.front());
      staged_.pop_front();
      listener = s.listener;
      if (written) static_cast<void>(write(s.request));
      answers.push_back({s.tag, error{code, "as the test wants it"}});
    }
    if (listener != nullptr) listener->appended(answers);
  }

  /// Somebody else appends, at once.
  void append_from_outside(const persistence::append_request& request) {
    static_cast<void>(write(request));
  }

  /// Reads and heads answer with this until it is cleared.
  void fail_reads(std::optional<error> why) { read_failure_ = std::move(why); }
  void saturate(bool full) { full_ = full; }

  [[nodiscard]] std::vector<std::uint32_t> event_types(const aggregate_key& key) const {
    std::vector<std::uint32_t> types;
    if (const auto found = events_.find(key); found != events_.end()) {
      for (const auto& e : found->second) types.push_back(e.event.type);
    }
    return types;
  }
  [[nodiscard]] std::uint64_t reads() const { return reads_; }

  // The port.
  [[nodiscard]] std::uint32_t partitions() const override { return 1; }
  [[nodiscard]] partition_id partition_of(const aggregate_key&) const override { return {0}; }
  [[nodiscard]] bool saturated(partition_id) const override { return full_; }
  void append(persistence::append_request request, persistence::append_listener& listener,
              std::uint64_t tag) override {
    staged_.push_back({std::move(request), &listener, tag});
  }
  void retire(const aggregate_key&, persistence::record_kind, persistence::expectation,
              reprise::sequence, timestamp, persistence::append_listener& listener,
              std::uint64_t tag) override {
    std::vector<persistence::append_answer> answers;
    answers.push_back({tag, error{errc::invalid_argument, "not scripted"}});
    listener.appended(answers);
  }
  [[nodiscard]] result<persistence::aggregate_head> head(const aggregate_key& key) const override {
    if (read_failure_) return *read_failure_;
    const auto found = events_.find(key);
    if (found == events_.end()) return persistence::aggregate_head{};
    return persistence::aggregate_head{.last = {found->second.size()},
                                       .at = found->second.back().at,
                                       .is = persistence::aggregate_head::state::live};
  }
  [[nodiscard]] position committed(partition_id) const override { return last_; }
  [[nodiscard]] result<persistence::aggregate_page> read(
      const aggregate_key& key, const persistence::aggregate_range& range,
      const persistence::record_visitor& visit) const override {
    ++reads_;
    if (read_failure_) return *read_failure_;
    persistence::aggregate_page page{.end = true};
    for (std::uint64_t s = range.from.value; s <= range.to.value; ++s) {
      const auto& all = events_.at(key);
      if (s > all.size()) break;
      const stored& e = all[s - 1];
      ++page.records;
      if (!visit({.type = key.type,
                  .tenant = key.tenant,
                  .id = key.id,
                  .event_type = e.event.type,
                  .at = e.at,
                  .sequence = {s},
                  .time = e.time,
                  .command = e.command,
                  .command_hash = e.hash,
                  .payload = e.event.payload})) {
        break;
      }
    }
    return page;
  }
  [[nodiscard]] result<persistence::partition_page> scan(
      partition_id, const persistence::partition_range&,
      const persistence::record_visitor&) const override {
    return error{errc::invalid_argument, "not scripted"};
  }
  [[nodiscard]] result<position> first_at_or_after(partition_id, timestamp) const override {
    return error{errc::invalid_argument, "not scripted"};
  }
  void watch(persistence::commit_listener&) override {}
  void unwatch(persistence::commit_listener&) override {}
  void close() override {}

 private:
  struct stored {
    persistence::new_event event;
    position at{};
    timestamp time{};
    command_id command{};
    std::uint64_t hash = 0;
  };

  result<persistence::append_receipt> write(const persistence::append_request& request) {
    auto& all = events_[request.aggregate];
    const bool fits = request.expected.what == persistence::expectation::kind::none
                          ? all.empty()
                          : request.expected.what != persistence::expectation::kind::exact ||
                                request.expected.at.value == all.size();
    if (!fits) return error{errc::sequence_conflict, "another appended", all.size()};
    for (const persistence::new_event& e : request.events) {
      last_ = last_.next();
      all.push_back({e, last_, request.time, request.command, request.command_hash});
    }
    return persistence::append_receipt{{partition_id{0}, last_, {all.size()}}, false};
  }

  std::deque<staged> staged_;
  std::map<aggregate_key, std::vector<stored>> events_;
  position last_{};
  bool full_ = false;
  std::optional<error> read_failure_;
  mutable std::uint64_t reads_ = 0;
};

}  // namespace reprise::actors::testing
