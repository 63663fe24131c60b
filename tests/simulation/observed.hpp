// SPDX-License-Identifier: Apache-2.0
//
// An aggregate type whose handlers are watched: somebody is told of each decision with events.
//
// Threading: see detail::hosted.

#pragma once

#include <reprise/detail/aggregate_type.hpp>

#include <functional>
#include <memory>
#include <utility>

namespace reprise::simulated {

using told_of_decision = std::function<void(const command_id& command, const aggregate_key& whose)>;

class observed_aggregate final : public detail::hosted {
 public:
  observed_aggregate(std::unique_ptr<detail::hosted> what, told_of_decision told)
      : what_(std::move(what)), told_(std::move(told)) {}

  detail::handled handle(std::uint32_t command, bytes_view payload, const context& around,
                         const detail::payload_limits& limits) override {
    detail::handled decided = what_->handle(command, payload, around, limits);
    if (!decided.events.empty()) told_(around.command(), around.aggregate());
    return decided;
  }
  result<bytes> answer(std::uint32_t command, bytes_view payload) const override {
    return what_->answer(command, payload);
  }
  result<void> apply(std::uint32_t event_type, bytes_view payload) override {
    return what_->apply(event_type, payload);
  }
  bytes save() const override { return what_->save(); }
  result<void> load(bytes_view state) override { return what_->load(state); }

 private:
  const std::unique_ptr<detail::hosted> what_;
  const told_of_decision told_;
};

inline detail::aggregate_type observed(detail::aggregate_type type, told_of_decision told) {
  type.make = [make = std::move(type.make), told = std::move(told)] {
    return std::unique_ptr<detail::hosted>(std::make_unique<observed_aggregate>(make(), told));
  };
  return type;
}

}  // namespace reprise::simulated
