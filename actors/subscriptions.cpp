// SPDX-License-Identifier: Apache-2.0
#include "actors/subscriptions.hpp"

#include "consumers/delivery.hpp"

#include <utility>

namespace reprise::actors {

subscriptions::subscriptions(persistence::journal& log, const base::clock& time,
                             open_checkpoints open, std::uint32_t threads)
    : log_(log),
      time_(time),
      open_(std::move(open)),
      pool_(std::make_shared<consumer_pool>(threads)),
      names_(std::make_shared<running_names>()) {}

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
  const bool taken = state_.with([&](state& s) {
    if (s.stopped) return false;
    std::erase_if(s.all, [](const auto& one) { return one.expired(); });
    s.all.push_back(*made);
    // Before it looks for the first time, so that no commit falls between.
    if (!std::exchange(s.watching, true)) log_.watch(*this);
    pool_->add(*made);
    return true;
  });
  if (!taken) {
    (*made)->stop();
    return error{errc::stopped, "the node is closed"};
  }
  return std::shared_ptr<detail::running_subscription>(std::move(*made));
}

result<std::shared_ptr<live_subscription>> subscriptions::make(subscription_options options,
                                                               subscriber whom) {
  persistence::checkpoint_store* saved = nullptr;
  std::string name = options.name;
  if (!name.empty()) {
    auto opened = checkpoints();
    if (!opened) return std::move(opened).error();
    saved = *opened;
  }
  auto what = consumers::delivery::open({.log = log_, .saved = saved, .time = time_},
                                        std::move(options), std::move(whom));
  if (!what) return std::move(what).error();
  return std::make_shared<live_subscription>(std::move(*what), pool_, names_, std::move(name));
}

result<persistence::checkpoint_store*> subscriptions::checkpoints() {
  return state_.with([&](state& s) -> result<persistence::checkpoint_store*> {
    if (s.stopped) return error{errc::stopped, "the node is closed"};
    if (!s.saved) {
      auto opened = open_();
      if (!opened) return std::move(opened).error();
      s.saved = std::move(*opened);
    }
    return s.saved.get();
  });
}

void subscriptions::stop() {
  bool watching = false;
  const auto all = state_.with([&](state& s) {
    s.stopped = true;
    watching = std::exchange(s.watching, false);
    return std::exchange(s.all, {});
  });
  if (watching) log_.unwatch(*this);
  for (const std::weak_ptr<live_subscription>& one : all) {
    if (const auto live = one.lock()) live->stop();
  }
  pool_->stop();
}

void subscriptions::committed_moved(partition_id /*partition*/) {
  pool_->wake_all();
}

}  // namespace reprise::actors
