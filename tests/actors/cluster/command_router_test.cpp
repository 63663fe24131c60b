// SPDX-License-Identifier: Apache-2.0
//
// Commands on their way to whoever leads, while that changes.
#include "actors/command_router.hpp"

#include "persistence/aggregate_hash.hpp"
#include "sagas/effect_delivery.hpp"

#include <reprise/metrics.hpp>

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace reprise::actors {
namespace {

using namespace std::chrono_literals;
using cluster::frame_kind;
using cluster::replica_id;
using numbers = std::vector<std::string>;

class hand_clock final : public base::clock {
 public:
  [[nodiscard]] timestamp now() const override { return {}; }
  [[nodiscard]] instant steady() const override { return now_; }
  void advance(std::chrono::milliseconds by) { now_ += by; }

 private:
  instant now_{1h};
};

// Partition 0 is led by another node if anybody does, or by this one, and partition 1 has a saga.
class router_scene final : private leadership_view, private cluster::peer_transport {
 public:
  router_scene() : partitions_(2), measured_(metrics_) {}

  command_router& router() { return router_; }
  // What was asked so far becomes known by its number, from 1.
  void ask(int count = 1) {
    for (int i = 0; i < count; ++i) {
      const auto caller = std::make_shared<waiting_caller>();
      callers_.push_back(caller);
      router_.route({0}, {.to = {aggregate_type_id{1}, "", "a"},
                          .command = static_cast<std::uint32_t>(callers_.size()),
                          .from = from_,
                          .deadline = clock_.steady() + 10s,
                          .caller = caller});
    }
  }
  // From now on a saga asks.
  void is_asked_by_saga() { from_ = a_step(); }
  void leads_saga(bool leads) { leads_saga_ = leads; }
  void saga_is_led_by(std::uint64_t id) { saga_leader_ = {id}; }
  void leads_target() { leads_target_ = true; }
  // What this node answers to a step that the other one sends.
  std::string answer_to_step_from(std::uint64_t id) {
    takes_step_from(id);
    return told();
  }
  // It is refused at once, and that is not sent yet.
  void takes_step_from(std::uint64_t id) {
    std::string name = "a";
    while (persistence::partition_of({aggregate_type_id{1}, "", name}, 2).value != 0) name += "a";
    router_.received_commands(
        {id}, encode(std::vector<cluster::remote_command>{{.request = 7,
                                                           .timeout = 10s,
                                                           .to = {aggregate_type_id{1}, "", name},
                                                           .from = a_step()}}));
  }
  std::string told() {
    router_.flush();
    return std::exchange(told_, "nothing yet");
  }
  void is_led_by(std::uint64_t id) {
    leader_ = {id};
    router_.role_changed({0});
  }
  // Tells each of them what became of it, by all that was sent to that node and not answered.
  void answer_all(std::uint64_t id, const result<detail::raw_answer>& outcome) {
    std::vector<cluster::remote_outcome> outcomes;
    for (const auto& [to, request] : std::exchange(requests_, {})) {
      if (to == replica_id{id}) outcomes.push_back({.request = request, .outcome = outcome});
    }
    const bytes body = encode(outcomes);
    router_.received_outcomes({id}, body);
  }
  // Numbers of those that were sent since the last call, as `2:1` says that 1 went to 2.
  std::vector<std::string> sent() {
    router_.flush();
    return std::exchange(sent_, {});
  }
  [[nodiscard]] std::string outcome_of(std::size_t number) const {
    const auto& outcome = callers_.at(number - 1)->told;
    if (!outcome) return "none";
    return *outcome ? "answered" : std::string(to_string(outcome->error().code));
  }

  // Called once, in the middle of sending what waited.
  mutable std::function<void()> meanwhile{};
  hand_clock& time() { return clock_; }

 private:
  struct waiting_caller final : detail::pending_ask {
    void complete(result<detail::raw_answer> outcome) override { told = std::move(outcome); }
    const result<detail::raw_answer>& wait() override { return *told; }
    void on_complete(std::function<void()> /*then*/) override {}
    [[nodiscard]] const result<detail::raw_answer>& outcome() const override { return *told; }
    std::optional<result<detail::raw_answer>> told;
  };

  static detail::delivery a_step() {
    return {.consumer = sagas::outbox_bit | 5, .partition = {1}, .at = {3}};
  }

  [[nodiscard]] bool leads(partition_id partition) const override {
    return partition.value == 1 ? leads_saga_ : leads_target_;
  }
  [[nodiscard]] replica_id leader(partition_id partition) const override {
    return partition.value == 1 ? saga_leader_ : leader_;
  }
  [[nodiscard]] bool send(replica_id to, frame_kind kind, bytes body) override {
    if (kind == frame_kind::outcome) {
      const auto outcomes = cluster::decode_outcomes(body);
      told_ = to_string(outcomes->front().outcome.error().code);
    }
    if (kind != frame_kind::command) return true;
    const auto commands = cluster::decode_commands(body);
    for (const cluster::remote_command& each : *commands) {
      requests_.emplace_back(to, each.request);
      sent_.push_back(std::to_string(to.value) + ":" + std::to_string(each.command));
    }
    return true;
  }
  [[nodiscard]] bool send_bulk(replica_id /*to*/, frame_kind /*kind*/, bytes /*body*/) override {
    return true;
  }
  // The second look is for the first of those that wait, which is in nobody's hands then.
  [[nodiscard]] bool is_connected(replica_id /*to*/) const override {
    if (meanwhile && ++looks_ == 2) std::exchange(meanwhile, {})();
    return true;
  }
  void wake() override {}

  hand_clock clock_;
  metrics metrics_;
  std::vector<std::unique_ptr<partition_actor>> partitions_;
  partition_metrics measured_;
  admission admitted_{std::uint64_t{1} << 20U};
  mutable int looks_ = 0;
  replica_id leader_{};
  replica_id saga_leader_{};
  bool leads_saga_ = false;
  bool leads_target_ = false;
  std::optional<detail::delivery> from_;
  std::string told_ = "nothing yet";
  std::vector<std::string> sent_;
  std::vector<std::pair<replica_id, std::uint64_t>> requests_;
  std::vector<std::shared_ptr<waiting_caller>> callers_;
  command_router router_{{.leadership = *this,
                          .confirm = [](partition_id, const auto&) {},
                          .transport = *this,
                          .partitions = partitions_,
                          .time = clock_,
                          .admitted = admitted_,
                          .measured = measured_}};
};

const error led_elsewhere{errc::unavailable, "not here", persistence::led_elsewhere};

}  // namespace

TEST_CASE("what a saga asked for is sent as long as its node leads the saga, and no longer",
          "[cluster]") {
  router_scene scene;
  scene.leads_saga(true);
  scene.is_asked_by_saga();
  scene.ask(2);
  scene.leads_saga(false);
  scene.is_led_by(2);
  CHECK(scene.sent().empty());
  CHECK(scene.outcome_of(1) == "stopped");
  scene.leads_saga(true);
  scene.ask();
  CHECK(scene.sent() == numbers{"2:3"});
}

TEST_CASE("a step of a saga is taken from nobody but who leads the saga", "[cluster]") {
  router_scene scene;
  scene.leads_target();
  CHECK(scene.answer_to_step_from(3) == "unavailable");
  scene.saga_is_led_by(2);
  CHECK(scene.answer_to_step_from(3) == "unavailable");
}

TEST_CASE("what became of a command is not told through a later connection", "[cluster]") {
  router_scene scene;
  scene.leads_target();
  scene.takes_step_from(3);
  scene.router().disconnected({3});
  // It may have given the same number to another command meanwhile.
  CHECK(scene.told() == "nothing yet");
  CHECK(scene.answer_to_step_from(3) == "unavailable");
}

TEST_CASE("C-055 what waited for a leader is sent to it in the order in which it was asked",
          "[cluster]") {
  router_scene scene;
  scene.ask(4);
  CHECK(scene.sent().empty());
  scene.is_led_by(2);
  CHECK(scene.sent() == numbers{"2:1", "2:2", "2:3", "2:4"});
  scene.answer_all(2, detail::raw_answer{});
  for (std::size_t number = 1; number <= 4; ++number) {
    CHECK(scene.outcome_of(number) == "answered");
  }
}

TEST_CASE("C-055 what is asked while others that waited are sent goes behind them", "[cluster]") {
  router_scene scene;
  scene.ask(3);
  scene.meanwhile = [&] { scene.ask(2); };
  scene.is_led_by(2);
  CHECK(scene.sent() == numbers{"2:1", "2:2", "2:3", "2:4", "2:5"});
  // And nothing waits for others that are not there any more.
  scene.ask();
  CHECK(scene.sent() == numbers{"2:6"});
}

TEST_CASE("C-055 what is asked while the last one that waited is sent goes behind it",
          "[cluster]") {
  router_scene scene;
  scene.ask();
  scene.meanwhile = [&] { scene.ask(); };
  scene.is_led_by(2);
  CHECK(scene.sent() == numbers{"2:1", "2:2"});
}

TEST_CASE("C-055 what comes back waits before what was asked later", "[cluster]") {
  router_scene scene;
  scene.is_led_by(2);
  scene.ask(2);
  CHECK(scene.sent() == numbers{"2:1", "2:2"});
  scene.is_led_by(0);
  scene.ask(2);
  SECTION("refused by a node that leads no more") {
    scene.answer_all(2, led_elsewhere);
  }
  SECTION("lost with the connection") {
    scene.router().disconnected({2});
  }
  SECTION("not answered by a node that leads no more") {}
  scene.is_led_by(3);
  CHECK(scene.sent() == numbers{"3:1", "3:2", "3:3", "3:4"});
  scene.answer_all(3, detail::raw_answer{});
  for (std::size_t number = 1; number <= 4; ++number) {
    CHECK(scene.outcome_of(number) == "answered");
  }
}

TEST_CASE("C-055 nothing stays behind when the lead moves on while others are sent", "[cluster]") {
  router_scene scene;
  scene.ask(3);
  scene.meanwhile = [&] {
    scene.is_led_by(0);
    scene.ask();
  };
  scene.is_led_by(2);
  CHECK(scene.sent() == numbers{"2:1"});
  scene.is_led_by(3);
  CHECK(scene.sent() == numbers{"3:1", "3:2", "3:3", "3:4"});
  scene.answer_all(3, detail::raw_answer{});
  CHECK(scene.outcome_of(4) == "answered");
}

TEST_CASE("C-055 what finds no leader before its deadline is told so", "[cluster]") {
  router_scene scene;
  scene.ask(2);
  scene.time().advance(11s);
  scene.router().tick();
  CHECK(scene.outcome_of(1) == "unavailable");
  CHECK(scene.outcome_of(2) == "unavailable");
  scene.is_led_by(2);
  CHECK(scene.sent().empty());
}

TEST_CASE("C-055 what waits when its node stops is told so", "[cluster]") {
  router_scene scene;
  scene.ask(2);
  scene.router().stop();
  CHECK(scene.outcome_of(1) == "stopped");
  scene.ask();
  CHECK(scene.outcome_of(3) == "stopped");
  scene.router().end();
}

}  // namespace reprise::actors
