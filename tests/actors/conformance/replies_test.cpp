// SPDX-License-Identifier: Apache-2.0
//
// Replies and receipts.
#include "tests/actors/conformance/node_world.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <array>
#include <csignal>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace reprise::conformance {
namespace {

// Deposits until it is killed, by its own hand and in the midst of it, and writes one byte for each
// deposit that was acknowledged.
[[noreturn]] void deposit_until_killed(const std::string& folder, int acknowledgements) {
  constexpr int in_flight = 64;
  constexpr int enough = 500;
  node n({.data = folder, .partitions = 4, .log_bytes_max = log_room});
  n.host<account>();
  const auto ann = n.of<account>("ann");
  std::atomic<int> acknowledged{0};
  std::vector<reply<account_state>> replies;
  while (true) {
    replies.clear();
    for (int i = 0; i < in_flight; ++i) {
      replies.push_back(ann.ask(cmd::deposit{.cents = 1, .note = ""}));
      replies.back().then([&](const result<answer<account_state>>& outcome) {
        if (!outcome) _exit(1);
        const char one = '+';
        if (write(acknowledgements, &one, 1) != 1) _exit(1);
        if (++acknowledged == enough) kill(getpid(), SIGKILL);
      });
    }
    for (const auto& r : replies) static_cast<void>(r.result());
  }
}

TEST_CASE("A-018 A-087 what was answered is there once after kill -9 in the midst of answering",
          "[replies]") {
  const temporary_folder folder;
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    close(ends[0]);
    deposit_until_killed(folder.path(), ends[1]);
  }
  close(ends[1]);
  std::uint64_t acknowledged = 0;
  char one = 0;
  while (read(ends[0], &one, 1) == 1) ++acknowledged;
  close(ends[0]);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  REQUIRE(acknowledged >= 500);
  node n({.data = folder.path(), .partitions = 4, .log_bytes_max = log_room});
  n.host<account>();
  const auto found = n.of<account>("ann").ask(cmd::get{}).result();
  REQUIRE(heard(found) == "accepted");
  CHECK(found->at().sequence.value >= acknowledged);
  CHECK(found->value().balance == static_cast<std::int64_t>(found->at().sequence.value));
}

TEMPLATE_TEST_CASE("A-021 the receipt of nothing shows where the aggregate stands", "[replies]",
                   in_memory, on_disk) {
  node_world world(TestType::where, one_partition());
  const receipt before = world.of("ann").ask(cmd::touch{}).get();
  CHECK(before.sequence == sequence{0});
  const receipt written = world.of("ann").ask(cmd::spread{.count = 3, .cents = 1}).get();
  world.ask("bob", cmd::deposit{.cents = 1, .note = ""});
  const receipt touched = world.of("ann").ask(cmd::touch{}).get();
  CHECK(touched == written);
  const auto there = world.of("ann").at(touched.sequence);
  REQUIRE(there.has_value());
  CHECK(there->state.balance == 3);
}

TEMPLATE_TEST_CASE("A-022 a reply that cannot be made says so, and a repeat stores no more",
                   "[replies]", in_memory, on_disk) {
  node_world world(TestType::where);
  const ask_options once{.id = derive_command_id("once")};
  const auto first = world.of("ann").ask(cmd::mumble{.cents = 5}, once).result();
  REQUIRE(heard(first) == "reply_failed");
  CHECK(first.error().message.find("mumble") != std::string::npos);
  CHECK(world.state("ann").balance == 5);
  const std::uint64_t handled = watch.handled;
  CHECK(world.ask("ann", cmd::mumble{.cents = 5}, once) == "reply_failed");
  CHECK(watch.handled == handled);
  CHECK(world.head("ann") == 1);
}

TEMPLATE_TEST_CASE("A-024 10 000 concurrent asks each get their own reply", "[replies]", in_memory,
                   on_disk) {
  node_world world(TestType::where);
  constexpr std::uint32_t threads = 4;
  constexpr std::uint64_t each = 2'500;
  std::atomic<std::uint64_t> right{0};
  at_once(threads, [&](std::size_t caller) {
    std::vector<reply<cmd::count_reply>> replies;
    replies.reserve(each);
    for (std::uint64_t n = 0; n < each; ++n) {
      replies.push_back(world.of("ann").ask(
          cmd::count{.caller = static_cast<std::uint32_t>(caller), .n = caller * each + n}));
    }
    for (std::uint64_t n = 0; n < each; ++n) {
      const auto outcome = replies[n].result();
      if (outcome && !outcome->is_rejection() && outcome->value().n == caller * each + n) ++right;
    }
  });
  CHECK(right == threads * each);
  CHECK(world.head("ann") == threads * each);
}

TEMPLATE_TEST_CASE("A-025 a one-way command is stored alike and its failure is counted",
                   "[replies]", in_memory, on_disk) {
  node_world world(TestType::where);
  const auto ann = world.of("ann");
  ann.tell(cmd::deposit{.cents = 5, .note = ""});
  ann.tell(cmd::stumble{.how = bank::stumble::standard});
  ann.tell(cmd::withdraw{.cents = 6});
  ann.tell(cmd::withdraw{.cents = 1});
  // Comes behind them.
  CHECK(world.state("ann").balance == 4);
  CHECK(world.head("ann") == 2);
  CHECK(world.metric("commands.one_way_failed") == 2);
  world.of("").tell(cmd::deposit{.cents = 1, .note = ""});
  CHECK(world.metric("commands.one_way_failed") == 3);
}

TEMPLATE_TEST_CASE(
    "A-026 a deadline that passes while the command waits drops it unexecuted, counted",
    "[replies]", in_memory, on_disk) {
  node_world world(TestType::where, cramped());
  world.ask("ann", cmd::deposit{.cents = 5, .note = ""});
  world.passivate_all();
  shut_gate recovery(watch.applying);
  const auto patient = world.of("ann").ask(cmd::deposit{.cents = 1, .note = ""});
  recovery.await_arrival();
  const auto late = world.of("ann").ask(cmd::deposit{.cents = 100, .note = ""},
                                        {.timeout = std::chrono::milliseconds(20)});
  // On a machine that is busy with other things the caller may give up before it is told.
  const std::string told = heard(late);
  CHECK((told == "expired" || told == "timed_out"));
  recovery.open();
  CHECK(heard(patient) == "accepted");
  CHECK(world.state("ann").balance == 6);
  CHECK(world.head("ann") == 2);
  CHECK(world.metric("commands.expired") == 1);
}

}  // namespace
}  // namespace reprise::conformance
