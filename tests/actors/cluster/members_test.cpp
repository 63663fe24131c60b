// SPDX-License-Identifier: Apache-2.0
//
// Nodes that come and go while commands are asked, as an operator has them do it.
#include "base/guarded.hpp"
#include "messages/schema_bundle.hpp"
#include "tests/actors/cluster/node_group.hpp"

#include <reprise/client.hpp>

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <thread>

namespace reprise::testing {
namespace {

using namespace std::chrono_literals;
using add = counter::cmd::add;
using get = counter::cmd::get;

// Asks all the time, and remembers what was acknowledged. What is unknown is asked again under the
// same id until it is known.
class load {
 public:
  load(node_group& group, std::uint64_t asker)
      : group_(group), asker_(asker), thread_([this] { run(); }) {}
  ~load() { stop(); }
  load(const load&) = delete;
  load& operator=(const load&) = delete;

  void stop() {
    stop_.store(true);
    if (thread_.joinable()) thread_.join();
  }
  // Waits for so many more.
  void goes_on(std::uint64_t more = 20) {
    const std::uint64_t wanted = count_.load() + more;
    const auto end = std::chrono::steady_clock::now() + 60s;
    while (count_.load() < wanted && std::chrono::steady_clock::now() < end) {
      std::this_thread::yield();
    }
    REQUIRE(count_.load() >= wanted);
  }
  // As many as were acknowledged, no more and no less.
  void is_what_counters_hold(std::uint64_t asker) {
    stop();
    for (const auto& [id, total] : totals_) {
      INFO(id);
      CHECK(group_.counter_at(asker, id).ask(get{}).get().total == total);
    }
  }

 private:
  void run() {
    for (std::uint64_t i = 1; !stop_.load(); ++i) {
      const std::string id = "c" + std::to_string(i % 9);
      const command_id as = derive_command_id(std::to_string(i));
      auto answer = group_.counter_at(asker_, id).ask(add{1}, {.id = as}).result();
      while (!answer && !stop_.load())
        answer = group_.counter_at(asker_, id).ask(add{1}, {.id = as}).result();
      if (!answer) break;
      ++totals_[id];
      count_.fetch_add(1);
    }
  }

  node_group& group_;
  const std::uint64_t asker_;
  // The thread's until it is joined.
  std::map<std::string, std::uint64_t> totals_;
  std::atomic<std::uint64_t> count_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

bool is_said(const client& asked, const std::string& text, bool wanted = true) {
  const auto end = std::chrono::steady_clock::now() + 60s;
  while (std::chrono::steady_clock::now() < end) {
    const auto status = asked.status(0);
    if (status && (status->find(text) != std::string::npos) == wanted) return true;
    std::this_thread::yield();
  }
  return false;
}

// How a status begins to speak of a node.
std::string entry_of(const cluster_node& node) {
  return R"({"name":")" + node.name + R"(","address":")" + node.host + ":" +
         std::to_string(node.port) + R"(",)";
}

bool votes_in_all(const client& asked, const cluster_node& node) {
  return is_said(asked, entry_of(node) + R"("connected":true,"wish":"voter","votes":4,)");
}

bool is_out(const client& asked, const cluster_node& node) {
  return is_said(asked, entry_of(node), false);
}

TEST_CASE("C-062 a cluster of one grows to three while it is asked, and loses nothing",
          "[cluster]") {
  node_group group({.nodes = 3, .founders = 1});
  group.start(1);
  const client operators = group.client_of(1);
  load asked(group, 1);
  asked.goes_on();
  for (std::uint64_t number = 2; number <= 3; ++number) {
    group.start(number);
    REQUIRE(operators.add_node(group.address_of(number)).has_value());
    REQUIRE(votes_in_all(operators, group.address_of(number)));
    asked.goes_on();
  }
  asked.is_what_counters_hold(3);
  // The two that came are a majority.
  group.stop(1);
  asked.is_what_counters_hold(2);
  // And all come back as they were, with the options they had.
  group.stop(2);
  group.stop(3);
  group.start_all();
  asked.is_what_counters_hold(1);
}

TEST_CASE("C-064 a follower and a leader are removed while it is asked", "[cluster]") {
  node_group group;
  group.start_all();
  const client operators = group.client_of(1);
  load asked(group, 1);
  asked.goes_on();
  REQUIRE(operators.remove_node("n3").has_value());
  REQUIRE(is_out(operators, group.address_of(3)));
  asked.goes_on();
  // The one that is asked leads half of the partitions.
  const client of_the_other = group.client_of(2);
  REQUIRE(of_the_other.remove_node("n1").has_value());
  REQUIRE(is_out(of_the_other, group.address_of(1)));
  group.stop(3);
  // Once its links are cut, who was removed reaches no leader, and what it is asked is not handled.
  const auto ask = [&] {
    return group.counter_at(1, "c1").ask(add{1}, {.timeout = 300ms}).result();
  };
  const auto is_refused = [](const auto& answer) {
    return !answer && answer.error().code == errc::unavailable;
  };
  auto answer = ask();
  const auto end = std::chrono::steady_clock::now() + 60s;
  while (!is_refused(answer) && std::chrono::steady_clock::now() < end) answer = ask();
  INFO((answer ? "it was answered" : to_string(answer.error())));
  CHECK(is_refused(answer));
}

TEST_CASE("C-072 a node that is drained leads nothing, and nobody waits for long", "[cluster]") {
  node_group group;
  group.start_all();
  const client operators = group.client_of(1);
  load asked(group, 1);
  asked.goes_on();
  REQUIRE(operators.drain_node("n2").has_value());
  REQUIRE(is_said(operators, entry_of(group.address_of(2)) +
                                 R"("connected":true,"wish":"drained","votes":0,"learns":4)"));
  REQUIRE(is_said(group.client_of(2), R"("leads":0,)"));
  asked.goes_on();
  // Its own users are served as before.
  CHECK(group.counter_at(2, "other").ask(add{1}).get().total == 1);
  REQUIRE(operators.add_node(group.address_of(2)).has_value());
  REQUIRE(votes_in_all(operators, group.address_of(2)));
  asked.is_what_counters_hold(2);
}

TEST_CASE("a node that was not added yet serves nobody, and says so", "[cluster]") {
  node_group group({.nodes = 2, .founders = 1});
  group.start_all();
  const auto early = group.counter_at(2, "c").ask(add{1}, {.timeout = 300ms}).result();
  REQUIRE_FALSE(early.has_value());
  CHECK(early.error().code == errc::unavailable);
  CHECK(is_said(group.client_of(2), R"("takes_part":false)"));
  REQUIRE(group.client_of(1).add_node(group.address_of(2)).has_value());
  CHECK(group.counter_at(2, "c").ask(add{1}, {.timeout = 30s}).get().total == 1);
}

// How a status says that n2 is refused.
std::string refused_n2(const std::string& why) {
  return R"("refused":[{"name":"n2","why":")" + why;
}

TEST_CASE("C-110 a node of the wrong schema generation is refused at join, with the type named",
          "[cluster]") {
  node_group group({.nodes = 2, .founders = 1});
  group.start(1);
  const client operators = group.client_of(1);
  detail::aggregate_type other = detail::describe<counter>();
  const auto schema = messages::schema_bundle::renamed(detail::describe<tally>().schema, other.id,
                                                       std::string(other.name));
  REQUIRE(schema.has_value());
  other.schema = *schema;
  {
    auto stranger = detail::open_node(group.options_of(2));
    REQUIRE(stranger.has_value());
    REQUIRE((*stranger)->host(other).has_value());
    REQUIRE(operators.add_node(group.address_of(2)).has_value());
    REQUIRE(is_said(operators, refused_n2("its program does not read what is written here: "
                                          "schema of Counter: ")));
    CHECK(is_said(group.client_of(2), R"("takes_part":false)"));
    CHECK(group.counter_at(1, "a").ask(add{2}).get().total == 2);
  }
  // With a program that fits, and nothing of the other one, it is let in.
  std::filesystem::remove_all(group.options_of(2).data);
  group.start(2);
  REQUIRE(votes_in_all(operators, group.address_of(2)));
  CHECK(is_said(operators, R"("refused":[])"));
  CHECK(group.counter_at(2, "a").ask(get{}).get().total == 2);
}

TEST_CASE("a node is let in when its program handles all that is handled", "[cluster]") {
  node_group group({.nodes = 2, .founders = 1});
  group.start(1);
  group.at(1).host<tally>();
  const client operators = group.client_of(1);
  group.start(2);
  REQUIRE(operators.add_node(group.address_of(2)).has_value());
  REQUIRE(is_said(operators, refused_n2("its program does not handle Tally yet")));
  group.at(2).host<tally>();
  REQUIRE(votes_in_all(operators, group.address_of(2)));
}

TEST_CASE("a lead is moved to where it is wished, whoever is asked", "[cluster]") {
  node_group group({.nodes = 3, .partitions = 2});
  group.start_all();
  CHECK(group.counter_at(1, "c").ask(add{1}).get().total == 1);
  for (std::uint64_t asked = 1; asked <= 3; ++asked) {
    const std::string to = "n" + std::to_string(1 + asked % 3);
    const client operators = group.client_of(asked);
    const auto end = std::chrono::steady_clock::now() + 60s;
    const std::string wanted = R"({"partition":1,"leader":")" + to + R"(")";
    bool moved = false;
    // A leader refuses while another hand-over runs, or to a node that is behind.
    while (!moved && std::chrono::steady_clock::now() < end) {
      static_cast<void>(operators.move_lead({1}, to));
      const auto status = operators.status(0);
      moved = status && status->find(wanted) != std::string::npos;
    }
    CHECK(moved);
  }
}

TEST_CASE("orders that cannot be are refused, each with its reason", "[cluster]") {
  node_group group;
  group.start_all();
  const client operators = group.client_of(1);
  const auto code_of = [](const result<void>& done) {
    REQUIRE_FALSE(done.has_value());
    return done.error().code;
  };
  REQUIRE(is_said(operators, R"("partition":0,"leader":"n)"));
  CHECK(code_of(operators.remove_node("n9")) == errc::invalid_argument);
  CHECK(code_of(operators.drain_node("")) == errc::invalid_argument);
  CHECK(code_of(operators.add_node({.name = "n4"})) == errc::invalid_argument);
  CHECK(code_of(operators.move_lead({99}, "n1")) == errc::invalid_argument);
  CHECK(code_of(operators.set_voters(0)) == errc::invalid_argument);
  CHECK(code_of(operators.set_voters(8)) == errc::invalid_argument);
  CHECK(code_of(operators.move_lead({0}, "n9")) == errc::invalid_argument);
  for (int i = 4; i <= 7; ++i) {
    const cluster_node more{"n" + std::to_string(i), "127.0.0.1", 9};
    CHECK(operators.add_node(more).has_value());
  }
  CHECK(code_of(operators.add_node({"n8", "127.0.0.1", 9})) == errc::invalid_argument);
  // One that never came is forgotten.
  CHECK(operators.remove_node("n4").has_value());
  CHECK(operators.add_node({"n8", "127.0.0.1", 9}).has_value());
}

}  // namespace
}  // namespace reprise::testing
