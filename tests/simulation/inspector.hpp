// SPDX-License-Identifier: Apache-2.0
//
// Asks the nodes of a bank, each in turn, up to where partitions are committed, as one does who
// reads their stores.
//
// Invariant that it proves: what the customers were told before is within that.
// Threading: one thread.

#pragma once

#include "cluster/standing_message.hpp"
#include "tests/simulation/customers.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace reprise::simulated {

class inspector {
 public:
  inspector(world& in, const std::vector<std::unique_ptr<node>>& nodes, const customers& told)
      : world_(in), nodes_(nodes), customers_(told) {}

  /// Asks one node after the other, from now on.
  void begin() { ask(); }
  /// No new questions.
  void finish() { closing_ = true; }

  struct tally {
    std::uint64_t asked = 0;
    std::uint64_t answered = 0;
    std::uint64_t refused = 0;
  };
  [[nodiscard]] const tally& counted() const { return tally_; }

 private:
  void ask();
  static void check_ends(const std::string& name, const cluster::committed_ends& said,
                         const acknowledged_ends& told);

  world& world_;
  const std::vector<std::unique_ptr<node>>& nodes_;
  const customers& customers_;
  bool closing_ = false;
  tally tally_;
};

}  // namespace reprise::simulated
