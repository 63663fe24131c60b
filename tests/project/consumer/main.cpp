// SPDX-License-Identifier: Apache-2.0
//
// An aggregate of somebody else's, on an installed Reprise: its schema, its code, its tests.
#include "counter.reprise.hpp"

#include <reprise/aggregate.hpp>
#include <reprise/metrics.hpp>
#include <reprise/simulation.hpp>
#include <reprise/testing.hpp>

#include <chrono>
#include <exception>
#include <iostream>

namespace {

struct counter : reprise::aggregate<shop::counter_api> {
  decision on(const cmd::add& c) const {
    if (c.by == 0) return reprise::reject("zero", "add something");
    return ev::added{c.by};
  }
  decision on(const cmd::clear&) const {
    if (value == 0) return reprise::nothing;
    return ev::cleared{};
  }
  void apply(const ev::added& e) { value += e.by; }
  void apply(const ev::cleared&) { value = 0; }
};

using ev = counter::ev;
using cmd = counter::cmd;
using reprise::testing::given;

void check_decisions() {
  given<counter>(ev::added{2}, ev::added{3}).when(cmd::clear{}).then(ev::cleared{});
  given<counter>(ev::added{2}).when(cmd::add{3}).then(ev::added{3}).replies({.value = 5});
  given<counter>().when(cmd::clear{}).then_nothing();
  given<counter>().when(cmd::add{0}).rejected("zero");
}

// True when what was added is there, though nodes crash and links break.
bool counts_in_a_cluster() {
  reprise::simulation world({.seed = 3});
  world.host<counter>();
  const auto visits = world.of<counter>("visits");
  world.disturb();
  for (int i = 0; i < 5; ++i) visits.ask(cmd::add{1}, {.timeout = std::chrono::minutes(5)}).get();
  return world.settle() && visits.ask(cmd::add{1}).get().value == 6;
}

}  // namespace

int main() try {
  check_decisions();
  reprise::metrics metrics;
  metrics.count("consumer.runs").add();
  std::cout << "consumer: " << shop::counter_api::name << " decides as it should\n";
  return metrics.read().size() == 1 && counts_in_a_cluster() ? 0 : 1;
} catch (const std::exception& e) {
  std::cerr << "consumer: " << e.what() << '\n';
  return 1;
}
