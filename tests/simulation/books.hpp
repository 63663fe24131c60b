// SPDX-License-Identifier: Apache-2.0
//
// What a bank's history comes to: a fold of the chosen records that shares no code with the nodes.
//
// Threading: one thread.

#pragma once

#include "examples/bank/bank.hpp"
#include "tests/simulation/history.hpp"

#include <map>
#include <string>
#include <vector>

namespace reprise::simulated {

struct account_book {
  std::string owner{};
  std::int64_t cents = 0;
  sequence last{};
};

struct transfer_book {
  bank::transfer_ev::requested what{};
  bool done = false;
  bool failed = false;
  unsigned withdrawn = 0;
  unsigned paid = 0;
  unsigned returned = 0;
  [[nodiscard]] bool is_over() const { return done || failed; }
};

struct bank_books {
  std::map<std::string, account_book> accounts{};
  std::map<std::string, transfer_book> transfers{};
  std::int64_t brought_in = 0;

  void add(const past_record& record);
};

/// Of all records; of those up to the cursors; of one account up to a sequence.
[[nodiscard]] bank_books books_of(const history& all);
[[nodiscard]] bank_books books_of(const history& all, const std::vector<partition_cursor>& upto);
[[nodiscard]] account_book account_at(const history& all, const std::string& account, sequence at);

/// Throws `broken` where a transfer's effects happened in part, or more than once.
void check_transfers(const history& all);

}  // namespace reprise::simulated
