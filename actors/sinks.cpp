// SPDX-License-Identifier: Apache-2.0
#include "actors/sinks.hpp"

namespace reprise::actors {

result<std::shared_ptr<detail::live_feed>> sinks::start(sink_feed what) {
  auto stores = host_.stores();
  if (!stores) return std::move(stores).error();
  const key id{what.options.name, what.options.version};
  using started = result<std::shared_ptr<detail::live_feed>>;
  return state_.with([&](state& s) -> started {
    if (s.stopped) return error{errc::stopped, "the node is closed"};
    if (s.running.contains(id)) {
      return error{errc::locked, "version " + std::to_string(id.second) + " of the sink " +
                                     id.first + " is fed already"};
    }
    auto feeder = consumers::feeder::open({.log = log_,
                                           .saved = *(*stores)->checkpoints,
                                           .time = time_,
                                           .seed = seed_ + s.running.size()},
                                          std::move(what));
    if (!feeder) return std::move(feeder).error();
    auto task = std::make_shared<sink_task>(
        sink_task::ports{.log = log_, .time = time_, .measured = measured_}, id.first, id.second,
        std::move(*feeder), host_.pool());
    if (auto runs = host_.run(task); !runs) return std::move(runs).error();
    s.running.emplace(id, task);
    return std::shared_ptr<detail::live_feed>(std::move(task));
  });
}

std::vector<projection_status> sinks::all() const {
  const auto running = state_.with([](const state& s) { return s.running; });
  std::vector<projection_status> out;
  out.reserve(running.size());
  for (const auto& [id, task] : running) out.push_back(task->status());
  return out;
}

void sinks::stop() {
  const auto all = state_.with([](state& s) {
    s.stopped = true;
    return s.running;
  });
  for (const auto& [id, task] : all) task->stop();
}

}  // namespace reprise::actors
