// SPDX-License-Identifier: Apache-2.0
#include "actors/projections.hpp"

#include "consumers/projector.hpp"

namespace reprise::actors {

result<std::shared_ptr<detail::live_projection>> projections::start(
    const detail::projection_type& type) {
  auto stores = host_.stores();
  if (!stores) return std::move(stores).error();
  persistence::row_store& rows = *(*stores)->rows;
  const std::lock_guard hold(changing_);
  using started = result<std::shared_ptr<detail::live_projection>>;
  return state_.with([&](state& s) -> started {
    if (s.stopped) return error{errc::stopped, "the node is closed"};
    if (s.running.contains({type.name, type.version})) {
      return error{errc::locked, "version " + std::to_string(type.version) + " of the projection " +
                                     type.name + " runs already"};
    }
    auto what = consumers::projector::open(
        {.log = log_, .rows = rows, .time = time_, .seed = seed_ + s.running.size()}, type);
    if (!what) return std::move(what).error();
    auto task = std::make_shared<projection_task>(
        projection_ports{.log = log_, .rows = rows, .time = time_, .measured = measured_},
        type.name, type.version, std::move(*what), host_.pool());
    for (const auto& lane : task->lanes()) {
      if (auto runs = host_.run(lane); !runs) return std::move(runs).error();
    }
    s.running.emplace(key{type.name, type.version}, task);
    return std::shared_ptr<detail::live_projection>(std::move(task));
  });
}

result<std::shared_ptr<projection_task>> projections::find(const std::string& name,
                                                           std::uint32_t version) const {
  using found = result<std::shared_ptr<projection_task>>;
  return state_.with([&](const state& s) -> found {
    const auto it = s.running.find({name, version});
    if (it == s.running.end()) {
      return error{errc::not_found, "version " + std::to_string(version) + " of the projection " +
                                        name + " was not started on this node"};
    }
    return it->second;
  });
}

std::vector<projection_status> projections::all() const {
  const auto running = state_.with([](const state& s) { return s.running; });
  std::vector<projection_status> out;
  out.reserve(running.size());
  for (const auto& [name, task] : running) out.push_back(task->status());
  return out;
}

result<void> projections::drop(const std::string& name, std::uint32_t version) {
  auto stores = host_.stores();
  if (!stores) return std::move(stores).error();
  const std::lock_guard hold(changing_);
  const auto running = state_.with([&](state& s) {
    auto node = s.running.extract({name, version});
    return node.empty() ? nullptr : std::move(node.mapped());
  });
  if (running) running->stop();
  return (*stores)->rows->remove(consumers::stored_name(name, version));
}

result<consumers::order_outcome> projections::carry_out(const consumers::projection_order& what) {
  const std::lock_guard hold(changing_);
  if (const auto running = find(what.name, what.version)) {
    return (*running)->carry_out(what, lookups());
  }
  const bool stopped = state_.with([](const state& s) { return s.stopped; });
  if (stopped) return error{errc::stopped, "the node is closed"};
  const consumer_stores* const stores = host_.opened_stores();
  if (stores == nullptr) {
    return error{errc::not_found, "nothing is stored of version " + std::to_string(what.version) +
                                      " of a projection " + what.name + " on this node"};
  }
  return consumers::carry_out(what, *stores->rows, lookups());
}

consumers::change_lookups projections::lookups() const {
  return {.starts = [this](const start_point& from) { return consumers::starts_in(log_, from); },
          .payload = [this](const parked_event& of, std::string_view json) -> result<bytes> {
            const auto schemas = schemas_.all();
            if (!schemas) return schemas.error();
            return consumers::payload_in(log_, *schemas, of, json);
          }};
}

void projections::stop() {
  const auto all = state_.with([](state& s) {
    s.stopped = true;
    return s.running;
  });
  for (const auto& [name, task] : all) task->stop();
}

}  // namespace reprise::actors
