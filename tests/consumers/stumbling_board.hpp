// SPDX-License-Identifier: Apache-2.0
//
// A projection of accounts that parks the events of one that it stumbles at; run by consuming_child
// and by the test that reads what it has left.
//
// Threading: as any projection.

#pragma once

#include "tests/actors/conformance/account.hpp"

#include <reprise/projection.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace reprise::conformance {

inline constexpr const char* stumbled_at = "bad";
inline constexpr int consumed_accounts = 7;

struct stumbling_board : projection<account> {
  static constexpr projection_options options{
      .name = "board",
      .failing = {.finally = failure_policy::then::park, .retries = 0},
      .lanes = 3};
  table<std::string, std::int64_t> cents{*this, "cents"};
  /// One row, which all lanes change.
  table<std::string, std::int64_t> all{*this, "all"};

  void on(const ev::deposited& e, const envelope& m) {
    all.change("all", [&](std::int64_t& c) { c += e.cents; });
    if (m.aggregate.id == stumbled_at) throw std::runtime_error("stumbled");
    cents.change(m.aggregate.id, [&](std::int64_t& c) { c += e.cents; });
  }
};

}  // namespace reprise::conformance
