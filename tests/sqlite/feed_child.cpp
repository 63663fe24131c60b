// SPDX-License-Identifier: Apache-2.0
//
// A process that deposits cents and feeds a ledger in SQLite, until it is killed:
//     feed_child DIRECTORY FILE ROUND
// Says a line for each deposit that was acknowledged, and `fed N` whenever the ledger has come to N
// events. Told `end` as ROUND it deposits nothing, and ends when the ledger has all.
#include "tests/sqlite/ledger.hpp"

#include <cstdio>
#include <string>
#include <thread>

using namespace reprise;
using conformance::cmd;

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const std::string round = argv[3];
  node here(
      {.data = argv[1], .partitions = 4, .log_bytes_max = 1U << 30U, .rows_bytes_max = 1U << 30U});
  here.host<conformance::account>();
  const auto feed = here.feed(sqlite<sqlite3_store::testing::ledger>(argv[2]));
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  if (round == "end") {
    while (feed.status().lag_events > 0) std::this_thread::yield();
    return 0;
  }
  for (int i = 0;; ++i) {
    const std::string id = "account-" + std::to_string(i % 7);
    const auto done = here.of<conformance::account>(id).ask(
        cmd::deposit{.cents = 1}, {.id = derive_command_id(round + "/" + std::to_string(i))});
    if (done.result()) std::printf("deposited\n");
  }
}
