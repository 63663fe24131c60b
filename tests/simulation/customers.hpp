// SPDX-License-Identifier: Apache-2.0
//
// Customers of a bank: they ask any node, wait for a while, and ask again under the same command
// id, as a client does, until they are answered or have had enough.
//
// Invariants that they prove
//  * What they are told is committed, and what a read shows is what was committed at that place.
//  * A read that is linearizable shows all that was acknowledged before it was asked.
// Threading: one thread.

#pragma once

#include "tests/simulation/books.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace reprise::simulated {

/// Of each partition the last position that somebody was told of.
using acknowledged_ends = std::map<partition_id, position>;

class customers {
 public:
  customers(world& in, const std::vector<std::unique_ptr<node>>& nodes, history& past)
      : world_(in), nodes_(nodes), past_(past) {}

  /// So many errands at once, each followed by another one.
  void begin(std::uint64_t at_once);
  /// No new ones.
  void finish() { closing_ = true; }
  [[nodiscard]] std::uint64_t under_way() const { return under_way_; }

  struct tally {
    std::uint64_t accepted = 0;
    std::uint64_t rejected = 0;
    std::uint64_t read = 0;
    std::uint64_t attempts = 0;
    std::uint64_t given_up = 0;
  };
  [[nodiscard]] const tally& counted() const { return tally_; }
  /// Of what was acknowledged so far.
  [[nodiscard]] acknowledged_ends ends() const;
  /// They were told so; to be there at the end.
  void check_kept() const;

 private:
  struct errand {
    detail::outgoing_command what{};
    bool reads = false;
    milliseconds until{};
    std::uint64_t attempts = 0;
    bool over = false;
    // Of the account that it reads: acknowledged before it was asked.
    sequence floor{};
  };
  using shared_errand = std::shared_ptr<errand>;

  void next();
  [[nodiscard]] shared_errand invent();
  template <class A, class Command>
  [[nodiscard]] shared_errand make(const std::string& to, const Command& command,
                                   const std::string& id) const;
  void attempt(const shared_errand& e);
  void answered(const shared_errand& e, const result<detail::raw_answer>& outcome);
  void accepted(const errand& e, const detail::raw_answer& answer);
  void check_read(const errand& e, const detail::raw_answer& answer) const;
  void over(const shared_errand& e);

  world& world_;
  const std::vector<std::unique_ptr<node>>& nodes_;
  history& past_;
  tally tally_;
  std::uint64_t numbers_ = 0;
  std::uint64_t under_way_ = 0;
  bool closing_ = false;
  std::map<command_id, receipt> told_;
  std::map<aggregate_key, sequence> acknowledged_;
};

}  // namespace reprise::simulated
