// SPDX-License-Identifier: Apache-2.0
#include "actors/consumer_host.hpp"

#include <utility>

namespace reprise::actors {

consumer_host::consumer_host(persistence::journal& log, open_consumer_stores open,
                             std::shared_ptr<task_pool> pool)
    : log_(log), open_(std::move(open)), pool_(std::move(pool)) {}

result<consumer_stores*> consumer_host::stores() {
  return state_.with([&](state& s) -> result<consumer_stores*> {
    if (s.stopped) return error{errc::stopped, "the node is closed"};
    if (!s.stores) {
      auto opened = open_();
      if (!opened) return std::move(opened).error();
      s.stores = std::move(*opened);
    }
    return &*s.stores;
  });
}

const consumer_stores* consumer_host::opened_stores() const {
  return state_.with([](const state& s) -> const consumer_stores* {
    return s.stopped || !s.stores ? nullptr : &*s.stores;
  });
}

result<void> consumer_host::run(std::shared_ptr<pooled_task> task) {
  return state_.with([&](state& s) -> result<void> {
    if (s.stopped) return error{errc::stopped, "the node is closed"};
    // Before it looks for the first time, so that no commit falls between.
    if (!std::exchange(s.watching, true)) log_.watch(*this);
    pool_->add(std::move(task));
    return {};
  });
}

void consumer_host::stop() {
  const bool watching = state_.with([](state& s) {
    s.stopped = true;
    return std::exchange(s.watching, false);
  });
  if (watching) log_.unwatch(*this);
  pool_->stop();
}

void consumer_host::committed_moved(partition_id /*partition*/) {
  pool_->wake_all();
}

}  // namespace reprise::actors
