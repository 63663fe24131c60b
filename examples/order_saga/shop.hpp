// SPDX-License-Identifier: Apache-2.0
//
// A shop's aggregates: orders, the stock of each article, the wallet and the card of each customer,
// shipments. Each knows nothing of the others; what binds them are the saga in fulfilment.hpp and
// the reaction in bonus.hpp.

#pragma once

#include "shop.reprise.hpp"

#include <reprise/aggregate.hpp>
#include <reprise/context.hpp>
#include <reprise/decision.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace shop {

[[nodiscard]] inline const booking* find(const std::vector<booking>& all, std::string_view order) {
  const auto found = std::ranges::find(all, order, &booking::order);
  return found == all.end() ? nullptr : &*found;
}

struct order : reprise::aggregate<order_api> {
  decision on(const cmd::place& c) const {
    if (phase != order_phase::none) return reprise::reject("wrong_phase", "it is placed already");
    return ev::placed{.customer = c.customer, .line = c.line, .country = c.country};
  }
  decision on(const cmd::confirm& c) const {
    if (phase != order_phase::placed) return reprise::reject("wrong_phase", "it is not placed");
    return ev::confirmed{.tracking = c.tracking};
  }
  decision on(const cmd::refuse& c) const {
    if (phase != order_phase::placed) return reprise::reject("wrong_phase", "it is not placed");
    return ev::refused{.reason = c.reason};
  }

  void apply(const ev::placed& e) {
    phase = order_phase::placed;
    customer = e.customer;
    line = e.line;
    country = e.country;
  }
  void apply(const ev::confirmed& e) {
    phase = order_phase::confirmed;
    tracking = e.tracking;
  }
  void apply(const ev::refused& e) {
    phase = order_phase::refused;
    reason = e.reason;
  }
};

struct stock : reprise::aggregate<stock_api> {
  decision on(const cmd::add& c) const { return ev::added{.pieces = c.pieces}; }
  decision on(const cmd::reserve& c) const {
    if (c.pieces > free) return reprise::reject("out_of_stock", std::to_string(free) + " are left");
    return ev::reserved{.order = c.order, .pieces = c.pieces};
  }
  decision on(const cmd::release& c) const {
    if (find(reserved, c.order) == nullptr) return reprise::nothing;
    return ev::released{.order = c.order};
  }

  void apply(const ev::added& e) { free += e.pieces; }
  void apply(const ev::reserved& e) {
    free -= e.pieces;
    reserved.push_back({.order = e.order, .amount = e.pieces});
  }
  void apply(const ev::released& e) {
    free += find(reserved, e.order)->amount;
    std::erase_if(reserved, [&](const booking& b) { return b.order == e.order; });
  }
};

struct wallet : reprise::aggregate<wallet_api> {
  decision on(const cmd::deposit& c) const { return ev::deposited{.cents = c.cents}; }
  decision on(const cmd::charge& c) const {
    if (c.cents > cents) return reprise::reject("no_money", std::to_string(cents) + " are left");
    return ev::charged{.order = c.order, .cents = c.cents};
  }
  // A payment is known by its order.
  decision on(const cmd::refund& c) const {
    if (find(paid, c.payment) == nullptr) return reprise::nothing;
    return ev::refunded{.order = c.payment};
  }

  void apply(const ev::deposited& e) { cents += e.cents; }
  void apply(const ev::charged& e) {
    cents -= e.cents;
    paid.push_back({.order = e.order, .amount = e.cents});
  }
  void apply(const ev::refunded& e) {
    cents += find(paid, e.order)->amount;
    std::erase_if(paid, [&](const booking& b) { return b.order == e.order; });
  }

  payment_receipt reply(const cmd::charge& c) const { return {.payment = c.order}; }
};

struct shipment : reprise::aggregate<shipment_api> {
  decision on(const cmd::create& c, const reprise::context& x) const {
    if (!tracking.empty()) return reprise::nothing;
    if (c.country == "nowhere") return reprise::reject("no_courier", "nobody drives there");
    return ev::created{.tracking = x.fresh_id().substr(0, 12)};
  }

  void apply(const ev::created& e) { tracking = e.tracking; }
  void apply(const ev::lost&) { tracking.clear(); }
};

struct card : reprise::aggregate<card_api> {
  decision on(const cmd::earn& c) const { return ev::earned{.order = c.order, .points = c.points}; }
  decision on(const cmd::take_back& c) const {
    if (find(earned, c.order) == nullptr) return reprise::reject("unknown", "it earned nothing");
    return ev::taken_back{.order = c.order};
  }

  void apply(const ev::earned& e) { earned.push_back({.order = e.order, .amount = e.points}); }
  void apply(const ev::taken_back& e) {
    std::erase_if(earned, [&](const booking& b) { return b.order == e.order; });
  }
};

}  // namespace shop
