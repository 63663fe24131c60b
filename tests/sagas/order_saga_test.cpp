// SPDX-License-Identifier: Apache-2.0
//
// The example's order saga in a storm: lost, doubled and reordered messages, commits that are held
// or lost, crashes at any step. Whatever happens, each effect is there once, stock and money add
// up, and every order comes to an end.
#include "examples/order_saga/bonus.hpp"
#include "examples/order_saga/fulfilment.hpp"
#include "tests/sagas/saga_world.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>

namespace reprise::sagas::testing {
namespace {

using shop::bonus;
using shop::card;
using shop::fulfilment;
using shop::order;
using shop::shipment;
using shop::stock;
using shop::wallet;

struct shop_world : saga_world {
  explicit shop_world(std::uint64_t seed) : saga_world(seed) {
    host<order>();
    host<stock>();
    host<wallet>();
    host<shipment>();
    host<card>();
    host_saga<fulfilment>();
    host_saga<bonus>();
    ask<stock>("tea", stock::cmd::add{.pieces = 30});
    ask<stock>("cups", stock::cmd::add{.pieces = 3});
    ask<wallet>("ann", wallet::cmd::deposit{.cents = 500});
    ask<wallet>("bob", wallet::cmd::deposit{.cents = 10'000});
  }

  static order::cmd::place placed(std::uint64_t n) {
    return {.customer = n % 3 == 0 ? "ann" : "bob",
            .line = {.article = n % 4 == 0 ? "cups" : "tea", .pieces = 1, .cents = 100},
            .country = n % 5 == 0 ? "nowhere" : "here"};
  }
};

std::string name(std::uint64_t n) {
  return "order-" + std::to_string(n);
}

void check_sums(shop_world& world, std::uint64_t orders) {
  const auto tea = world.state<stock>("tea");
  const auto cups = world.state<stock>("cups");
  const auto ann = world.state<wallet>("ann");
  const auto bob = world.state<wallet>("bob");
  std::uint64_t pieces_sold = 0;
  for (std::uint64_t n = 0; n < orders; ++n) {
    INFO(name(n));
    const auto o = world.state<order>(name(n));
    const saga_status saga = world.status<fulfilment>(name(n));
    const bool over =
        o.phase == shop::order_phase::confirmed || o.phase == shop::order_phase::refused;
    CHECK(over);
    CHECK(saga.phase ==
          (o.phase == shop::order_phase::confirmed ? saga_phase::completed : saga_phase::failed));
    CHECK(saga.open.empty());
    CHECK(saga.parked.empty());
    CHECK(world.count<order::ev::confirmed>(name(n)) + world.count<order::ev::refused>(name(n)) ==
          1);
    if (o.phase != shop::order_phase::confirmed) continue;
    pieces_sold += o.line.pieces;
    CHECK(world.count<shipment::ev::created>(name(n)) == 1);
  }
  CHECK(tea.reserved.size() + cups.reserved.size() == pieces_sold);
  CHECK(tea.free + tea.reserved.size() == 30);
  CHECK(cups.free + cups.reserved.size() == 3);
  CHECK(ann.cents + 100 * ann.paid.size() == 500);
  CHECK(bob.cents + 100 * bob.paid.size() == 10'000);
  CHECK(ann.paid.size() + bob.paid.size() == pieces_sold);
  // The reaction has followed each payment and each refund, in their order.
  for (const char* const who : {"ann", "bob"}) {
    INFO(who);
    CHECK(world.state<card>(who).earned == world.state<wallet>(who).paid);
    CHECK(world.status<bonus>(who).open.empty());
    CHECK(world.status<bonus>(who).parked.empty());
  }
}

}  // namespace

TEST_CASE("S-001 an order whose steps all succeed is confirmed, and nothing is taken back") {
  shop_world world(1);
  world.ask<order>("o", shop_world::placed(1));
  world.settle();
  CHECK(world.state<order>("o").phase == shop::order_phase::confirmed);
  CHECK(world.status<fulfilment>("o").phase == saga_phase::completed);
  CHECK(world.count<stock::ev::released>("tea") == 0);
  CHECK(world.data<fulfilment>("o").customer == "bob");
}

TEST_CASE("S-057 a step that fails for good has the steps before it taken back, last first") {
  shop_world world(1);
  // Pieces and money are there, and nobody drives.
  world.ask<order>("o", shop_world::placed(5));
  world.settle();
  CHECK(world.state<order>("o").reason == "no_courier");
  CHECK(world.count<wallet::ev::refunded>("bob") == 1);
  CHECK(world.count<stock::ev::released>("tea") == 1);
  CHECK(world.count<order::ev::confirmed>("o") == 0);
  CHECK(world.status<fulfilment>("o").phase == saga_phase::failed);
  const auto time_of = [&]<class A, class E>(const std::string& id) {
    timestamp out;
    world.each_event<A>(id, [&](const persistence::stored_record& r) {
      if (r.event_type == E::tag) out = r.time;
    });
    return out;
  };
  CHECK(time_of.operator()<wallet, wallet::ev::refunded>("bob") <=
        time_of.operator()<stock, stock::ev::released>("tea"));
}

TEST_CASE("S-059 when the first step fails there is nothing to take back") {
  shop_world world(1);
  for (int i = 0; i < 3; ++i) {
    world.ask<stock>("cups", stock::cmd::reserve{.order = "x" + std::to_string(i), .pieces = 1});
  }
  world.ask<order>("o", shop_world::placed(4));
  world.settle();
  CHECK(world.state<order>("o").reason == "out_of_stock");
  CHECK(world.count<stock::ev::released>("cups") == 0);
  CHECK(world.count<wallet::ev::charged>("bob") == 0);
  CHECK(world.status<fulfilment>("o").phase == saga_phase::failed);
}

TEST_CASE("S-021 S-032 S-046 S-060 effects happen once in any storm, and all adds up") {
  const char* const only = std::getenv("REPRISE_SEED");
  const std::uint64_t first = only != nullptr ? std::strtoull(only, nullptr, 10) : 1;
  const std::uint64_t seeds = only != nullptr ? 1 : 60;
  std::uint64_t crashes = 0;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    INFO("REPRISE_SEED=" << seed);
    shop_world world(seed);
    constexpr std::uint64_t orders = 40;
    for (std::uint64_t n = 0; n < orders; ++n) {
      world.tell<order>(name(n), shop_world::placed(n), name(n));
      world.storm(60);
    }
    world.storm(1'000);
    crashes += world.crashes();
    // What the storm swallowed before it was committed is placed again, by the same ids.
    for (std::uint64_t n = 0; n < orders; ++n) {
      world.ask<order>(name(n), shop_world::placed(n), {.id = derive_command_id(name(n))});
    }
    world.settle();
    check_sums(world, orders);
  }
  CHECK(crashes > 0);
}

}  // namespace reprise::sagas::testing
