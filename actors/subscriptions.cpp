// SPDX-License-Identifier: Apache-2.0
#include "actors/subscriptions.hpp"

#include "consumers/delivery.hpp"

#include <string>
#include <utility>

namespace reprise::actors {

subscriptions::subscriptions(const persistence::journal& log, const base::clock& time,
                             consumer_host& host)
    : log_(log), time_(time), host_(host), names_(std::make_shared<running_names>()) {}

result<std::shared_ptr<detail::running_subscription>> subscriptions::start(
    subscription_options options, subscriber whom) {
  const std::string name = options.name;
  if (!name.empty() && !names_->with([&](auto& names) { return names.insert(name).second; })) {
    return error{errc::locked, "a subscription named " + name + " runs already"};
  }
  auto made = make(std::move(options), std::move(whom));
  if (!made) {
    names_->with([&](auto& names) { names.erase(name); });
    return std::move(made).error();
  }
  const result<void> runs = state_.with([&](state& s) -> result<void> {
    if (s.stopped) return error{errc::stopped, "the node is closed"};
    std::erase_if(s.all, [](const auto& one) { return one.expired(); });
    s.all.push_back(*made);
    return host_.run(*made);
  });
  if (!runs) {
    (*made)->stop();
    return runs.error();
  }
  return std::shared_ptr<detail::running_subscription>(std::move(*made));
}

result<std::shared_ptr<live_subscription>> subscriptions::make(subscription_options options,
                                                               subscriber whom) {
  persistence::checkpoint_store* saved = nullptr;
  std::string name = options.name;
  if (!name.empty()) {
    auto stores = host_.stores();
    if (!stores) return std::move(stores).error();
    saved = (*stores)->checkpoints.get();
  }
  auto what = consumers::delivery::open({.log = log_, .saved = saved, .time = time_},
                                        std::move(options), std::move(whom));
  if (!what) return std::move(what).error();
  return std::make_shared<live_subscription>(std::move(*what), host_.pool(), names_,
                                             std::move(name));
}

void subscriptions::stop() {
  const auto all = state_.with([&](state& s) {
    s.stopped = true;
    return std::exchange(s.all, {});
  });
  for (const std::weak_ptr<live_subscription>& one : all) {
    if (const auto live = one.lock()) live->stop();
  }
}

}  // namespace reprise::actors
