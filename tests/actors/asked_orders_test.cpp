// SPDX-License-Identifier: Apache-2.0
//
// Orders that are asked for again: because an answer was lost, or is late.
#include "actors/asked_orders.hpp"

#include <catch2/catch_test_macros.hpp>

#include <deque>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace reprise::actors {
namespace {

bytes bytes_of(const std::string& text) {
  const auto all = std::as_bytes(std::span(text.data(), text.size()));
  return {all.begin(), all.end()};
}

std::string text_in(const result<bytes>& outcome) {
  if (!outcome) return std::string(to_string(outcome.error().code));
  std::string out;
  for (const std::byte b : *outcome) out += static_cast<char>(b);
  return out;
}

command_id id_of(std::uint8_t n) {
  command_id id{};
  id.value[0] = static_cast<std::byte>(n);
  return id;
}

// Runs what was submitted when it is told to.
class held_jobs final : public job_runner {
 public:
  void submit(std::function<void()> job) override { jobs_.push_back(std::move(job)); }
  void stop() override { jobs_.clear(); }
  [[nodiscard]] bool run_one() {
    if (jobs_.empty()) return false;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    job();
    return true;
  }
  void run_all() {
    while (run_one()) {
    }
  }
  [[nodiscard]] std::size_t waiting() const { return jobs_.size(); }

 private:
  std::deque<std::function<void()>> jobs_;
};

struct node_with_orders {
  held_jobs jobs;
  asked_orders orders{jobs};
  // What was carried out, and what was answered to whom.
  std::vector<std::string> done;
  std::vector<std::string> answers;
  result<bytes> outcome = bytes_of("fine");

  void ask(std::uint8_t id, const std::string& text) {
    orders.ask(
        id == 0 ? command_id{} : id_of(id), bytes_of(text),
        [this, text]() -> result<bytes> {
          done.push_back(text);
          return outcome;
        },
        [this, text](const result<bytes>& how) { answers.push_back(text + ": " + text_in(how)); });
  }
};

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("an order that is repeated while it waits, or is done, is carried out once") {
  node_with_orders node;
  node.ask(1, "skip");
  node.ask(1, "skip");
  CHECK(node.done.empty());
  node.jobs.run_all();
  CHECK(node.done == texts{"skip"});
  CHECK(node.answers == texts{"skip: fine", "skip: fine"});
  node.ask(1, "skip");
  node.jobs.run_all();
  CHECK(node.done == texts{"skip"});
  CHECK(node.answers.size() == 3);
}

TEST_CASE("one order is carried out at a time, in the order in which they came") {
  node_with_orders node;
  node.ask(1, "a");
  node.ask(2, "b");
  CHECK(node.jobs.waiting() == 1);
  REQUIRE(node.jobs.run_one());
  CHECK(node.done == texts{"a"});
  node.jobs.run_all();
  CHECK(node.done == texts{"a", "b"});
  node.ask(3, "c");
  node.jobs.run_all();
  CHECK(node.done == texts{"a", "b", "c"});
}

TEST_CASE(
    "an order that was refused for good stays so, and one that came too early is tried anew") {
  node_with_orders node;
  node.outcome = error{errc::not_found, "nothing is parked"};
  node.ask(1, "skip");
  node.jobs.run_all();
  node.outcome = error{errc::unavailable, "not yet"};
  node.ask(2, "retry");
  node.jobs.run_all();
  node.outcome = bytes_of("fine");
  node.ask(1, "skip");
  node.ask(2, "retry");
  node.jobs.run_all();
  CHECK(node.answers ==
        texts{"skip: not_found", "retry: unavailable", "skip: not_found", "retry: fine"});
}

TEST_CASE("another order with the same id is refused, and orders without one are all carried out") {
  node_with_orders node;
  node.ask(1, "skip");
  node.ask(1, "edit");
  node.ask(0, "x");
  node.ask(0, "x");
  node.jobs.run_all();
  CHECK(node.done == texts{"skip", "x", "x"});
  CHECK(node.answers.front() == "edit: id_conflict");
}

TEST_CASE("what waits and what is remembered is bounded") {
  node_with_orders node;
  for (std::size_t i = 0; i < asked_orders::waiting_max + 1; ++i) node.ask(0, "x");
  CHECK(node.answers == texts{"x: overloaded"});
  node.jobs.run_all();
  CHECK(node.done.size() == asked_orders::waiting_max);
  node.done.clear();
  for (std::size_t i = 0; i <= asked_orders::remembered_max; ++i) {
    node.ask(static_cast<std::uint8_t>(i + 1), "y");
    node.jobs.run_all();
  }
  node.ask(2, "y");
  node.jobs.run_all();
  CHECK(node.done.size() == asked_orders::remembered_max + 1);
  // The oldest is forgotten.
  node.ask(1, "y");
  node.jobs.run_all();
  CHECK(node.done.size() == asked_orders::remembered_max + 2);
}

}  // namespace reprise::actors
