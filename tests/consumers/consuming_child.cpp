// SPDX-License-Identifier: Apache-2.0
//
// A process that deposits cents, folds them into a board that stumbles at the first one, and
// follows them by a subscription, until it is killed:
//     consuming_child DIRECTORY
// Says a line for each deposit that was acknowledged once something is parked.
#include "tests/consumers/stumbling_board.hpp"

#include <reprise/node.hpp>
#include <reprise/subscription.hpp>

#include <cstdio>
#include <string>
#include <thread>

using namespace reprise;
using namespace reprise::conformance;

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  node here(
      {.data = argv[1], .partitions = 4, .log_bytes_max = 1U << 30U, .rows_bytes_max = 1U << 30U});
  here.host<account>();
  auto board = here.project<stumbling_board>();
  const auto told =
      here.subscribe({.name = "receipts", .checkpoint_every = 1}, [](const received&) {});
  if (!here.of<account>(stumbled_at).ask(cmd::deposit{.cents = 1}).result()) return 3;
  while (board.parked().value().empty()) std::this_thread::yield();
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  for (int i = 0;; ++i) {
    const std::string id = "account-" + std::to_string(i % consumed_accounts);
    if (here.of<account>(id).ask(cmd::deposit{.cents = i + 1}).result()) std::printf("deposited\n");
  }
}
