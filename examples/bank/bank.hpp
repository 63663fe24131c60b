// SPDX-License-Identifier: Apache-2.0
//
// A bank: accounts and transfers, the saga that moves money, and the summary of who has how much.

#pragma once

#include "bank.reprise.hpp"

#include <reprise/aggregate.hpp>
#include <reprise/decision.hpp>
#include <reprise/effect.hpp>
#include <reprise/envelope.hpp>
#include <reprise/projection.hpp>
#include <reprise/saga.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace bank {

struct account : reprise::aggregate<account_api> {
  decision on(const cmd::open& c) const {
    if (!owner.empty()) return reprise::reject("open", "it is open already");
    if (c.owner.empty() || c.cents < 0) return reprise::reject("bad_opening", "name and money");
    return ev::opened{.owner = c.owner, .cents = c.cents};
  }
  decision on(const cmd::withdraw& c) const {
    if (c.cents > cents) return reprise::reject("no_money", std::to_string(cents) + " are there");
    return ev::withdrawn{.transfer = c.transfer, .cents = c.cents};
  }
  decision on(const cmd::deposit& c) const {
    if (owner.empty() || is_closed()) return reprise::reject("no_account", "nobody owns it");
    return ev::deposited{.transfer = c.transfer, .cents = c.cents};
  }
  decision on(const cmd::close&) const {
    if (cents != 0) return reprise::reject("not_empty", std::to_string(cents) + " are there");
    return ev::closed{};
  }

  void apply(const ev::opened& e) {
    owner = e.owner;
    cents = e.cents;
  }
  void apply(const ev::withdrawn& e) { cents -= e.cents; }
  void apply(const ev::deposited& e) { cents += e.cents; }
  void apply(const ev::closed&) { account_state::closed = true; }

 private:
  [[nodiscard]] bool is_closed() const { return account_state::closed; }
};

struct transfer : reprise::aggregate<transfer_api> {
  decision on(const cmd::request& c) const {
    if (phase != transfer_phase::none) return reprise::reject("wrong_phase", "it was requested");
    if (c.cents <= 0 || c.from == c.to) return reprise::reject("bad_transfer", "whom, how much?");
    return ev::requested{.from = c.from, .to = c.to, .cents = c.cents};
  }
  decision on(const cmd::complete&) const {
    if (phase != transfer_phase::requested) return reprise::reject("wrong_phase", "it is over");
    return ev::completed{};
  }
  decision on(const cmd::fail& c) const {
    if (phase != transfer_phase::requested) return reprise::reject("wrong_phase", "it is over");
    return ev::failed{.why = c.why};
  }

  void apply(const ev::requested& e) {
    phase = transfer_phase::requested;
    from = e.from;
    to = e.to;
    cents = e.cents;
  }
  void apply(const ev::completed&) { phase = transfer_phase::done; }
  void apply(const ev::failed& e) {
    phase = transfer_phase::failed;
    why = e.why;
  }
};

/// Takes the money from one account and brings it to another; back again where that refuses it.
struct move_money : reprise::saga<move_state, transfer> {
  static constexpr reprise::saga_options options{.name = "move-money"};
  using started_by = reprise::events<transfer_ev::requested>;

  effects on(const transfer_ev::requested& e) {
    from = e.from;
    to = e.to;
    cents = e.cents;
    return {reprise::send(reprise::of<account>(from),
                          account_cmd::withdraw{.transfer = key(), .cents = cents})
                .undo(reprise::send(reprise::of<account>(from),
                                    account_cmd::deposit{.transfer = key(), .cents = cents}))
                .otherwise(reprise::compensate("no money"))};
  }

  effects answered(std::string_view step, const reprise::step_result& r) {
    if (!r.accepted()) return {};
    if (step == "withdraw") {
      return {reprise::send(reprise::of<account>(to),
                            account_cmd::deposit{.transfer = key(), .cents = cents})
                  .otherwise(reprise::compensate("nobody takes it"))};
    }
    if (step == "deposit") {
      return {reprise::send(reprise::of<transfer>(key()), transfer_cmd::complete{}),
              reprise::finish()};
    }
    return {};
  }

  effects compensated(std::string_view why) {
    return {
        reprise::send(reprise::of<transfer>(key()), transfer_cmd::fail{.why = std::string(why)})};
  }
};

/// How many accounts each owner has, and how much is on them.
struct summary : reprise::projection<account> {
  static constexpr reprise::projection_options options{.name = "summary"};

  reprise::table<std::string, owner_row> by_owner{*this, "owners"};
  // Whose an account is: events tell it once.
  reprise::table<std::string, std::string> owner_of{*this, "accounts"};

  void on(const account_ev::opened& e, const reprise::envelope& m) {
    owner_of.put(m.aggregate.id, e.owner);
    by_owner.change(e.owner, [&](owner_row& row) {
      ++row.accounts;
      row.cents += e.cents;
    });
  }
  void on(const account_ev::withdrawn& e, const reprise::envelope& m) { add(m, -e.cents); }
  void on(const account_ev::deposited& e, const reprise::envelope& m) { add(m, e.cents); }

 private:
  void add(const reprise::envelope& m, std::int64_t cents) {
    by_owner.change(*owner_of.get(m.aggregate.id), [&](owner_row& row) { row.cents += cents; });
  }
};

}  // namespace bank
