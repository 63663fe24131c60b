// SPDX-License-Identifier: Apache-2.0
//
// A check of a store that a client comes back to ask about.
#include "actors/asked_check.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <chrono>
#include <thread>

namespace reprise::actors {
namespace {

using cluster::check_id;

constexpr check_id one{std::byte{1}};
constexpr check_id two{std::byte{2}};

class set_clock final : public base::clock {
 public:
  [[nodiscard]] timestamp now() const override { return {}; }
  [[nodiscard]] instant steady() const override { return instant(since_.load()); }
  void pass(std::chrono::seconds time) { since_.store(since_.load() + time); }

 private:
  std::atomic<std::chrono::nanoseconds> since_{std::chrono::nanoseconds(0)};
};

// A check that goes on until it is told to be done.
class slow_survey final : public persistence::store_survey {
 public:
  [[nodiscard]] result<persistence::store_identity> identity() const override {
    return persistence::store_identity{};
  }
  [[nodiscard]] result<persistence::store_inventory> inventory() const override {
    return persistence::store_inventory{};
  }
  [[nodiscard]] result<persistence::snapshot_tally> count_snapshots(bytes_view) const override {
    return persistence::snapshot_tally{.end = true};
  }
  [[nodiscard]] result<verification> verify(
      const persistence::check_progress& go_on) const override {
    ++begun;
    while (!done) {
      if (!go_on({.done = 1, .total = 2})) {
        ++ended;
        return error{errc::stopped, "the check was ended"};
      }
      std::this_thread::yield();
    }
    return verification{.records = 5};
  }

  mutable std::atomic<int> begun{0};
  mutable std::atomic<int> ended{0};
  std::atomic<bool> done{false};
};

struct checked {
  set_clock time;
  slow_survey store;
  asked_check check{store, time};

  // What it found; asks until it is done.
  verification found(const check_id& which) {
    store.done = true;
    while (true) {
      const auto answer = check.ask(which);
      if (!answer) FAIL(answer.error().message);
      if (answer->found) return *answer->found;
      std::this_thread::yield();
    }
  }
};

TEST_CASE("a check tells how far it is, then what it found, as often as it is asked") {
  checked node;
  while (true) {
    const auto answer = node.check.ask(one);
    REQUIRE(answer.has_value());
    CHECK_FALSE(answer->found.has_value());
    if (answer->at.total == 2) break;
    std::this_thread::yield();
  }
  CHECK(node.found(one).records == 5);
  CHECK(node.found(one).records == 5);
  CHECK(node.store.begun == 1);
}

TEST_CASE("a node checks its store for one client at a time") {
  checked node;
  REQUIRE(node.check.ask(one).has_value());
  CHECK(node.check.ask(two).error().code == errc::overloaded);
  CHECK(node.found(one).records == 5);
  CHECK(node.found(two).records == 5);
  CHECK(node.store.begun == 2);
}

TEST_CASE("a check that nobody asks about any more ends, and gives way") {
  checked node;
  REQUIRE(node.check.ask(one).has_value());
  while (node.store.begun == 0) std::this_thread::yield();
  node.time.pass(asked_check::patience);
  REQUIRE(node.check.ask(one).has_value());
  node.time.pass(asked_check::patience + std::chrono::seconds(1));
  while (node.store.ended == 0) std::this_thread::yield();
  // The thread that was ended is about to say so.
  while (!node.check.ask(two)) std::this_thread::yield();
  CHECK(node.found(two).records == 5);
}

TEST_CASE("a node that is closed ends the check that is under way") {
  checked node;
  REQUIRE(node.check.ask(one).has_value());
  node.check.stop();
  CHECK(node.store.ended == 1);
  CHECK(node.check.ask(one).error().code == errc::stopped);
  CHECK(node.check.ask(two).error().code == errc::stopped);
}

}  // namespace
}  // namespace reprise::actors
