// SPDX-License-Identifier: Apache-2.0
#include "persistence/lmdb_checkpoint_store.hpp"
#include "tool.hpp"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>

using namespace reprise;
using namespace reprise::test;
using ev = post::parcel_ev;

namespace {

struct copied_store {
  written_store store;
  std::string copy = store.directory() + "-copy";
  std::string back = store.directory() + "-back";

  copied_store() {
    for (int n = 0; n < 3; ++n) {
      const receipt sent =
          store.append(parcel("p-" + std::to_string(n)), "send", n, ev::sent{"ann", 1});
      store.save(parcel("p-" + std::to_string(n)), sent, {.to = "ann"});
    }
    const auto consumers = persistence::lmdb_checkpoint_store::open(store.directory(), 1U << 30U);
    REQUIRE(consumers);
    REQUIRE((*consumers)->save("receipts", {.cursors = {{{0}, {1}}}}));
  }
  ~copied_store() {
    std::error_code ignored;
    std::filesystem::remove_all(copy, ignored);
    std::filesystem::remove_all(back, ignored);
  }
  copied_store(const copied_store&) = delete;
  copied_store& operator=(const copied_store&) = delete;

  [[nodiscard]] static std::string log_of(const std::string& directory) {
    return run({REPRISE_PROGRAM, "--data", directory, "--json", "tail", "--from", "1"}).out;
  }
};

}  // namespace

TEST_CASE("backup copies a live store, and restore brings it back") {
  copied_store s;
  const program_end copied = run({REPRISE_PROGRAM, "backup", s.store.directory(), s.copy});
  CHECK(copied.code == 0);
  CHECK(copied.out.starts_with("Copied 3 records, 3 snapshots and 1 rows of consumers, "));
  CHECK(copied.err.empty());
  const program_end restored =
      run({REPRISE_PROGRAM, "restore", s.copy, s.back, "--rate", "100", "--json"});
  CHECK(restored.code == 0);
  CHECK(restored.out.starts_with(
      R"({"records":3,"entries":3,"snapshots":3,"consumer_rows":1,"copied_bytes":)"));
  CHECK(run({REPRISE_PROGRAM, "--data", s.back, "verify"}).code == 0);
  CHECK_FALSE(s.log_of(s.back).empty());
  CHECK(s.log_of(s.back) == s.log_of(s.store.directory()));
}

TEST_CASE("backup overwrites nothing and says so") {
  copied_store s;
  REQUIRE(run({REPRISE_PROGRAM, "backup", s.store.directory(), s.copy}).code == 0);
  const program_end again = run({REPRISE_PROGRAM, "backup", s.store.directory(), s.copy});
  CHECK(again.code == 2);
  CHECK(again.out.empty());
  CHECK(again.err.find("is there already") != std::string::npos);
}

TEST_CASE("backup of what is no store names it") {
  const program_end ended = run({REPRISE_PROGRAM, "backup", "/nowhere/at/all", "/tmp/never-made"});
  CHECK(ended.code == 1);
  CHECK(ended.err.find("/nowhere/at/all holds no store") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists("/tmp/never-made"));
}
