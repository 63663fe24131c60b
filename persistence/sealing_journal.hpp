// SPDX-License-Identifier: Apache-2.0
//
// A journal in which personal data is sealed: what is appended is sealed before it gets there, what
// is read is opened. Who reads the journal behind it directly sees it as it is stored.
//
// Threading: every method may be called from any thread.

#pragma once

#include "persistence/journal.hpp"
#include "persistence/sealing.hpp"

#include <memory>

namespace reprise::persistence {

class sealing_journal final : public journal {
 public:
  /// `seals` must outlive it.
  sealing_journal(std::unique_ptr<journal> stored, const sealing& seals)
      : stored_(std::move(stored)), seals_(seals) {}

  [[nodiscard]] std::uint32_t partitions() const override { return stored_->partitions(); }
  [[nodiscard]] partition_id partition_of(const aggregate_key& aggregate) const override {
    return stored_->partition_of(aggregate);
  }
  [[nodiscard]] bool saturated(partition_id partition) const override {
    return stored_->saturated(partition);
  }

  void append(append_request request, append_listener& listener, std::uint64_t tag) override;
  void retire(const aggregate_key& aggregate, record_kind how, expectation expected,
              reprise::sequence before, timestamp time, append_listener& listener,
              std::uint64_t tag) override {
    stored_->retire(aggregate, how, expected, before, time, listener, tag);
  }

  [[nodiscard]] result<aggregate_head> head(const aggregate_key& aggregate) const override {
    return stored_->head(aggregate);
  }
  [[nodiscard]] position committed(partition_id partition) const override {
    return stored_->committed(partition);
  }
  [[nodiscard]] position stored(partition_id partition) const override {
    return stored_->stored(partition);
  }
  [[nodiscard]] result<aggregate_page> read(const aggregate_key& aggregate,
                                            const aggregate_range& range,
                                            const record_visitor& visit) const override;
  [[nodiscard]] result<partition_page> scan(partition_id partition, const partition_range& range,
                                            const record_visitor& visit) const override;
  [[nodiscard]] result<position> first_at_or_after(partition_id partition,
                                                   timestamp time) const override {
    return stored_->first_at_or_after(partition, time);
  }

  void watch(commit_listener& listener) override { stored_->watch(listener); }
  void unwatch(commit_listener& listener) override { stored_->unwatch(listener); }
  void close() override { stored_->close(); }

 private:
  const std::unique_ptr<journal> stored_;
  const sealing& seals_;
};

}  // namespace reprise::persistence
