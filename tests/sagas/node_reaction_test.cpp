// SPDX-License-Identifier: Apache-2.0
//
// Reactions on whole nodes, in memory and on disk, with real threads and time.
#include "tests/actors/conformance/node_world.hpp"
#include "tests/sagas/errands.hpp"

#include <reprise/inspect.hpp>
#include <reprise/lineage.hpp>
#include <reprise/node.hpp>
#include <reprise/saga_store.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

namespace reprise::sagas::testing {
namespace {

using namespace std::chrono_literals;
using conformance::heard;
using conformance::in_memory;
using conformance::on_disk;
using conformance::storage;
using script::errands;
using worlds = std::tuple<in_memory, on_disk>;

// A node with reactions, and a way to wait for what they bring about.
class errand_scene {
 public:
  explicit errand_scene(storage where) {
    script::around = {};
    options_.partitions = 4;
    options_.log_bytes_max = options_.rows_bytes_max = conformance::log_room;
    if (where == storage::disk) {
      folder_.emplace();
      options_.data = folder_->path();
    }
    open();
  }

  void open() {
    node.emplace(options_);
    node->host<script::speaker>();
    node->host<script::worker>();
    node->host<errands>();
    node->host<script::chain>();
    watch_.emplace(node->subscribe(
        {.events = {event_choice::of<script::worker_ev::worked>()}}, [this](const received& r) {
          const std::lock_guard hold(mutex_);
          worked_.push_back(r.as<script::worker_ev::worked>().value().text);
          ids_.push_back(r.meta.id);
          moved_.notify_all();
        }));
  }
  void close() {
    watch_.reset();
    node.reset();
    worked_.clear();
    ids_.clear();
  }

  void say(const std::string& text) {
    REQUIRE(heard(node->of<script::speaker>("sue").ask(
                script::speaker_cmd::say{.key = "k", .text = text})) == "accepted");
  }
  // Waits until so many things are done by workers.
  std::vector<std::string> worked(std::size_t n) {
    std::unique_lock hold(mutex_);
    moved_.wait_for(hold, 30s, [&] { return worked_.size() >= n; });
    return worked_;
  }
  // Of the nth thing that was done, from 0.
  event_id id_of(std::size_t n) {
    const std::lock_guard hold(mutex_);
    return ids_.at(n);
  }
  // Looks until it is so, or half a minute has passed.
  template <class F>
  [[nodiscard]] static bool seen(const F& what) {
    const auto end = std::chrono::steady_clock::now() + 30s;
    while (!what()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }

  [[nodiscard]] const std::string& directory() const { return options_.data; }

 private:
  std::optional<conformance::temporary_folder> folder_;
  node_options options_;
  std::mutex mutex_;
  std::condition_variable moved_;
  std::vector<std::string> worked_;
  std::vector<event_id> ids_;

 public:
  // Gone before what it writes to.
  std::optional<reprise::node> node;

 private:
  std::optional<subscription> watch_;
};

struct nameless : reprise::reaction<script::speaker> {
  static constexpr reprise::reaction_options options{};
  steps on(const script::speaker_ev::said&) const { return {}; }
};
struct roomless : reprise::reaction<script::speaker> {
  static constexpr reprise::reaction_options options{.name = "roomless", .steps_open_max = 0};
  steps on(const script::speaker_ev::said&) const { return {}; }
};

}  // namespace

TEMPLATE_LIST_TEST_CASE("a node's reactions send, and react to what that brings about", "",
                        worlds) {
  errand_scene scene(TestType::where);
  scene.say("send a pass b done");
  CHECK(scene.worked(2) == std::vector<std::string>{"pass b done", "done"});
  REQUIRE(scene.seen([&] { return scene.node->saga<errands>("sue").status()->open.empty(); }));
  const auto all = scene.node->sagas();
  REQUIRE(all.size() == 2);
  CHECK(all[0].name == "chain");
  CHECK(all[1].name == "errands");
  CHECK(scene.node->not_hosted()->empty());
}

TEST_CASE("what was sent before a program ends is not sent by the next one") {
  errand_scene scene(storage::disk);
  scene.say("send a one");
  REQUIRE(scene.worked(1).size() == 1);
  scene.close();
  scene.open();
  scene.say("send a two");
  CHECK(scene.worked(2) == std::vector<std::string>{"one", "two"});
}

TEST_CASE("the lineage of what reactions brought about leads from event to event") {
  errand_scene scene(storage::disk);
  scene.say("send a pass b done");
  REQUIRE(scene.worked(2).size() == 2);
  const event_id last = scene.id_of(1);
  const std::string directory = scene.directory();
  REQUIRE(scene.seen([&] { return scene.node->saga<script::chain>("a").status()->open.empty(); }));
  scene.close();
  const auto store = store_reader::open(directory);
  REQUIRE(store);
  const auto found = trace(*store, last);
  REQUIRE(found);
  std::string chain;
  std::optional<std::size_t> at = found->asked;
  while (at) {
    const inspected_record& r = found->events[*at].record;
    std::string one = r.type;
    one += ' ';
    one += r.meta.aggregate.id;
    one += ' ';
    one += r.event;
    chain = chain.empty() ? one : one + ", " + chain;
    at = found->events[*at].cause;
  }
  CHECK(chain ==
        "Speaker sue said, errands sue handled, Worker a worked, chain a handled, Worker b worked");
}

TEST_CASE("the dead letters of a reaction are found in the store, and tried again by order") {
  errand_scene scene(storage::disk);
  scene.say("send a no");
  REQUIRE(scene.seen([&] {
    const auto status = scene.node->saga<errands>("sue").status();
    return !status->open.empty() && !status->open.front().stuck.empty();
  }));
  const std::string directory = scene.directory();
  scene.close();
  {
    const auto store = saga_store::open(directory);
    REQUIRE(store);
    const auto all = store->list("errands");
    REQUIRE(all);
    REQUIRE(all->size() == 1);
    CHECK(all->front().key == "sue");
    CHECK(all->front().status.open.front().stuck.find("it does not want to") != std::string::npos);
  }
  const auto ordered = order_retries(directory, {.name = "errands"}, timestamp{1h});
  REQUIRE(ordered);
  CHECK(ordered->size() == 1);
  scene.open();
  REQUIRE(scene.seen([&] { return scene.node->sagas()[1].orders_left == 0; }));
  // It was tried, and said no again.
  REQUIRE(scene.seen([&] {
    const auto status = scene.node->saga<errands>("sue").status();
    return status->open.size() == 1 && status->open.front().number == 2 &&
           !status->open.front().stuck.empty();
  }));
}

TEST_CASE("a reaction without a name or room for steps is refused, and one of a name runs once") {
  errand_scene scene(storage::memory);
  CHECK(scene.node->try_host<nameless>().error().code == errc::invalid_argument);
  CHECK(scene.node->try_host<roomless>().error().code == errc::invalid_argument);
  CHECK(scene.node->try_host<errands>().error().code == errc::locked);
}

}  // namespace reprise::sagas::testing
