// SPDX-License-Identifier: Apache-2.0
//
// What a day at the bank does, and what can be looked at afterwards.

#pragma once

#include <reprise/ids.hpp>
#include <reprise/node.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace bank {

struct business {
  std::uint32_t accounts = 100;
  std::uint64_t transfers = 1'000;
  std::uint64_t seed = 1;
  /// Called now and then with how many transfers are over.
  std::function<void(std::uint64_t over)> progress{};
};

struct closing {
  std::uint64_t done = 0;
  std::map<std::string, std::uint64_t> failed{};
  std::int64_t cents_before = 0;
  std::int64_t cents_after = 0;
  double seconds = 0;
};

/// Hosts the bank on the node. To be called once, first.
[[nodiscard]] reprise::result<void> open(reprise::node& node);

/// Opens accounts and moves money between them. The same business again on the same store changes
/// nothing; one that was cut off is finished.
[[nodiscard]] reprise::result<closing> run(reprise::node& node, const business& what);

struct owner_line {
  std::string owner{};
  std::uint32_t accounts = 0;
  std::int64_t cents = 0;

  bool operator==(const owner_line&) const = default;
};
/// By owner. `anew`: forgets the rows first and folds all events again.
[[nodiscard]] reprise::result<std::vector<owner_line>> summarise(reprise::node& node, bool anew);

struct history_line {
  std::uint64_t sequence = 0;
  reprise::timestamp time{};
  std::int64_t cents = 0;
};
/// What was on an account after each of its events. `not_found`.
[[nodiscard]] reprise::result<std::vector<history_line>> history(reprise::node& node,
                                                                 const std::string& account);

}  // namespace bank
