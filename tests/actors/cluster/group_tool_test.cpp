// SPDX-License-Identifier: Apache-2.0
//
// The tool beside a cluster whose group has parked events: it is asked through any node.
#include "base/guarded.hpp"
#include "tests/actors/cluster/node_group.hpp"
#include "tests/cli/running_program.hpp"

#include <reprise/group.hpp>
#include <reprise/group_store.hpp>

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace reprise::testing {
namespace {

using namespace std::chrono_literals;

// Three nodes, a worker on each; events of some counters are parked.
class parking_cluster {
 public:
  parking_cluster() : nodes_({.partitions = 2}) {
    for (std::uint64_t n = 1; n <= 3; ++n) {
      nodes_.start(n);
      reprise::group_options options{.name = "letters", .first_delay = 1ms};
      workers_.push_back(
          nodes_.at(n).join(options, [this](const assigned_event& e, const task& done) {
            handle(e.meta.aggregate.id, done);
          }));
    }
  }
  void add_to(const std::string& id) { nodes_.counter_at(1, id).ask(counter::cmd::add{1}).get(); }
  void mend() {
    mended_.with([](bool& yes) { yes = true; });
  }
  [[nodiscard]] int handled(const std::string& id) const {
    return handled_.with([&](const auto& all) {
      const auto found = all.find(id);
      return found == all.end() ? 0 : found->second;
    });
  }
  // What the tool says of `parked WORDS...` through that node, a line each.
  [[nodiscard]] std::vector<nlohmann::json> tool(std::uint64_t node,
                                                 const std::vector<std::string>& words) {
    const test::program_end end = run_tool(node, words);
    CHECK(end.err == "");
    CHECK(end.code == 0);
    std::vector<nlohmann::json> lines;
    std::istringstream out(end.out);
    for (std::string line; std::getline(out, line);) lines.push_back(nlohmann::json::parse(line));
    return lines;
  }
  [[nodiscard]] test::program_end run_tool(std::uint64_t node,
                                           const std::vector<std::string>& words) {
    std::string at = "127.0.0.1:";
    at += std::to_string(nodes_.options_of(node).cluster.client_port);
    std::vector<std::string> command{REPRISE_PROGRAM, "--node", at, "--json", "parked"};
    command.insert(command.end(), words.begin(), words.end());
    return test::run(command);
  }
  [[nodiscard]] bool has_parked(std::size_t events) {
    const client outside = nodes_.client_of(1);
    return comes_true([&] {
      const auto parked = outside.groups()->parked("letters");
      const std::size_t now = parked ? parked->size() : 0;
      const auto groups = outside.groups()->list();
      return now == events && groups && !groups->empty() && groups->front().ordered == 0;
    });
  }

 private:
  void handle(const std::string& id, const task& done) {
    handled_.with([&](auto& all) { ++all[id]; });
    const bool is_mended = mended_.with([](bool yes) { return yes; });
    if (id.starts_with("bad") && !is_mended) {
      done.failed(group_verdict::park, "no stamp");
    } else {
      done.done();
    }
  }

  base::guarded<std::map<std::string, int>> handled_;
  base::guarded<bool> mended_;
  node_group nodes_;
  std::vector<group_member> workers_;
};

}  // namespace

TEST_CASE("the tool has parked events of a group assigned again, through any node") {
  parking_cluster here;
  for (const char* id : {"bad-1", "bad-1", "bad-2", "good"}) here.add_to(id);
  REQUIRE(here.has_parked(3));
  for (std::uint64_t node = 1; node <= 3; ++node) {
    const auto listed = here.tool(node, {"list", "letters", "--group"});
    REQUIRE(listed.size() == 3);
    CHECK(listed[0]["cause"] == "no stamp");
    const auto groups = here.tool(node, {"groups"});
    REQUIRE(groups.size() == 1);
    CHECK(groups[0]["parked"] == 3);
  }
  // One aggregate's, by one node; of the other nothing is tried.
  const int before = here.handled("bad-2");
  const auto tried =
      here.tool(2, {"retry", "letters", "--group", "--type", "Counter", "--id", "bad-2"});
  REQUIRE(tried.size() == 1);
  CHECK(tried[0]["id"] == "bad-2");
  CHECK(comes_true([&] { return here.handled("bad-2") > before; }));
  REQUIRE(here.has_parked(3));

  here.mend();
  CHECK(here.tool(3, {"retry", "letters", "--group", "--all"}).size() == 2);
  CHECK(here.has_parked(0));
  CHECK(here.run_tool(1, {"retry", "letters", "--group", "--all"}).code == 1);
}

TEST_CASE("the tool passes parked events of a group by, one or all, through any node") {
  parking_cluster here;
  for (const char* id : {"bad-1", "bad-1", "bad-2"}) here.add_to(id);
  REQUIRE(here.has_parked(3));
  const int before = here.handled("bad-1") + here.handled("bad-2");
  const auto skipped = here.tool(3, {"skip", "letters", "Counter", "bad-1", "--group"});
  REQUIRE(skipped.size() == 1);
  CHECK(skipped[0]["sequence"] == 1);
  CHECK(here.has_parked(2));
  CHECK(here.run_tool(2, {"skip", "letters", "--group", "--all"}).code == 0);
  CHECK(here.has_parked(0));
  CHECK(here.handled("bad-1") + here.handled("bad-2") == before);
  CHECK(here.run_tool(2, {"skip", "letters", "Counter", "bad-1", "--group"}).code == 1);
}

}  // namespace reprise::testing
