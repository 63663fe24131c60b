// SPDX-License-Identifier: Apache-2.0
//
// What consumers on nodes of a cluster see of events that are not committed yet, or never are.
#include "base/guarded.hpp"
#include "tests/actors/cluster/node_group.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::testing {
namespace {

using namespace std::chrono_literals;
using add = counter::cmd::add;
using seen = std::vector<std::string>;

// What a subscriber on each node was shown, from the beginning of the log.
class watched_nodes {
 public:
  explicit watched_nodes(node_group& nodes) : nodes_(nodes) {}
  // Anew: an earlier one is forgotten.
  void watch(std::uint64_t n) {
    forget(n);
    shown_[n].with([](seen& all) { all.clear(); });
    running_.insert_or_assign(n, nodes_.at(n).subscribe({}, [this, n](const received& e) {
      shown_[n].with([&](seen& all) {
        all.push_back(std::to_string(e.meta.at.value) + " " + e.meta.aggregate.id);
      });
    }));
  }
  // Before its node stops.
  void forget(std::uint64_t n) { running_.erase(n); }
  seen of(std::uint64_t n) const {
    return shown_.at(n).with([](const seen& all) { return all; });
  }
  bool any_has(const std::string& id) const {
    for (const auto& [n, all] : shown_) {
      for (const std::string& one : of(n)) {
        if (one.ends_with(" " + id)) return true;
      }
    }
    return false;
  }

 private:
  node_group& nodes_;
  std::map<std::uint64_t, base::guarded<seen>> shown_;
  std::map<std::uint64_t, subscription> running_;
};

// Asks for what is always rejected.
struct doubting : saga<counting::tallying_state, counter> {
  static constexpr saga_options options{.name = "doubting"};
  using started_by = events<counter::ev::added>;
  effects on(const counter::ev::added& /*e*/) {
    return {send(reprise::of<counter>("nobody"), counter::cmd::add{0})};
  }
  effects on(const counter::ev::reset& /*e*/) { return {}; }
};

// Waits for somebody's word before it does what it is there for.
struct approving : saga<counting::tallying_state, counter> {
  static constexpr saga_options options{.name = "approving"};
  using started_by = events<counter::ev::added>;
  effects on(const counter::ev::added& /*e*/) { return {wait_for("word")}; }
  effects on(const counter::ev::reset& /*e*/) { return {}; }
  effects told(std::string_view /*name*/) {
    return {send(reprise::of<tally>("approved"), tally::cmd::note{1})};
  }
};

command_id id_of(std::uint64_t round, std::uint64_t n) {
  command_id id{};
  id.value[0] = std::byte{1};
  id.value[1] = static_cast<std::byte>(round);
  id.value[2] = static_cast<std::byte>(n);
  return id;
}

// With the same id it may be asked again.
bool repeats(errc code) {
  return is_retryable(code) || is_unknown(code);
}

}  // namespace

TEST_CASE("P-010 P-011 P-012 P-049 nobody sees an event that no majority has, nor one that is lost",
          "[cluster]") {
  node_group nodes({.partitions = 1});
  nodes.start_all();
  watched_nodes watched(nodes);
  for (std::uint64_t n = 1; n <= 3; ++n) {
    watched.watch(n);
    nodes.at(n).project<sums>();
  }
  std::uint64_t asked = 0;
  const auto add_some = [&](std::uint64_t asker) {
    for (int i = 0; i < 5; ++i, ++asked) {
      nodes.counter_at(asker, "c" + std::to_string(asked)).ask(add{1}).get();
    }
  };
  add_some(1);
  // Each is left alone in turn; the one that leads then has an event that nobody else has.
  for (std::uint64_t alone = 1; alone <= 3; ++alone) {
    const std::uint64_t a = 1 + alone % 3;
    const std::uint64_t b = 1 + a % 3;
    for (const std::uint64_t n : {a, b}) {
      watched.forget(n);
      nodes.stop(n);
    }
    const std::string lost = "lost" + std::to_string(alone);
    const auto answer = nodes.counter_at(alone, lost).ask(add{1}, {.timeout = 300ms}).result();
    REQUIRE_FALSE(answer.has_value());
    CHECK_FALSE(watched.any_has(lost));
    CHECK_FALSE(nodes.at(alone).view<sums>()->by_counter.get(lost));
    watched.forget(alone);
    nodes.stop(alone);
    // The others go on without it, and what it had alone is replaced when it comes back.
    for (const std::uint64_t n : {a, b}) {
      nodes.start(n);
      nodes.at(n).project<sums>();
      watched.watch(n);
    }
    add_some(a);
    nodes.start(alone);
    nodes.at(alone).project<sums>();
    watched.watch(alone);
    add_some(alone);
    REQUIRE(comes_true([&] {
      return watched.of(1).size() == asked && watched.of(2).size() == asked &&
             watched.of(3).size() == asked;
    }));
    // On a follower in the same order as on the leader.
    CHECK(watched.of(1) == watched.of(2));
    CHECK(watched.of(1) == watched.of(3));
    CHECK_FALSE(watched.any_has(lost));
    for (std::uint64_t n = 1; n <= 3; ++n) {
      CHECK_FALSE(nodes.at(n).view<sums>()->by_counter.get(lost));
    }
  }
}

TEST_CASE("P-094 a receipt from before a failover is waited for on every node behind it",
          "[cluster]") {
  node_group nodes({.partitions = 2});
  nodes.start_all();
  for (std::uint64_t n = 1; n <= 3; ++n) nodes.at(n).project<sums>();
  for (std::uint64_t away = 1; away <= 3; ++away) {
    const std::uint64_t asker = 1 + away % 3;
    std::vector<receipt> receipts;
    for (std::uint64_t i = 0; i < 4; ++i) {
      const std::string id = "r" + std::to_string(away) + "-" + std::to_string(i);
      const auto answer = nodes.counter_at(asker, id).ask(add{i + 1}).result();
      REQUIRE(answer.has_value());
      receipts.push_back(answer->at());
    }
    nodes.stop(away);
    const auto holds = [&](std::uint64_t n) {
      const auto rows = nodes.at(n).view<sums>(receipts, 60s);
      for (std::uint64_t i = 0; i < 4; ++i) {
        const std::string id = "r" + std::to_string(away) + "-" + std::to_string(i);
        CHECK(rows->by_counter.get(id) == i + 1);
      }
    };
    for (std::uint64_t n = 1; n <= 3; ++n) {
      if (n != away) holds(n);
    }
    nodes.start(away);
    nodes.at(away).project<sums>();
    holds(away);
  }
}

TEST_CASE("S-034 a command whose target fails over between handling and answering applies once",
          "[cluster]") {
  node_group nodes;
  const auto start = [&](std::uint64_t n) {
    nodes.start(n);
    nodes.at(n).host<tally>();
    nodes.at(n).host<tallying>();
  };
  for (std::uint64_t n = 1; n <= 3; ++n) start(n);
  std::uint64_t sum = 0;
  std::uint64_t notes = 0;
  for (std::uint64_t round = 0; round < 6; ++round) {
    const std::uint64_t away = 1 + round % 3;
    const std::uint64_t asker = 1 + away % 3;
    const auto ask = [&](std::uint64_t i) {
      // The same command, however often it is asked.
      return nodes.counter_at(asker, "c" + std::to_string(i % 5))
          .ask(add{i}, {.id = id_of(round, i), .timeout = 60s});
    };
    std::vector<reply<counting::counter_cmd::add::reply>> under_way;
    for (std::uint64_t i = 1; i <= 20; ++i) {
      // Steps of the saga are under way all the time that the node leaves.
      under_way.push_back(ask(i));
      sum += i;
      ++notes;
      if (i == 10) nodes.stop(away);
    }
    for (std::uint64_t i = 1; i <= 20; ++i) {
      auto answer = under_way[i - 1].result();
      // Whoever had it may have left before it knew.
      while (!answer && repeats(answer.error().code)) answer = ask(i).result();
      if (!answer) FAIL(to_string(answer.error()));
    }
    start(away);
  }
  const auto look = [&] { return nodes.at(2).of<tally>("all").ask(tally::cmd::look{}).get(); };
  REQUIRE(comes_true([&] { return look().notes >= notes; }));
  // What comes twice comes before this.
  nodes.counter_at(1, "last").ask(add{1}).get();
  REQUIRE(comes_true([&] { return look().notes >= notes + 1; }));
  CHECK(look().notes == notes + 1);
  CHECK(look().total == sum + 1);
}

TEST_CASE("S-026 what no majority has makes a saga ask for nothing", "[cluster]") {
  node_group nodes({.partitions = 1});
  const auto start = [&](std::uint64_t n) {
    nodes.start(n);
    nodes.at(n).host<tally>();
    nodes.at(n).host<tallying>();
  };
  for (std::uint64_t n = 1; n <= 3; ++n) start(n);
  const auto look = [&] { return nodes.at(2).of<tally>("all").ask(tally::cmd::look{}).get(); };
  std::uint64_t notes = 0;
  for (std::uint64_t alone = 1; alone <= 3; ++alone) {
    const std::uint64_t a = 1 + alone % 3;
    const std::uint64_t b = 1 + a % 3;
    nodes.counter_at(alone, "c").ask(add{1}).get();
    ++notes;
    nodes.stop(a);
    nodes.stop(b);
    REQUIRE_FALSE(nodes.counter_at(alone, "c").ask(add{1'000}, {.timeout = 300ms}).result());
    nodes.stop(alone);
    start(a);
    start(b);
    nodes.counter_at(a, "c").ask(add{1}).get();
    ++notes;
    start(alone);
  }
  REQUIRE(comes_true([&] { return look().notes >= notes; }));
  CHECK(look().notes == notes);
  CHECK(look().total == notes);
}

TEST_CASE("S-096 an answer during a failover counts once, however often it is repeated",
          "[cluster]") {
  node_group nodes;
  const auto start = [&](std::uint64_t n) {
    nodes.start(n);
    nodes.at(n).host<tally>();
    nodes.at(n).host<approving>();
  };
  for (std::uint64_t n = 1; n <= 3; ++n) start(n);
  constexpr std::uint64_t rounds = 6;
  constexpr std::uint64_t each = 8;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    const std::uint64_t away = 1 + round % 3;
    const std::uint64_t asker = 1 + away % 3;
    const auto key = [&](std::uint64_t i) {
      return "s" + std::to_string(round) + "-" + std::to_string(i);
    };
    for (std::uint64_t i = 0; i < each; ++i) {
      nodes.counter_at(asker, key(i)).ask(add{1}).get();
    }
    const auto tell = [&](std::uint64_t i) {
      return nodes.at(asker).saga<approving>(key(i)).answer("word", {}, id_of(round, i));
    };
    std::vector<reply<receipt>> told;
    for (std::uint64_t i = 0; i < each; ++i) {
      // An instance that has not begun is not there to be told.
      REQUIRE(comes_true([&] {
        const auto status = nodes.at(asker).saga<approving>(key(i)).status();
        return status && !status->open.empty();
      }));
      told.push_back(tell(i));
      if (i == each / 2) nodes.stop(away);
    }
    for (std::uint64_t i = 0; i < each; ++i) {
      auto answer = told[i].result();
      while (!answer && repeats(answer.error().code)) answer = tell(i).result();
      if (!answer) FAIL(to_string(answer.error()));
      // And once more, though it is known.
      CHECK(tell(i).result().has_value());
    }
    start(away);
  }
  const auto look = [&] { return nodes.at(2).of<tally>("approved").ask(tally::cmd::look{}).get(); };
  REQUIRE(comes_true([&] { return look().notes >= rounds * each; }));
  CHECK(look().notes == rounds * each);
}

TEST_CASE("S-114 a dead letter is the same on every node, whichever is gone", "[cluster]") {
  node_group nodes;
  const auto start = [&](std::uint64_t n) {
    nodes.start(n);
    nodes.at(n).host<doubting>();
  };
  for (std::uint64_t n = 1; n <= 3; ++n) start(n);
  nodes.counter_at(1, "c").ask(add{1}).get();
  const auto letter_at = [&](std::uint64_t n) -> std::string {
    const auto status = nodes.at(n).saga<doubting>("c").status();
    if (!status || status->open.empty()) return {};
    return status->open.front().stuck;
  };
  REQUIRE(comes_true([&] { return !letter_at(1).empty(); }));
  const std::string letter = letter_at(1);
  CHECK(letter.find("zero") != std::string::npos);
  for (std::uint64_t away = 1; away <= 3; ++away) {
    nodes.stop(away);
    for (std::uint64_t n = 1; n <= 3; ++n) {
      if (n != away) CHECK(comes_true([&] { return letter_at(n) == letter; }));
    }
    start(away);
  }
}

}  // namespace reprise::testing
