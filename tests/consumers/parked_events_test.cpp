// SPDX-License-Identifier: Apache-2.0
//
// Events that a projection puts aside, step by step.
#include "consumers/parked_events.hpp"

#include "consumers/parked_orders.hpp"
#include "tests/consumers/projector_scene.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

namespace reprise::consumers {
namespace {

using namespace std::chrono_literals;
using testing::account_type;
using testing::projector_scene;
using testing::seen;
using then = failure_policy::then;

class parking_scene : public projector_scene {
 public:
  parking_scene() {
    policy = {.finally = then::park, .retries = 0};
    stumbles = {"bad"};
  }
  std::vector<parked_event> parked() const {
    return parked_events::list(row_reader(rows.read("counts.1").value())).value();
  }
  static aggregate_key key(const std::string& id) { return {account_type, "", id}; }
};

TEST_CASE("P-062 an event is put aside, and later ones of its aggregate behind it") {
  parking_scene scene;
  scene.log.store("bad", 2);
  scene.log.store("ann");
  scene.log.store("bad");
  const auto what = scene.opened();
  CHECK(scene.run(*what).is == projector::state::waiting);
  CHECK(scene.shown == seen{"bad@1", "ann@1"});
  CHECK(scene.stored() == "ann=1");
  CHECK(scene.checkpoint() == 4);
  const auto parked = scene.parked();
  REQUIRE(parked.size() == 3);
  CHECK(parked[0].sequence == sequence{1});
  CHECK(parked[0].at == position{1});
  CHECK(parked[0].attempts == 1);
  CHECK(parked[0].cause.find("stumbled") != std::string::npos);
  CHECK(parked[2].sequence == sequence{3});
  CHECK(parked[2].cause.empty());
  CHECK(what->parked().keys() == 1);
  CHECK(what->parked().events() == 3);
}

TEST_CASE("P-064 a parked event that fails again stays, with its cause and time") {
  parking_scene scene;
  scene.log.store("bad", 2);
  const auto what = scene.ran();
  scene.time.passed += 5s;
  CHECK(what->retry_parked(parking_scene::key("bad")).value() == 0);
  const auto parked = scene.parked();
  REQUIRE(parked.size() == 2);
  CHECK(parked[0].attempts == 2);
  CHECK(parked[0].last_tried - parked[0].first_tried == 5s);
  CHECK(scene.stored().empty());
}

TEST_CASE("P-064 parked events that can be folded now are folded in order, then new ones") {
  parking_scene scene;
  scene.log.store("bad", 3);
  const auto what = scene.ran();
  scene.stumbles.clear();
  CHECK(what->retry_parked(parking_scene::key("bad")).value() == 3);
  CHECK(scene.parked().empty());
  CHECK(what->parked().keys() == 0);
  scene.log.store("bad");
  scene.run(*what);
  CHECK(scene.shown == seen{"bad@1", "bad@1", "bad@2", "bad@3", "bad@4"});
  CHECK(scene.stored() == "bad=4");
  CHECK(what->retry_parked(parking_scene::key("bad")).error().code == errc::not_found);
}

TEST_CASE("P-065 dropping a parked event lets the rest of its aggregate go on") {
  parking_scene scene;
  scene.log.store("bad", 3);
  const auto what = scene.ran();
  scene.stumbles.clear();
  REQUIRE(what->skip_parked(parking_scene::key("bad")));
  CHECK(scene.shown == seen{"bad@1", "bad@2", "bad@3"});
  CHECK(scene.stored() == "bad=2");
  CHECK(scene.parked().empty());
  CHECK(what->skip_parked(parking_scene::key("bad")).error().code == errc::not_found);
}

TEST_CASE("P-066 at the limit of parked aggregates it stops, and nothing is thrown away") {
  parking_scene scene;
  scene.policy.parked_keys_max = 1;
  scene.stumbles = {"bad", "worse"};
  scene.log.store("bad");
  scene.log.store("worse");
  scene.log.store("ann");
  const auto what = scene.opened();
  CHECK(scene.run(*what).is == projector::state::stopped);
  CHECK(what->trouble()->code == errc::overloaded);
  CHECK(scene.checkpoint() == 1);
  CHECK(scene.parked().size() == 1);
  // Room, and it goes on where it was.
  scene.stumbles.clear();
  CHECK(what->retry_parked(parking_scene::key("bad")).value() == 1);
  what->resume();
  CHECK(scene.run(*what).is == projector::state::waiting);
  CHECK(scene.stored() == "ann=1,bad=1,worse=1");
}

TEST_CASE("P-066 at the limit of one aggregate's parked events it stops before the next") {
  parking_scene scene;
  scene.policy.parked_events_max = 2;
  scene.log.store("bad", 3);
  const auto what = scene.opened();
  CHECK(scene.run(*what).is == projector::state::stopped);
  CHECK(scene.parked().size() == 2);
  CHECK(scene.checkpoint() == 2);
}

TEST_CASE("P-067 parked events are still parked after a restart") {
  parking_scene scene;
  scene.log.store("bad");
  {
    const auto what = scene.opened();
    scene.run(*what);
  }
  scene.log.store("bad");
  scene.stumbles.clear();
  const auto what = scene.opened();
  CHECK(what->parked().events() == 1);
  scene.run(*what);
  CHECK(scene.stored().empty());
  CHECK(what->retry_parked(parking_scene::key("bad")).value() == 2);
  CHECK(scene.stored() == "bad=2");
}

TEST_CASE("P-067 a retry whose commit fails leaves the events parked") {
  parking_scene scene;
  scene.log.store("bad", 2);
  const auto what = scene.ran();
  scene.stumbles.clear();
  scene.rows.full = true;
  CHECK(what->retry_parked(parking_scene::key("bad")).error().code == errc::disk_full);
  CHECK(scene.parked().size() == 2);
  CHECK(what->parked().events() == 2);
  scene.rows.full = false;
  CHECK(what->retry_parked(parking_scene::key("bad")).value() == 2);
  CHECK(scene.stored() == "bad=2");
}

// Leaves something with the rows while nobody folds them.
template <class F>
void leave(parking_scene& scene, F&& what) {
  row_overlay overlay;
  auto stored = scene.rows.read("counts.1").value();
  const auto taken = stored->taken_at().value();
  overlay.begin(std::move(stored));
  REQUIRE(what(overlay));
  overlay.keep_event();
  REQUIRE(scene.rows.commit("counts.1", overlay.take_batch(), *taken));
}

TEST_CASE("parked events are tried again as ordered, before anything new is folded, and once") {
  parking_scene scene;
  scene.stumbles = {"bad", "worse"};
  scene.log.store("bad", 2);
  scene.log.store("worse", 1);
  scene.ran()->finish();
  leave(scene, [](auto& rows) { return order_retry(rows, parking_scene::key("bad")); });
  leave(scene, [](auto& rows) { return order_retry(rows, parking_scene::key("nobody")); });
  scene.log.store("ann");
  scene.stumbles.clear();
  scene.shown.clear();
  {
    const auto what = scene.ran();
    CHECK(scene.shown == seen{"bad@1", "bad@2", "ann@1"});
    CHECK(scene.stored() == "ann=1,bad=2");
    CHECK(scene.parked().size() == 1);
  }
  scene.shown.clear();
  const auto again = scene.ran();
  CHECK(scene.shown.empty());
}

TEST_CASE("an order whose commit fails is carried out later, and nothing is folded meanwhile") {
  parking_scene scene;
  scene.log.store("bad", 2);
  scene.ran()->finish();
  leave(scene, [](auto& rows) { return order_retry(rows, parking_scene::key("bad")); });
  scene.stumbles.clear();
  const auto what = scene.opened();
  scene.rows.full = true;
  CHECK(scene.run(*what).is == projector::state::retrying);
  CHECK(scene.parked().size() == 2);
  scene.rows.full = false;
  scene.time.passed += 1min;
  scene.run(*what);
  CHECK(scene.stored() == "bad=2");
  CHECK(scene.parked().empty());
}

TEST_CASE("queues are chosen by type and aggregate, those first that were not tried the longest") {
  const auto parked = [](const std::string& id, std::uint64_t type, std::int64_t tried,
                         std::uint64_t at) {
    return parked_event{.aggregate = {{type}, "", id},
                        .sequence = {at},
                        .last_tried = timestamp(std::chrono::microseconds(tried))};
  };
  const std::vector<parked_event> all{parked("a", 1, 30, 1), parked("a", 1, 1, 2),
                                      parked("b", 1, 10, 1), parked("c", 2, 20, 1)};
  const auto names = [&](const parked_choice& choice) {
    std::string out;
    for (const aggregate_key& key : chosen_queues(all, choice)) out += key.id;
    return out;
  };
  CHECK(names({}) == "bca");
  CHECK(names({.types = {{1}}}) == "ba");
  CHECK(names({.queues_max = 2}) == "bc");
  CHECK(names({.only = aggregate_key{{2}, "", "c"}}) == "c");
  CHECK(names({.only = aggregate_key{{1}, "", "c"}}).empty());
}

TEST_CASE(
    "a payload that was replaced is folded instead of the stored one, and goes with its event") {
  parking_scene scene;
  scene.log.store("bad", 2);
  scene.ran()->finish();
  const bytes other(16, std::byte{7});
  leave(scene,
        [&](auto& rows) { return replace_payload(rows, scene.parked().front(), other, "a typo"); });
  CHECK(scene.parked().front().edited);
  CHECK_FALSE(scene.parked().back().edited);
  scene.stumbles.clear();
  const auto what = scene.opened();
  CHECK(what->retry_parked(parking_scene::key("bad")).value() == 2);
  REQUIRE(scene.payloads.size() >= 2);
  CHECK(scene.payloads[scene.payloads.size() - 2] == other);
  CHECK(scene.payloads.back() != other);
  CHECK(scene.parked().empty());
  const row_reader left(scene.rows.read("counts.1").value());
  CHECK_FALSE(replaced_payload(left, {.aggregate = parking_scene::key("bad"), .sequence = {1}})
                  .value()
                  .has_value());
}

}  // namespace
}  // namespace reprise::consumers
