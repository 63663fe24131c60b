// SPDX-License-Identifier: Apache-2.0
//
// Sagas on whole nodes, in memory and on disk, with real threads and time.
#include "tests/actors/conformance/node_world.hpp"
#include "tests/sagas/script_saga.hpp"

#include <reprise/node.hpp>
#include <reprise/saga_store.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <condition_variable>
#include <fstream>
#include <iterator>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace reprise::sagas::testing {
namespace {

using namespace std::chrono_literals;
using conformance::heard;
using conformance::in_memory;
using conformance::on_disk;
using conformance::storage;
using script::plain_saga;
using worlds = std::tuple<in_memory, on_disk>;

// A node with the sagas of the script, and a way to wait for what they bring about.
class node_scene {
 public:
  explicit node_scene(storage where, node_options options = {}) : options_(std::move(options)) {
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
    node->host<plain_saga>();
    watch_.emplace(node->subscribe(
        {.events = {event_choice::of<script::worker_ev::worked>()}}, [this](const received& r) {
          const std::lock_guard hold(mutex_);
          worked_.push_back(r.as<script::worker_ev::worked>().value().text);
          moved_.notify_all();
        }));
  }
  void close() {
    watch_.reset();
    node.reset();
    worked_.clear();
  }
  void reopen() {
    close();
    open();
  }

  void start(const std::string& key, const std::string& text, const std::string& trace = {}) {
    attributes headers;
    if (!trace.empty()) headers.emplace_back("traceparent", trace);
    REQUIRE(heard(node->of<script::speaker>("sue").ask(
                script::speaker_cmd::open{.key = key, .text = text},
                {.headers = std::move(headers)})) == "accepted");
  }
  void say(const std::string& key, const std::string& text) {
    REQUIRE(heard(node->of<script::speaker>("sue").ask(
                script::speaker_cmd::say{.key = key, .text = text})) == "accepted");
  }
  [[nodiscard]] std::uint64_t figure(const std::string& name) const {
    for (const auto& r : node->metrics().read()) {
      if (r.name == name) return r.value;
    }
    return 0;
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
  // Waits until so many things are done by workers.
  std::vector<std::string> worked(std::size_t n) {
    std::unique_lock hold(mutex_);
    moved_.wait_for(hold, 30s, [&] { return worked_.size() >= n; });
    return worked_;
  }

  [[nodiscard]] const std::string& directory() const { return options_.data; }
  std::optional<reprise::node> node;

 private:
  std::optional<conformance::temporary_folder> folder_;
  node_options options_;
  std::mutex mutex_;
  std::condition_variable moved_;
  std::vector<std::string> worked_;
  std::optional<subscription> watch_;
};

}  // namespace

TEMPLATE_LIST_TEST_CASE("a node's saga sends, waits for its deadlines, and ends", "", worlds) {
  node_scene scene(TestType::where);
  scene.start("a", "send w hello;deadline sends 20");
  CHECK(scene.worked(2) == std::vector<std::string>{"hello", "because of a deadline"});
}

TEST_CASE("a deadline that falls due while no program runs is made up for by the next one") {
  node_scene scene(storage::disk);
  scene.start("a", "send w hello;deadline sends 1");
  REQUIRE(scene.worked(1).size() >= 1);
  scene.reopen();
  const auto all = scene.worked(2);
  REQUIRE(all.size() == 2);
  CHECK(all.back() == "because of a deadline");
}

TEMPLATE_LIST_TEST_CASE("a node's saga is answered, looked at and steered", "", worlds) {
  node_scene scene(TestType::where);
  scene.start("a", "wait approval 0;send w hello");
  scene.worked(1);
  const auto saga = scene.node->saga<plain_saga>("a");
  CHECK(heard(saga.answer("approval", script::to_bytes("yes"))) == "accepted");
  CHECK(heard(saga.answer("approval", script::to_bytes("no"))) == "rejected too_late");
  REQUIRE(saga.data());
  CHECK(saga.data()->heard.back() == "told approval yes");
  CHECK(heard(saga.pause("lunch")) == "accepted");
  CHECK(saga.status()->paused);
  CHECK(heard(saga.resume()) == "accepted");
  CHECK(heard(saga.retry_parked()) == "rejected not_found");
  CHECK(heard(saga.skip_parked("why")) == "rejected not_found");
  CHECK(heard(saga.retry_step(7)) == "rejected not_found");
  CHECK(heard(saga.drop_step(7, "why")) == "rejected not_found");
  CHECK(heard(saga.cancel("enough")) == "accepted");
  CHECK(saga.status()->phase == saga_phase::failed);
  CHECK(heard(saga.kill("enough")) == "rejected not_running");
  CHECK(scene.node->saga<plain_saga>("nobody").status()->phase == saga_phase::none);
  CHECK(scene.node->saga<plain_saga>("nobody").data()->heard.empty());
}

TEMPLATE_LIST_TEST_CASE("a node's saga calls functions that may block", "", worlds) {
  node_scene scene(TestType::where);
  scene.node->handle_calls("post", [](const command_id& key, const bytes&) -> call_outcome {
    if (key.empty()) return error{errc::invalid_argument, "no key"};
    return rejection{"no_stamp", "a letter needs one"};
  });
  scene.start("a", "call post letter;else instead");
  CHECK(scene.worked(1) == std::vector<std::string>{"instead"});
}

TEST_CASE("a function that fails too often is spared, which the node's sagas and figures say") {
  node_scene scene(storage::memory);
  std::string traceparent;
  scene.node->handle_calls("post",
                           [&](const outside_call& what) -> call_outcome {
                             traceparent = what.traceparent;
                             return error{errc::io_error, "the line is dead"};
                           },
                           {.failures_max = 1, .open_for = 1h});
  scene.start("a", "call post letter", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  // The first attempt opens the circuit, the second waits for it.
  REQUIRE(scene.seen([&] { return scene.figure("calls.post.held_back") > 0; }));
  CHECK(scene.figure("calls.post.made") == 1);
  CHECK(scene.figure("calls.post.failed") == 1);
  CHECK(scene.figure("calls.post.circuit") == 2);
  REQUIRE(scene.seen([&] { return scene.node->sagas().front().trouble.has_value(); }));
  CHECK(scene.node->sagas().front().trouble->message.find("is not called for a while") !=
        std::string::npos);
  CHECK(trace_in(traceparent)->trace ==
        trace_in("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")->trace);
}

TEST_CASE("S-020 types that are stored and not hosted are named") {
  node_scene scene(storage::disk);
  scene.start("a", "send w hello");
  scene.worked(1);
  CHECK(scene.node->not_hosted()->empty());
  node_options other;
  {
    conformance::temporary_folder folder;
    other.data = folder.path();
    other.log_bytes_max = other.rows_bytes_max = conformance::log_room;
    {
      node one(other);
      one.host<script::speaker>();
      one.host<script::worker>();
      one.host<plain_saga>();
    }
    node two(other);
    two.host<script::speaker>();
    CHECK(*two.not_hosted() == std::vector<std::string>{"Worker", "script"});
  }
}

TEST_CASE("a node says how its sagas are getting on") {
  node_scene scene(storage::memory);
  scene.start("a", "send w hello");
  scene.worked(1);
  REQUIRE(scene.node->sagas().size() == 1);
  CHECK(scene.node->sagas().front().name == "script");
  CHECK_FALSE(scene.node->sagas().front().trouble);
}

TEST_CASE("a node writes the spans of commands and calls to a file, under their names") {
  conformance::temporary_folder folder;
  const std::string path = std::string(folder.path()) + "/spans.json";
  {
    node_scene scene(storage::memory, {.spans = path});
    scene.node->handle_calls("post", [](const command_id&, const bytes&) -> call_outcome {
      return rejection{"no_stamp", "a letter needs one"};
    });
    scene.start("a", "send w hello;call post letter;else instead");
    scene.worked(2);
  }
  std::ifstream in(path);
  const std::string all((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  CHECK(all.find("\"name\":\"Speaker.open\"") != std::string::npos);
  CHECK(all.find("\"name\":\"script.handle\"") != std::string::npos);
  CHECK(all.find("\"name\":\"Worker.work\"") != std::string::npos);
  CHECK(all.find("\"name\":\"call post\"") != std::string::npos);
  CHECK(all.find("no_stamp") != std::string::npos);
}

TEST_CASE("a node whose file of spans cannot be opened does not open, and says why") {
  const auto opened = node::open({.spans = "/nowhere/at/all.json"});
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == errc::io_error);
  CHECK_FALSE(node::open({.spans = "/nowhere/at/all.json", .spans_bytes_max = 1}));
}

TEST_CASE(
    "S-104 S-108 what is parked or given up is tried again by order, the least recent queue first, "
    "and only what was meant") {
  node_scene scene(storage::disk);
  for (const std::string key : {"a", "b", "c"}) {
    scene.start(key, "fine");
    scene.say(key, "throw");
    REQUIRE(
        scene.seen([&] { return scene.node->saga<plain_saga>(key).status()->parked.size() == 1; }));
  }
  // Now `a` is the one that was tried last.
  REQUIRE(heard(scene.node->saga<plain_saga>("a").retry_parked()) == "accepted");
  const timestamp now{std::chrono::hours(1)};
  CHECK(order_retries(scene.directory(), {.name = "script"}, now).error().code == errc::locked);
  const std::string directory = scene.directory();
  scene.close();
  const auto ordered = order_retries(directory, {.name = "script", .instances_max = 2}, now);
  REQUIRE(ordered);
  REQUIRE(ordered->size() == 2);
  CHECK(ordered->at(0).key == "b");
  CHECK(ordered->at(1).key == "c");
  CHECK(order_retries(directory, {.name = "script", .key = "nobody"}, now).error().code ==
        errc::not_found);
  CHECK(order_cancel(directory, "script", "", "a", "enough", now));
  script::around.throws = false;
  script::around.handled.clear();
  scene.open();
  REQUIRE(scene.seen([&] { return scene.node->sagas().front().orders_left == 0; }));
  CHECK(script::around.handled == std::vector<std::string>{"b said throw", "c said throw"});
  CHECK(scene.node->saga<plain_saga>("a").status()->phase == saga_phase::failed);
  CHECK(scene.node->saga<plain_saga>("a").status()->parked.size() == 1);
}

TEST_CASE("a saga of one name runs once on a node") {
  node_scene scene(storage::memory);
  const auto again = scene.node->try_host<plain_saga>();
  REQUIRE_FALSE(again);
  CHECK(again.error().code == errc::locked);
}

TEST_CASE("headers whose names are reserved are refused") {
  node_scene scene(storage::memory);
  CHECK(heard(scene.node->of<script::worker>("w").ask(
            script::worker_cmd::work{.text = "x"}, {.headers = {{"reprise-from", "1/2/3/4"}}})) ==
        "invalid_argument");
}

}  // namespace reprise::sagas::testing
