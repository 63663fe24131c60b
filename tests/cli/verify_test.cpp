// SPDX-License-Identifier: Apache-2.0
#include "tool.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <fstream>
#include <iterator>
#include <pty.h>
#include <thread>

using namespace reprise;
using namespace reprise::test;
using ev = post::parcel_ev;

namespace {

const std::string mark = "here the bit will flip";

// Flips a bit of every copy of `text` in a file; returns how many there are.
int damage(const std::filesystem::path& file, const std::string& text) {
  std::ifstream in(file, std::ios::binary);
  std::string content((std::istreambuf_iterator<char>(in)), {});
  std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
  int copies = 0;
  for (std::size_t at = 0; (at = content.find(text, at)) != std::string::npos; ++at, ++copies) {
    out.seekp(static_cast<std::streamoff>(at));
    out.put(static_cast<char>(content[at] ^ 1));
  }
  return copies;
}

struct damaged_store {
  written_store store;
  receipt spoiled;
  receipt whole;

  damaged_store() {
    store.append(parcel("p-1"), "send", 0, ev::sent{"ann", 1});
    spoiled = store.append(parcel("p-1"), "delay", 1, ev::delayed{1, mark});
    store.append(parcel("p-1"), "deliver", 2, ev::delivered{});
    // One that lives in another partition.
    for (int n = 0; whole.at.value == 0; ++n) {
      const aggregate_key other = parcel("other-" + std::to_string(n));
      if (store.journal().partition_of(other) == spoiled.partition) continue;
      whole = store.append(other, "whole", 3, ev::sent{"bob", 2});
    }
    store.close();
    REQUIRE(damage(std::filesystem::path(store.directory()) / "journal" / "data.mdb", mark) > 0);
  }
};

}  // namespace

TEST_CASE("verify finds nothing in a store that is whole") {
  written_store store;
  for (int n = 0; n < 50; ++n) {
    const std::string id = "p-" + std::to_string(n);
    const receipt sent = store.append(parcel(id), id, n, ev::sent{"ann", 1});
    store.save(parcel(id), sent, {.to = "ann"});
  }
  const program_end live = tool(store, {"verify"});
  CHECK(live.code == 0);
  CHECK(live.out == "Checked 50 records in 4 partitions and 50 snapshots: no damage.\n");
  CHECK(live.err.empty());
  store.close();
  const program_end closed = tool(store, {"--json", "verify"});
  CHECK(closed.code == 0);
  CHECK(closed.out ==
        R"({"clean":true,"partitions":4,"records":50,"snapshots":50,"snapshots_damaged":0,)"
        R"("damages":[]})"
        "\n");
}

TEST_CASE("verify beside a busy writer finds nothing either") {
  written_store store;
  std::atomic<bool> enough{false};
  const std::jthread writer([&] {
    for (int n = 0; !enough; ++n) {
      store.append(parcel("p-" + std::to_string(n % 100)), std::to_string(n), n,
                   ev::delayed{1, "busy"});
    }
  });
  for (int round = 0; round < 10; ++round) {
    const program_end verify = tool(store, {"verify"});
    CHECK(verify.code == 0);
    CHECK(verify.err.empty());
  }
  enough = true;
}

TEST_CASE("verify names the partition and the position of the first damage, and what to do") {
  const damaged_store damaged;
  const program_end verify = tool(damaged.store, {"--json", "verify"});
  CHECK(verify.code == 3);
  const auto found = nlohmann::json::parse(verify.out);
  CHECK(found["clean"] == false);
  REQUIRE(found["damages"].size() == 1);
  CHECK(found["damages"][0]["partition"] == damaged.spoiled.partition.value);
  CHECK(found["damages"][0]["position"] == damaged.spoiled.at.value);
  CHECK(found["damages"][0]["derived"] == false);

  const program_end told = tool(damaged.store, {"verify"});
  CHECK(told.code == 3);
  CHECK(told.out.starts_with("PARTITION  POSITION  DAMAGE\n"));
  CHECK(told.out.find("damage in 1 places of the log and in 0 snapshots.\n") != std::string::npos);
  CHECK(told.out.find("What to do: copy the directory before anything else.") != std::string::npos);
}

TEST_CASE("damage stops one partition; what is before it and beside it is shown") {
  const damaged_store damaged;
  const program_end log = tool(damaged.store, {"--json", "log", "parcel", "p-1"});
  CHECK(log.code == 3);
  CHECK(log.err.find("corrupt") != std::string::npos);

  const program_end tail = tool(damaged.store, {"--json", "tail", "--from", "1"});
  CHECK(tail.code == 3);
  const auto lines = lines_of(tail.out);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["sequence"] == 1);
  CHECK(lines[0]["id"] == "p-1");
  CHECK(lines[1]["payload"]["to"] == "bob");
  CHECK(lines_of(tail.err).size() == 1);

  CHECK(tool(damaged.store, {"log", "parcel", "p-1", "--to", "1"}).code != 4);
}

TEST_CASE("a damaged snapshot is found, and is not shown") {
  written_store store;
  const receipt sent = store.append(parcel("p-1"), "send", 0, ev::sent{"ann", 1});
  store.save(parcel("p-1"), sent, {.to = mark});
  store.close();
  REQUIRE(damage(std::filesystem::path(store.directory()) / "snapshots" / "data.mdb", mark) > 0);

  const program_end verify = tool(store, {"verify"});
  CHECK(verify.code == 3);
  CHECK(verify.out.find("damage in 0 places of the log and in 1 snapshots.\n") !=
        std::string::npos);
  CHECK(verify.out.find("Damaged snapshots lose nothing") != std::string::npos);
  const program_end get = tool(store, {"get", "parcel", "p-1"});
  CHECK(get.code == 0);
  CHECK(get.out.find("No snapshot was saved") != std::string::npos);
}

TEST_CASE("verify shows its progress on a terminal only") {
  written_store store;
  store.append(parcel("p-1"), "send", 0, ev::sent{"ann", 1});
  int terminal = -1;
  int program_side = -1;
  REQUIRE(::openpty(&terminal, &program_side, nullptr, nullptr, nullptr) == 0);
  const program_end verify =
      running_program(tool_on(store.directory(), {"verify"}), program_side).wait();
  ::close(program_side);
  std::string shown(4096, '\0');
  const ssize_t n = ::read(terminal, shown.data(), shown.size());
  ::close(terminal);
  REQUIRE(n > 0);
  shown.resize(static_cast<std::size_t>(n));
  CHECK(verify.code == 0);
  CHECK(shown.find("verify [##############################] 100 %") != std::string::npos);
}
