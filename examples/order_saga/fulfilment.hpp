// SPDX-License-Identifier: Apache-2.0
//
// What becomes of an order: reserve the pieces, charge the customer, ship, confirm. Whatever fails,
// what was done before is taken back, last first, and the order is refused.

#pragma once

#include "examples/order_saga/shop.hpp"

#include <reprise/effect.hpp>
#include <reprise/envelope.hpp>
#include <reprise/saga.hpp>

#include <string>
#include <string_view>

namespace shop {

// snippet: saga
struct fulfilment : reprise::saga<fulfilment_state, order> {
  static constexpr reprise::saga_options options{.name = "fulfilment"};
  using started_by = reprise::events<order_ev::placed>;

  effects on(const order_ev::placed& e) {
    customer = e.customer;
    line = e.line;
    country = e.country;
    return {reprise::send(reprise::of<stock>(line.article),
                          stock_cmd::reserve{.order = key(), .pieces = line.pieces})
                .undo(reprise::send(reprise::of<stock>(line.article),
                                    stock_cmd::release{.order = key()}))
                .otherwise(reprise::compensate("out_of_stock"))};
  }

  effects answered(std::string_view step, const reprise::step_result& r) {
    if (!r.accepted()) return {};
    if (step == "reserve") return {charge()};
    if (step == "charge") return {ship()};
    if (step == "create") {
      const auto made = r.reply<shipment_cmd::create>();
      return {reprise::send(reprise::of<order>(key()),
                            order_cmd::confirm{.tracking = made ? made->tracking : ""}),
              reprise::finish()};
    }
    return {};
  }

  // The payment is only known when it was made.
  effects undo(std::string_view step, const reprise::step_result& r) {
    if (step != "charge") return {};
    const auto paid = r.reply<wallet_cmd::charge>();
    return {reprise::send(reprise::of<wallet>(customer),
                          wallet_cmd::refund{.payment = paid ? paid->payment : key()})};
  }

  effects compensated(std::string_view why) {
    return {
        reprise::send(reprise::of<order>(key()), order_cmd::refuse{.reason = std::string(why)})};
  }

 private:
  reprise::effect charge() const {
    return reprise::send(reprise::of<wallet>(customer),
                         wallet_cmd::charge{.order = key(), .cents = line.cents})
        .otherwise(reprise::compensate("no_money"));
  }
  reprise::effect ship() const {
    return reprise::send(reprise::of<shipment>(key()), shipment_cmd::create{.country = country})
        .otherwise(reprise::compensate("no_courier"));
  }
};
// snippet end

}  // namespace shop
