// SPDX-License-Identifier: Apache-2.0
//
// Orders that are left in a store for the sagas of a program that does not run.
#include "persistence/lmdb_checkpoint_store.hpp"
#include "persistence/store_directory.hpp"
#include "sagas/left_orders.hpp"
#include "sagas/message_codec.hpp"
#include "sagas/orders.hpp"

#include <reprise/saga_store.hpp>

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

namespace reprise {
namespace {

// When it was tried last, as far as that is known.
timestamp tried_at(const stored_saga& s) {
  return s.status.parked.empty() ? s.changed : s.status.parked.front().last_tried;
}

std::vector<saga_order> retries_of(const saga_status& status) {
  std::vector<saga_order> out;
  for (const open_effect& e : status.open) {
    if (e.stuck.empty()) continue;
    out.push_back({.what = saga_order::kind::retry_step, .name = e.name, .number = e.number});
  }
  if (!status.parked.empty() && !status.paused) {
    out.push_back({.what = saga_order::kind::retry_parked});
  }
  return out;
}

command_id id_of(const left_saga_order& order, timestamp now) {
  std::string text = "order/" + std::to_string(now.time_since_epoch().count());
  for (const std::string* part : {&order.name, &order.tenant, &order.key}) {
    text += '/';
    text += std::to_string(part->size());
    text += '/';
    text += *part;
  }
  text += '/' + std::to_string(static_cast<unsigned>(order.order.what));
  text += '/' + std::to_string(order.order.number);
  return derive_command_id(text);
}

result<void> leave(const std::string& directory, std::vector<left_saga_order>& orders,
                   timestamp now) {
  std::error_code failure;
  const std::filesystem::path file = std::filesystem::path(directory) / "consumers/data.mdb";
  const auto size = std::filesystem::exists(file) ? std::filesystem::file_size(file, failure) : 0;
  if (failure) return error{errc::io_error, file.string() + ": " + failure.message()};
  auto kept = persistence::lmdb_checkpoint_store::open(directory, persistence::map_bytes_for(size));
  if (!kept) return std::move(kept).error();
  const auto rows = (*kept)->rows();
  std::map<std::string, std::vector<sagas::log::left_order>> by_saga;
  for (left_saga_order& one : orders) {
    one.order.id = id_of(one, now);
    const auto command =
        sagas::command_of({detail::saga_id(one.name), one.tenant, one.key}, one.order);
    by_saga[one.name].push_back({.tenant = one.tenant,
                                 .key = one.key,
                                 .command = command.command,
                                 .payload = command.payload,
                                 .id = sagas::to_bytes(one.order.id),
                                 .what = static_cast<std::uint16_t>(one.order.what),
                                 .number = one.order.number});
  }
  for (const auto& [saga, all] : by_saga) {
    if (auto left = sagas::leave_orders(*rows, saga, all); !left) return left;
  }
  return {};
}

}  // namespace

result<std::vector<left_saga_order>> retries_in(const saga_store& store, const saga_retry& which,
                                                const progress_listener& progress) {
  std::vector<stored_saga> found;
  if (which.key.empty()) {
    auto all = store.list(which.name, progress);
    if (!all) return std::move(all).error();
    found = std::move(*all);
  } else {
    auto one = store.find(which.name, which.tenant, which.key);
    if (!one) return std::move(one).error();
    found.push_back(std::move(*one));
  }
  std::erase_if(found, [](const stored_saga& s) { return retries_of(s.status).empty(); });
  std::ranges::stable_sort(found, {}, tried_at);
  if (found.size() > which.instances_max) {
    found.resize(static_cast<std::size_t>(which.instances_max));
  }
  std::vector<left_saga_order> out;
  for (const stored_saga& s : found) {
    for (saga_order& order : retries_of(s.status)) {
      out.push_back({.name = s.name, .tenant = s.tenant, .key = s.key, .order = std::move(order)});
    }
  }
  return out;
}

result<left_saga_order> cancel_in(const saga_store& store, const std::string& name,
                                  const std::string& tenant, const std::string& key,
                                  const std::string& why) {
  const auto one = store.find(name, tenant, key);
  if (!one) return one.error();
  if (one->status.phase != saga_phase::running) {
    return error{errc::invalid_argument, "the saga " + name + " " + key +
                                             " is not running, it is " +
                                             std::string(to_string(one->status.phase))};
  }
  return left_saga_order{.name = name,
                         .tenant = tenant,
                         .key = key,
                         .order = {.what = saga_order::kind::cancel, .reason = why}};
}

result<std::vector<left_saga_order>> order_retries(const std::string& directory,
                                                   const saga_retry& which, timestamp now,
                                                   const progress_listener& progress) {
  if (auto fine = persistence::check_is_store(directory); !fine) return std::move(fine).error();
  const auto lock = persistence::store_lock::take(directory);
  if (!lock) return lock.error();
  const auto wanted = [&]() -> result<std::vector<left_saga_order>> {
    const auto store = saga_store::open(directory);
    if (!store) return store.error();
    return retries_in(*store, which, progress);
  };
  auto orders = wanted();
  if (!orders || orders->empty()) return orders;
  if (auto left = leave(directory, *orders, now); !left) return std::move(left).error();
  return orders;
}

result<left_saga_order> order_cancel(const std::string& directory, const std::string& name,
                                     const std::string& tenant, const std::string& key,
                                     const std::string& why, timestamp now) {
  if (auto fine = persistence::check_is_store(directory); !fine) return std::move(fine).error();
  const auto lock = persistence::store_lock::take(directory);
  if (!lock) return lock.error();
  const auto wanted = [&]() -> result<left_saga_order> {
    const auto store = saga_store::open(directory);
    if (!store) return store.error();
    return cancel_in(*store, name, tenant, key, why);
  };
  auto order = wanted();
  if (!order) return order;
  std::vector<left_saga_order> orders{std::move(*order)};
  if (auto left = leave(directory, orders, now); !left) return std::move(left).error();
  return std::move(orders.front());
}

}  // namespace reprise
