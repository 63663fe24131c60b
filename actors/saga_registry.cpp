// SPDX-License-Identifier: Apache-2.0
#include "actors/saga_registry.hpp"

#include "sagas/left_orders.hpp"
#include "sagas/outbox.hpp"
#include "sagas/router.hpp"

#include <utility>

namespace reprise::actors {

result<saga_registry::running> saga_registry::make(
    const std::shared_ptr<const sagas::saga_code>& code) {
  auto stores = host_.stores();
  if (!stores) return std::move(stores).error();
  running out{.code = code,
              .router = std::make_shared<saga_task>(outlets_, host_.pool()),
              .outbox = std::make_shared<saga_task>(outlets_, host_.pool()),
              .orders = std::make_shared<saga_task>(outlets_, host_.pool())};
  auto router = sagas::router::open({.log = log_,
                                     .saved = *(*stores)->checkpoints,
                                     .rows = *(*stores)->rows,
                                     .time = time_,
                                     .sender = *out.router,
                                     .measured = measured_,
                                     .seed = seed_},
                                    code->type);
  if (!router) return std::move(router).error();
  auto outbox = sagas::outbox::open({.log = log_,
                                     .rows = *(*stores)->rows,
                                     .time = time_,
                                     .sender = *out.outbox,
                                     .measured = measured_,
                                     .seed = seed_ + 1},
                                    code->type);
  if (!outbox) return std::move(outbox).error();
  auto orders = sagas::left_orders::open(
      {.rows = *(*stores)->rows, .time = time_, .sender = *out.orders, .seed = seed_ + 2},
      code->type);
  if (!orders) return std::move(orders).error();
  out.orders->carry(std::move(*orders));
  out.router->carry(std::move(*router));
  out.outbox->carry(std::move(*outbox));
  return out;
}

result<void> saga_registry::start(const std::shared_ptr<const sagas::saga_code>& code,
                                  bool brings_events) {
  return state_.with([&](state& s) -> result<void> {
    if (s.stopped) return error{errc::stopped, "the node is closed"};
    if (s.all.contains(code->type.name)) {
      return error{errc::locked, "the saga " + code->type.name + " runs already"};
    }
    auto made = make(code);
    if (!made) return std::move(made).error();
    made->brings_events = brings_events;
    s.all.emplace(code->type.name, *made);
    if (made->orders->lag() > 0) {
      if (auto runs = host_.run(made->orders); !runs) return runs;
    }
    if (auto runs = host_.run(made->outbox); !runs) return runs;
    return brings_events ? host_.run(made->router) : result<void>{};
  });
}

std::vector<saga_progress> saga_registry::all() const {
  const auto running_now = state_.with([](const state& s) { return s.all; });
  std::vector<saga_progress> out;
  for (const auto& [name, one] : running_now) {
    out.push_back({.name = name,
                   .events_behind = one.brings_events ? one.router->lag() : 0,
                   .effects_behind = one.outbox->lag(),
                   .orders_left = one.orders->lag(),
                   .trouble = one.router->trouble()});
    if (!out.back().trouble) out.back().trouble = one.outbox->trouble();
    if (!out.back().trouble) out.back().trouble = one.orders->trouble();
  }
  return out;
}

void saga_registry::stop() {
  const auto all = state_.with([](state& s) {
    s.stopped = true;
    return s.all;
  });
  for (const auto& [name, one] : all) {
    one.orders->stop();
    one.router->stop();
    one.outbox->stop();
  }
}

}  // namespace reprise::actors
