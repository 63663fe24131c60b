// SPDX-License-Identifier: Apache-2.0
//
// The suite's aggregate. Its settings are a parameter, so that each case hosts the one it needs.
//
// Threading: as any aggregate; what it reports to the probe is safe from any thread.

#pragma once

#include "account.reprise.hpp"
#include "tests/actors/conformance/probe.hpp"

#include <reprise/aggregate.hpp>
#include <reprise/context.hpp>
#include <reprise/decision.hpp>

#include <chrono>
#include <cstdint>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace reprise::conformance {

using cmd = bank::account_cmd;
using ev = bank::account_ev;
using bank::account_state;

struct usual {
  static constexpr options value{};
};
struct without_snapshots {
  static constexpr options value{.snapshot_every = 0,
                                 .snapshot_when_replay_exceeds = std::chrono::microseconds::zero()};
};
struct snapshot_every_ten {
  static constexpr options value{.snapshot_every = 10,
                                 .snapshot_when_replay_exceeds = std::chrono::microseconds::zero(),
                                 .snapshots_kept = 2};
};

template <class Settings>
struct account_with : aggregate<bank::account_api> {
  static constexpr reprise::options options = Settings::value;

  decision on(const cmd::deposit& c) const {
    ++watch.handled;
    return deposited(c.cents, c.note);
  }
  decision on(const cmd::withdraw& c) const {
    ++watch.handled;
    if (c.cents > balance) return reject("insufficient", "there are " + std::to_string(balance));
    return ev::withdrawn{.cents = c.cents};
  }
  decision on(const cmd::spread& c) const {
    ++watch.handled;
    return std::vector<event>(c.count, deposited(c.cents));
  }
  decision on(const cmd::touch&) const {
    ++watch.handled;
    return nothing;
  }
  decision on(const cmd::review&) const {
    ++watch.handled;
    return nothing;
  }
  decision on(const cmd::stumble& c) const {
    ++watch.handled;
    switch (c.how) {
      case bank::stumble::standard:
        throw std::runtime_error("stumbled");
      case bank::stumble::foreign:
        throw 42;  // NOLINT(hicpp-exception-baseclass): that is the case
      case bank::stumble::memory:
        throw std::bad_alloc();
    }
    return nothing;
  }
  decision on(const cmd::spoil& c) const {
    ++watch.handled;
    std::vector<event> several(c.before, deposited(1));
    several.emplace_back(ev::spoiled{});
    several.insert(several.end(), c.after, deposited(1));
    return several;
  }
  decision on(const cmd::mumble& c) const {
    ++watch.handled;
    return deposited(c.cents);
  }
  decision on(const cmd::linger& c) const {
    ++watch.handled;
    watch.handling.pass();
    return deposited(c.cents);
  }
  decision on(const cmd::count& c) const {
    ++watch.handled;
    watch.counted.emplace_back(c.caller, c.n);
    return ev::counted{.caller = c.caller, .n = c.n};
  }
  decision on(const cmd::stamp&, const context& x) const {
    ++watch.handled;
    return ev::stamped{
        .at = x.now().time_since_epoch().count(), .id = x.fresh_id(), .random = x.random()};
  }
  decision on(const cmd::hoard& c) const {
    ++watch.handled;
    return ev::hoarded{.stuff = bytes(c.bytes, std::byte{7})};
  }
  decision on(const cmd::rename& c) const {
    ++watch.handled;
    return ev::renamed{.owner = c.owner};
  }

  cmd::mumble_reply reply(const cmd::mumble&) const { throw std::runtime_error("mumbled"); }
  cmd::count_reply reply(const cmd::count& c) const { return {.n = c.n}; }

  void apply(const ev::deposited& e) {
    begin_apply();
    balance += e.cents;
  }
  void apply(const ev::withdrawn& e) {
    begin_apply();
    balance -= e.cents;
  }
  void apply(const ev::spoiled&) {
    begin_apply();
    if (watch.spoiled_is_refused) throw std::runtime_error("inedible");
  }
  void apply(const ev::counted& e) {
    begin_apply();
    inOrder = inOrder && e.n == counted;
    ++counted;
  }
  void apply(const ev::stamped& e) {
    begin_apply();
    stampedAt = e.at;
    stampId = e.id;
    stampRandom = e.random;
  }
  void apply(const ev::hoarded& e) {
    begin_apply();
    hoarded += e.stuff.size();
  }
  void apply(const ev::renamed& e) {
    begin_apply();
    owner = e.owner;
  }

 private:
  [[nodiscard]] ev::deposited deposited(std::int64_t cents, std::string note = {}) const {
    return {.cents = cents, .note = std::move(note), .owner = owner};
  }
  void begin_apply() {
    watch.applying.pass();
    ++watch.applied;
    ++events;
  }
};

using account = account_with<usual>;

}  // namespace reprise::conformance
