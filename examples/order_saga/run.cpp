// SPDX-License-Identifier: Apache-2.0
#include "examples/order_saga/run.hpp"

#include "examples/order_saga/bonus.hpp"
#include "examples/order_saga/fulfilment.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <random>
#include <string>
#include <utility>

namespace shop {
namespace {

using reprise::result;

constexpr std::uint32_t articles = 20;
constexpr std::uint32_t customers = 50;
constexpr std::size_t in_flight_max = 256;

std::string article_name(std::uint64_t n) {
  return "article-" + std::to_string(n);
}
std::string order_name(std::uint64_t n) {
  return "order-" + std::to_string(n);
}
std::string customer_name(std::uint64_t n) {
  return "customer-" + std::to_string(n);
}

result<void> host_all(reprise::node& node) {
  // First whom the saga and the reaction send to.
  if (auto done = node.try_host<order>(); !done) return done;
  if (auto done = node.try_host<stock>(); !done) return done;
  if (auto done = node.try_host<wallet>(); !done) return done;
  if (auto done = node.try_host<shipment>(); !done) return done;
  if (auto done = node.try_host<card>(); !done) return done;
  if (auto done = node.try_host<bonus>(); !done) return done;
  return node.try_host<fulfilment>();
}

// Counts the day's orders that are over, and changes of cards, by their events.
class watch {
 public:
  watch(reprise::node& node, const std::string& day)
      : subscription_(node.subscribe({.types = {order_api::type, card_api::type}, .id_prefix = day},
                                     [this](const reprise::received& r) { note(r); })) {}

  void await(std::uint64_t orders, const std::function<void(std::uint64_t)>& progress) {
    std::unique_lock hold(mutex_);
    while (over_ < orders) {
      moved_.wait_for(hold, std::chrono::milliseconds(200));
      if (progress) progress(over_);
    }
  }
  void await_cards(std::uint64_t changes) {
    std::unique_lock hold(mutex_);
    moved_.wait(hold, [&] { return card_changes_ >= changes; });
  }
  void tell(outcome& out) {
    const std::lock_guard hold(mutex_);
    out.confirmed = confirmed_;
    out.refused = refused_;
  }

 private:
  void note(const reprise::received& r) {
    const std::lock_guard hold(mutex_);
    if (r.meta.aggregate.type == card_api::type) {
      ++card_changes_;
      moved_.notify_all();
      return;
    }
    if (r.meta.event_type == order_ev::confirmed::tag) {
      ++confirmed_;
    } else if (r.meta.event_type == order_ev::refused::tag) {
      ++refused_[r.meta.tags.empty() ? "" : r.meta.tags.front().second];
    } else {
      return;
    }
    ++over_;
    moved_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable moved_;
  std::uint64_t over_ = 0;
  std::uint64_t card_changes_ = 0;
  std::uint64_t confirmed_ = 0;
  std::map<std::string, std::uint64_t> refused_;
  reprise::subscription subscription_;
};

template <class R>
result<void> accepted(const reprise::reply<R>& r) {
  auto outcome = r.result();
  if (!outcome) return std::move(outcome).error();
  if (!outcome->is_rejection()) return {};
  return reprise::error{reprise::errc::invalid_argument, outcome->why().code};
}

// The same command each time that the day is run.
reprise::ask_options once(const std::string& what) {
  return {.id = reprise::derive_command_id(what), .timeout = std::chrono::seconds(60)};
}

result<void> fill(reprise::node& node, const std::string& day, outcome& out) {
  for (std::uint32_t i = 0; i < articles; ++i) {
    constexpr std::uint32_t pieces = 200;
    const std::string article = day + article_name(i);
    auto done = accepted(node.of<stock>(article).ask(stock_cmd::add{pieces}, once(article)));
    if (!done) return done;
    out.before.pieces += pieces;
  }
  for (std::uint32_t i = 0; i < customers; ++i) {
    constexpr std::uint32_t cents = 100'000;
    const std::string customer = day + customer_name(i);
    auto done = accepted(node.of<wallet>(customer).ask(wallet_cmd::deposit{cents}, once(customer)));
    if (!done) return done;
    out.before.cents += cents;
  }
  return {};
}

// Each order is placed by an id of the day, so days do not mix.
result<void> place_all(reprise::node& node, const std::string& day, const shop::day& what,
                       outcome& out) {
  std::mt19937_64 chance(what.seed);
  std::deque<reprise::reply<reprise::receipt>> in_flight;
  const auto settle = [&]() -> result<void> {
    auto done = accepted(in_flight.front());
    in_flight.pop_front();
    if (done) ++out.placed;
    return done;
  };
  for (std::uint64_t i = 0; i < what.orders; ++i) {
    const auto pieces = static_cast<std::uint32_t>(1 + chance() % 5);
    const order_cmd::place command{
        .customer = day + customer_name(chance() % customers),
        .line = {.article = day + article_name(chance() % articles),
                 .pieces = pieces,
                 .cents = pieces * static_cast<std::uint32_t>(500 + chance() % 4'000)},
        .country = chance() % 100 < what.unreachable_percent ? "nowhere" : "here"};
    const std::string id = day + order_name(i);
    in_flight.push_back(node.of<order>(id).ask(command, once(id)));
    if (in_flight.size() < in_flight_max) continue;
    if (auto done = settle(); !done) return done;
  }
  while (!in_flight.empty()) {
    if (auto done = settle(); !done) return done;
  }
  return {};
}

// How often customers were charged or paid back; each wallet was filled once before.
result<std::uint64_t> count_payments(reprise::node& node, const std::string& day) {
  std::uint64_t all = 0;
  for (std::uint32_t i = 0; i < customers; ++i) {
    auto seen = node.of<wallet>(day + customer_name(i)).ask(wallet_cmd::get{}).result();
    if (!seen) return std::move(seen).error();
    all += seen->at().sequence.value - 1;
  }
  return all;
}

result<void> count(reprise::node& node, const std::string& day, outcome& out) {
  for (std::uint32_t i = 0; i < articles; ++i) {
    auto s = node.of<stock>(day + article_name(i)).ask(stock_cmd::get{}).result();
    if (!s) return s.error();
    const stock_state state = std::move(*s).value();
    out.after.pieces += state.free;
    for (const booking& b : state.reserved) out.held.pieces += b.amount;
  }
  for (std::uint32_t i = 0; i < customers; ++i) {
    auto w = node.of<wallet>(day + customer_name(i)).ask(wallet_cmd::get{}).result();
    if (!w) return w.error();
    const wallet_state state = std::move(*w).value();
    out.after.cents += state.cents;
    for (const booking& b : state.paid) out.held.cents += b.amount;
    auto c = node.of<card>(day + customer_name(i)).ask(card_cmd::get{}).result();
    if (!c) return c.error();
    for (const booking& b : c->value().earned) out.points += b.amount;
  }
  out.after.pieces += out.held.pieces;
  out.after.cents += out.held.cents;
  for (std::uint64_t i = 0; i < out.placed; ++i) {
    auto o = node.of<order>(day + order_name(i)).ask(order_cmd::get{}).result();
    if (!o) return o.error();
    const order_state state = std::move(*o).value();
    if (state.phase != order_phase::confirmed) continue;
    out.sold.pieces += state.line.pieces;
    out.sold.cents += state.line.cents;
  }
  return {};
}

}  // namespace

result<outcome> run(reprise::node& node, const day& what) {
  if (auto done = host_all(node); !done) return done.error();
  const std::string day = what.name + "/";
  outcome out;
  if (auto done = fill(node, day, out); !done) return done.error();
  watch orders(node, day);
  const auto began = std::chrono::steady_clock::now();
  if (auto done = place_all(node, day, what, out); !done) return done.error();
  orders.await(out.placed, what.progress);
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  orders.tell(out);
  // What follows from payments comes a moment later.
  const auto payments = count_payments(node, day);
  if (!payments) return payments.error();
  orders.await_cards(*payments);
  if (auto done = count(node, day, out); !done) return done.error();
  return out;
}

}  // namespace shop
