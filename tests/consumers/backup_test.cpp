// SPDX-License-Identifier: Apache-2.0
//
// Consumers in a store that was copied while they worked, and brought back.
#include "persistence/lmdb_checkpoint_store.hpp"
#include "tests/actors/conformance/node_world.hpp"
#include "tests/consumers/stumbling_board.hpp"
#include "tests/persistence/child_process.hpp"

#include <reprise/backup.hpp>
#include <reprise/subscription.hpp>

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdint>
#include <future>
#include <map>
#include <string>
#include <vector>

namespace reprise::conformance {
namespace {

void copy(const std::string& from, const std::string& to) {
  const auto done = back_up(from, to);
  INFO((done ? "" : to_string(done.error())));
  REQUIRE(done.has_value());
}

// Where the subscription of a store that nobody has open stands in each partition.
std::map<std::uint32_t, std::uint64_t> checkpoint_in(const std::string& store) {
  const auto kept = persistence::lmdb_checkpoint_store::open_to_read(store);
  REQUIRE(kept.has_value());
  const auto saved = (*kept)->load("receipts");
  REQUIRE((saved && *saved));
  std::map<std::uint32_t, std::uint64_t> through;
  for (const partition_cursor& c : (*saved)->cursors) through[c.partition.value] = c.through.value;
  return through;
}

// Positions that a subscription is shown until it has caught up, by partition.
std::map<std::uint32_t, std::vector<std::uint64_t>> shown_to_subscription(node& here) {
  std::map<std::uint32_t, std::vector<std::uint64_t>> seen;
  std::promise<void> end;
  const auto told = here.subscribe(
      {.name = "receipts"},
      subscriber{
          .event =
              [&](const received& r) { seen[r.meta.partition.value].push_back(r.meta.at.value); },
          .caught_up = [&] { end.set_value(); }});
  REQUIRE(end.get_future().wait_for(std::chrono::minutes(1)) == std::future_status::ready);
  return seen;
}

void check_board(node& here, const view<stumbling_board>& seen) {
  for (int i = 0; i < consumed_accounts; ++i) {
    const std::string id = "account-" + std::to_string(i);
    CHECK(seen->cents.get(id) == here.of<account>(id).ask(cmd::get{}).get().balance);
  }
  CHECK_FALSE(seen->cents.get(stumbled_at));
}

}  // namespace

TEST_CASE("a projection, its parked events and a subscription go on in a store that was restored") {
  const temporary_folder folder;
  const std::string live = folder.path() + "/store";
  const std::string back = folder.path() + "/back";
  persistence::child_process child({live});
  for (int i = 0; i < 100; ++i) REQUIRE(child.read_line() == "deposited");
  copy(live, folder.path() + "/copy");
  REQUIRE(child.read_line() == "deposited");
  child.kill();
  copy(folder.path() + "/copy", back);
  const auto through = checkpoint_in(back);

  node here({.data = back, .log_bytes_max = 1U << 30U, .rows_bytes_max = 1U << 30U});
  here.host<account>();
  const auto board = here.project<stumbling_board>();
  const auto parked = board.parked();
  REQUIRE(parked.has_value());
  REQUIRE(parked->size() == 1);
  CHECK(parked->front().aggregate.id == stumbled_at);
  CHECK(parked->front().cause.find("stumbled") != std::string::npos);

  std::uint64_t handled_before = 0;
  for (const auto& [partition, positions] : shown_to_subscription(here)) {
    const auto known = through.find(partition);
    std::uint64_t next = known == through.end() ? 1 : known->second + 1;
    for (const std::uint64_t at : positions) CHECK(at == next++);
  }
  for (const auto& [partition, at] : through) handled_before += at;
  CHECK(handled_before > 0);

  std::vector<receipt> receipts;
  for (int i = 0; i < consumed_accounts; ++i) {
    const std::string id = "account-" + std::to_string(i);
    const auto deposited = here.of<account>(id).ask(cmd::deposit{.cents = 5}).result();
    REQUIRE(deposited.has_value());
    receipts.push_back(deposited->at());
  }
  check_board(here, here.view<stumbling_board>(receipts));
}

}  // namespace reprise::conformance
