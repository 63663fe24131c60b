// SPDX-License-Identifier: Apache-2.0
//
// What customers get for paying. Neither the wallet nor the saga knows of it.

#pragma once

#include "examples/order_saga/shop.hpp"

#include <reprise/effect.hpp>
#include <reprise/envelope.hpp>
#include <reprise/reaction.hpp>

namespace shop {

// snippet: reaction
/// A point for each cent that is paid, until the cent is paid back.
struct bonus : reprise::reaction<wallet> {
  static constexpr reprise::reaction_options options{.name = "bonus"};

  steps on(const wallet_ev::charged& e, const reprise::envelope& m) const {
    return {reprise::send(reprise::of<card>(m.aggregate.id),
                          card_cmd::earn{.order = e.order, .points = e.cents})};
  }
  steps on(const wallet_ev::refunded& e, const reprise::envelope& m) const {
    return {
        reprise::send(reprise::of<card>(m.aggregate.id), card_cmd::take_back{.order = e.order})};
  }
};
// snippet end

}  // namespace shop
