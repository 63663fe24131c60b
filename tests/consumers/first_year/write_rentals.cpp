// SPDX-License-Identifier: Apache-2.0
//
// The program of the first year. It wrote the fixture:
//     write_rentals DIRECTORY tests/consumers/fixtures/rentals-1.jsonl
#include "first_year/rental.reprise.hpp"

#include <reprise/aggregate.hpp>
#include <reprise/decision.hpp>
#include <reprise/exchange.hpp>
#include <reprise/node.hpp>

#include <iostream>

using namespace reprise;
using cmd = hire::rental_cmd;
using ev = hire::rental_ev;

namespace {

struct rental : aggregate<hire::rental_api> {
  decision on(const cmd::begin& c) const { return ev::begun{.rider = c.rider, .price = c.price}; }
  decision on(const cmd::finish&) const { return ev::finished{}; }

  void apply(const ev::begun& e) {
    rider = e.rider;
    price = e.price;
  }
  void apply(const ev::finished&) { finished = true; }
};

void write(const std::string& directory) {
  node here({.data = directory, .partitions = 2});
  here.host<rental>();
  here.of<rental>("r-1").ask(cmd::begin{.rider = "ann", .price = "12.50"}).get();
  here.of<rental>("r-2").ask(cmd::begin{.rider = "bob", .price = "3.00"}).get();
  here.of<rental>("r-1").ask(cmd::finish{}).get();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  write(argv[1]);
  const auto done = export_to_file(argv[1], argv[2]);
  if (!done) std::cerr << to_string(done.error()) << "\n";
  return done ? 0 : 1;
}
