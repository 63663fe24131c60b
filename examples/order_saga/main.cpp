// SPDX-License-Identifier: Apache-2.0
//
// The program `order_saga`: a shop whose orders run through a saga with compensation.
#include "examples/order_saga/run.hpp"

#include <reprise/node.hpp>

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <string>

namespace {

// Exit codes, also in the help text.
constexpr int ok = 0;
constexpr int does_not_add_up = 1;
constexpr int failed = 4;

int say(const reprise::error& why) {
  std::cerr << "order_saga: " << reprise::to_string(why) << "\n";
  return failed;
}

void show(const shop::outcome& o) {
  std::cout << "placed     " << o.placed << " orders\nconfirmed  " << o.confirmed << "\n";
  for (const auto& [why, count] : o.refused) {
    std::cout << "refused    " << count << " (" << why << ")\n";
  }
  std::cout << "pieces     " << o.before.pieces << " came in, " << o.after.pieces
            << " are there; held for orders " << o.held.pieces << ", sold " << o.sold.pieces
            << "\ncents      " << o.before.cents << " came in, " << o.after.cents
            << " are there; held for orders " << o.held.cents << ", sold " << o.sold.cents
            << "\npoints     " << o.points << " are on cards\n"
            << static_cast<std::uint64_t>(static_cast<double>(o.placed) / o.seconds)
            << " orders a second\n"
            << (o.adds_up() ? "it adds up" : "IT DOES NOT ADD UP") << "\n";
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Places orders of which some fail, and checks that stock and money add up."};
  app.footer(
      "Exit codes: 0 it adds up, 1 it does not, 4 something failed.\n\n"
      "Examples:\n  order_saga --orders 2000\n  order_saga --data ./shop --day monday\n"
      "  reprise log fulfilment monday/order-7 --data ./shop");
  std::string data;
  shop::day day;
  app.add_option("--data", data, "Folder of the store; without it everything is kept in memory");
  app.add_option("--day", day.name, "Keeps several runs on one store apart")->capture_default_str();
  app.add_option("--orders", day.orders, "How many orders are placed")->capture_default_str();
  app.add_option("--seed", day.seed, "Which orders")->capture_default_str();
  app.add_option("--unreachable", day.unreachable_percent,
                 "Of a hundred orders so many go where nobody drives")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    auto node = reprise::node::open({.data = data, .log = reprise::log_lines::warnings});
    if (!node) return say(node.error());
    const auto outcome = shop::run(*node, day);
    if (!outcome) return say(outcome.error());
    show(*outcome);
    return outcome->adds_up() ? ok : does_not_add_up;
  } catch (const std::exception& e) {
    std::cerr << "order_saga: " << e.what() << "\n";
    return failed;
  }
}
