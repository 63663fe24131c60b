// SPDX-License-Identifier: Apache-2.0
//
// What instances went through in a store, handled once more by other programs.
#include "tests/actors/conformance/node_world.hpp"
#include "tests/sagas/script_saga.hpp"

#include <reprise/node.hpp>
#include <reprise/saga_replay.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace reprise::sagas::testing {
namespace {

using namespace std::chrono_literals;
using conformance::heard;
using reprise::testing::replay_saga;
using reprise::testing::saga_difference;
using script::answered_saga;

/// Thanks for what was done.
struct thankful_saga : answered_saga {
  static constexpr saga_options options{.name = "answered"};
  effects answered(std::string_view step, const step_result& r) {
    effects out = answered_saga::answered(step, r);
    if (step == "one" && r.accepted()) {
      const auto worked = r.reply<script::worker_cmd::work>();
      out.add(script::work("w", "thanks for " + worked->done.back()));
    }
    return out;
  }
};

/// Remembers something that the others do not, and acts on it much later.
struct remembering_saga : answered_saga {
  static constexpr saga_options options{.name = "answered"};
  effects on(const script::speaker_ev::opened& e, const envelope& m) {
    effects out = answered_saga::on(e, m);
    heard.emplace_back("mark");
    return out;
  }
  effects on(const script::speaker_ev::said& e, const envelope& m) {
    return answered_saga::on(e, m);
  }
  effects due(std::string_view name) {
    effects out = answered_saga::due(name);
    if (std::ranges::find(heard, "mark") != heard.end()) out.add(compensate("remembered"));
    return out;
  }
};

struct newer_saga : answered_saga {
  static constexpr saga_options options{.name = "answered", .version = 3};
};

// A store in which instances have lived, and that nobody has open.
class lived_store {
 public:
  /// `live` is called while a node with the saga of that class has the store open.
  template <class F, class S = answered_saga>
  explicit lived_store(const F& live, S /*which*/ = {}) {
    script::around = {};
    node_options options{.data = folder_.path(), .partitions = 4};
    options.log_bytes_max = options.rows_bytes_max = conformance::log_room;
    node here(options);
    here.host<script::speaker>();
    here.host<script::worker>();
    here.host<S>();
    node_ = &here;
    live(*this);
    node_ = nullptr;
  }

  void open(const std::string& key, const std::string& text) {
    REQUIRE(heard(node_->of<script::speaker>("sue").ask(
                script::speaker_cmd::open{.key = key, .text = text})) == "accepted");
  }
  void say(const std::string& key, const std::string& text) {
    REQUIRE(heard(node_->of<script::speaker>("sue").ask(
                script::speaker_cmd::say{.key = key, .text = text})) == "accepted");
  }
  // Until it has heard that last, or half a minute has passed.
  template <class S = answered_saga>
  void until(const std::string& key, const std::string& last) {
    const auto end = std::chrono::steady_clock::now() + 30s;
    while (true) {
      const auto data = node_->saga<S>(key).data();
      if (data && !data->heard.empty() && data->heard.back() == last) return;
      if (std::chrono::steady_clock::now() > end) FAIL("it never heard " << last);
      std::this_thread::yield();
    }
  }
  template <class F>
  void until(const F& is_so) {
    const auto end = std::chrono::steady_clock::now() + 30s;
    while (!is_so(*node_)) {
      if (std::chrono::steady_clock::now() > end) FAIL("it never was so");
      std::this_thread::yield();
    }
  }

  [[nodiscard]] std::string directory() const { return folder_.path(); }
  // Each file of the store.
  [[nodiscard]] std::map<std::string, std::string> content() const {
    std::map<std::string, std::string> out;
    for (const auto& one : std::filesystem::recursive_directory_iterator(folder_.path())) {
      // LMDB notes in it who reads.
      if (!one.is_regular_file() || one.path().filename() == "lock.mdb") continue;
      std::ifstream in(one.path(), std::ios::binary);
      out[one.path().string()] = std::string(std::istreambuf_iterator<char>(in), {});
    }
    return out;
  }

 private:
  conformance::temporary_folder folder_;
  node* node_ = nullptr;
};

// With everything that a saga can go through.
void live_a_life(lived_store& store) {
  store.open("a", "send w one;key extra;wait go 0");
  store.until("a", "answered one 1");
  store.say("a", "deadline late 1 payload");
  store.until("a", "due late payload");
  store.say("extra", "send w no thanks");
  store.until("a", "answered no thanks no");
  store.until([&](node& here) {
    return heard(here.saga<answered_saga>("a").answer("go", script::to_bytes("yes"))) == "accepted";
  });
  store.until("a", "told go yes");
  store.say("a", "send w two");
  store.until("a", "answered two 2");
  store.say("a", "compensate");
  store.until([](node& here) {
    return here.saga<answered_saga>("a").status()->phase == saga_phase::failed;
  });
  store.open("b", "send w three;undo back");
  store.until("b", "answered three 3");
}

std::vector<std::string> handled(const std::vector<saga_difference>& all) {
  std::vector<std::string> out;
  for (const saga_difference& d : all) out.push_back(d.key + ": " + d.handled);
  return out;
}

}  // namespace

TEST_CASE(
    "S-124 the program that wrote the histories does the same again, and nothing is changed") {
  const lived_store store(live_a_life);
  const auto before = store.content();
  const auto seen = replay_saga<answered_saga>(store.directory());
  INFO((seen ? "" : to_string(seen.error())));
  REQUIRE(seen.has_value());
  CHECK(handled(seen->differences).empty());
  CHECK(seen->gaps.empty());
  CHECK(seen->instances == 2);
  CHECK(seen->steps >= 10);
  CHECK(store.content() == before);
}

TEST_CASE("S-124 another program's effects are told, with where, what was recorded, and what now") {
  const lived_store store(live_a_life);
  const auto before = store.content();
  const auto seen = replay_saga<thankful_saga>(store.directory()).value();
  REQUIRE(handled(seen.differences) == std::vector<std::string>{"a: the answer to one"});
  const saga_difference& d = seen.differences.front();
  CHECK(d.at.value > 1);
  CHECK(d.tenant.empty());
  REQUIRE(d.recorded.size() == 2);
  CHECK(d.recorded[0] == "over with one");
  REQUIRE(d.now.size() == 3);
  CHECK(d.now[1].starts_with("send thanks for one to Worker w, command 0 "));
  CHECK(d.now[1].find(R"({"text":"thanks for one"})") != std::string::npos);
  CHECK(store.content() == before);
}

TEST_CASE("S-124 what another program remembers shows where it acts on it") {
  const lived_store store(live_a_life);
  const auto seen = replay_saga<remembering_saga>(store.directory()).value();
  REQUIRE(handled(seen.differences) == std::vector<std::string>{"a: the deadline late"});
  CHECK(seen.differences[0].now.back() == "compensate: remembered");
}

TEST_CASE("S-124 an event that failed, and would be handled now, is a difference") {
  const lived_store store([](lived_store& s) {
    s.open("a", "send w one");
    s.until("a", "answered one 1");
    s.say("a", "throw;send w two");
    s.until([](node& here) { return !here.saga<answered_saga>("a").status()->parked.empty(); });
  });
  CHECK(replay_saga<answered_saga>(store.directory())->differences.empty());
  script::around.throws = false;
  const auto seen = replay_saga<answered_saga>(store.directory()).value();
  REQUIRE(handled(seen.differences) == std::vector<std::string>{"a: event Speaker.said of sue"});
  CHECK(seen.differences[0].recorded[0].starts_with("it failed: "));
  REQUIRE(seen.differences[0].now.size() == 1);
  CHECK(seen.differences[0].now[0].starts_with("send two to Worker w"));
}

TEST_CASE("S-124 what a later program wrote is no difference, but cannot be handled here") {
  const lived_store store(
      [](lived_store& s) {
        s.open("a", "send w one");
        s.until<newer_saga>("a", "answered one 1");
      },
      newer_saga{});
  const auto seen = replay_saga<answered_saga>(store.directory()).value();
  CHECK(seen.differences.empty());
  REQUIRE(seen.gaps.size() == 1);
  CHECK(seen.gaps[0].key == "a");
  CHECK(seen.gaps[0].why.find("version 3") != std::string::npos);
}

TEST_CASE("S-124 a folder without a store, or without such a saga, is not found") {
  const conformance::temporary_folder nothing;
  CHECK(replay_saga<answered_saga>(nothing.path()).error().code == errc::not_found);
  const lived_store store(live_a_life);
  CHECK(replay_saga<script::plain_saga>(store.directory()).error().code == errc::not_found);
}

}  // namespace reprise::sagas::testing
