// SPDX-License-Identifier: Apache-2.0
//
// One day of the shop: fills stock and wallets, places orders of which some cannot be fulfilled,
// and adds up what is left when all is over.

#pragma once

#include <reprise/node.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace shop {

struct day {
  /// Keeps the days of one store apart. A day that was cut off goes on when it is run again.
  std::string name{"day"};
  std::uint64_t orders = 1000;
  std::uint64_t seed = 1;
  /// Of a hundred orders so many go where nobody drives, after they were charged.
  std::uint32_t unreachable_percent = 10;
  /// Called now and then with how many orders are done.
  std::function<void(std::uint64_t done)> progress{};
};

/// Pieces and cents, wherever they are.
struct sums {
  std::uint64_t pieces = 0;
  std::uint64_t cents = 0;

  bool operator==(const sums&) const = default;
};

struct outcome {
  std::uint64_t placed = 0;
  std::uint64_t confirmed = 0;
  std::map<std::string, std::uint64_t> refused{};
  /// What came in, and what is left: free, reserved or paid for confirmed orders.
  sums before{};
  sums after{};
  /// What confirmed orders have taken, by their own account.
  sums sold{};
  sums held{};
  /// On the customers' cards.
  std::uint64_t points = 0;
  double seconds = 0;

  /// Nothing was lost or made, only confirmed orders hold something, and what is paid is what
  /// points were earned by.
  [[nodiscard]] bool adds_up() const {
    return before == after && held == sold && points == held.cents;
  }
};

/// Hosts everything on the node first.
[[nodiscard]] reprise::result<outcome> run(reprise::node& node, const day& what);

}  // namespace shop
