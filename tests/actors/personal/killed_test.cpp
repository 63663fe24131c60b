// SPDX-License-Identifier: Apache-2.0
//
// kill -9 of a node that seals, forgets and rotates, and of the tool: whoever was admitted is read
// as before, whoever was forgotten stays forgotten. How often is told by the environment variable
// REPRISE_CRASH_ROUNDS.
#include "base/random.hpp"
#include "tests/actors/personal/visit.hpp"
#include "tests/cli/running_program.hpp"
#include "tests/environment.hpp"
#include "tests/persistence/child_process.hpp"
#include "tests/persistence/store_scene.hpp"

#include <reprise/personal.hpp>

#include <catch2/catch_test_macros.hpp>

#include <csignal>
#include <filesystem>
#include <map>
#include <string>

namespace reprise::testing {
namespace {

namespace fs = std::filesystem;
using persistence::child_process;
using persistence::temporary_folder;

constexpr std::uint64_t rounds_usual = 20;

enum class fate : std::uint8_t { admitted, forgetting, forgotten };

node_options options_of(const fs::path& store) {
  return {.data = store.string(), .partitions = 4, .log_bytes_max = 1U << 28U};
}

void note(const std::string& line, std::map<int, fate>& fates) {
  const std::size_t space = line.find(' ');
  if (space == std::string::npos) return;
  const std::string what = line.substr(0, space);
  const int who = std::atoi(line.c_str() + space + 1);
  if (what == "admitted") fates[who] = fate::admitted;
  if (what == "forgets") fates[who] = fate::forgetting;
  if (what == "forgot") fates[who] = fate::forgotten;
}

std::string fault_in(const fs::path& store, const std::map<int, fate>& fates) {
  node here(options_of(store));
  here.host<saved_visit>();
  for (const auto& [who, is] : fates) {
    const std::string patient = "patient-" + std::to_string(who);
    const std::string name = shown<saved_visit>(here, patient);
    const bool as_it_was = name == "name of " + patient;
    const bool forgotten = name == "somebody";
    const bool fine = (as_it_was && is != fate::forgotten) || (forgotten && is != fate::admitted);
    if (!fine) return patient + " is called " + name;
  }
  return {};
}

}  // namespace

TEST_CASE("a node that is killed has all whom it admitted, and nobody whom it forgot") {
  const temporary_folder folder;
  const fs::path store = folder.path() / "store";
  std::map<int, fate> fates;
  base::random random(2026);
  const std::uint64_t rounds = test::number_from("REPRISE_CRASH_ROUNDS", rounds_usual);
  int next = 0;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    CAPTURE(round);
    child_process child({store.string(), std::to_string(next)});
    for (std::uint64_t lines = random.below(60) + 1; lines > 0; --lines) {
      const auto line = child.read_line();
      REQUIRE(line.has_value());
      note(*line, fates);
    }
    child.kill();
    for (const std::string& line : child.rest()) note(line, fates);
    REQUIRE(fault_in(store, fates) == "");
    const auto keys = list_keys(store);
    REQUIRE(keys.has_value());
    CHECK(keys->damaged == 0);
    next = fates.rbegin()->first + 2;
  }
}

TEST_CASE("a forgetting of the tool that is killed is done again, and harms nobody else") {
  const temporary_folder folder;
  const fs::path store = folder.path() / "store";
  std::map<int, fate> fates;
  {
    node here(options_of(store));
    here.host<saved_visit>();
    for (int n = 0; n < 200; ++n) {
      const std::string patient = "patient-" + std::to_string(n);
      REQUIRE(admit<saved_visit>(here, patient, patient, "name of " + patient).has_value());
      fates[n] = fate::admitted;
    }
  }
  base::random random(2026);
  const std::uint64_t rounds = test::number_from("REPRISE_CRASH_ROUNDS", rounds_usual);
  int killed_early = 0;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    CAPTURE(round);
    std::vector<std::string> command{REPRISE_PROGRAM, "--data", store.string(), "forget"};
    for (int n = 0; n < 10; ++n) {
      const int who = static_cast<int>(random.below(200));
      if (fates[who] == fate::admitted) fates[who] = fate::forgetting;
      command.push_back("patient-" + std::to_string(who));
    }
    {
      test::running_program program(command);
      // From not at all to a whole run.
      for (std::uint64_t looks = random.below(4000); looks > 0; --looks) {
        static_cast<void>(fs::exists(store / "keys"));
      }
      program.send(SIGKILL);
      if (program.wait().code != 0) ++killed_early;
    }
    REQUIRE(fault_in(store, fates) == "");
    REQUIRE(test::run(command).code == 0);
    for (std::size_t i = 4; i < command.size(); ++i) {
      fates[std::atoi(command[i].c_str() + std::string("patient-").size())] = fate::forgotten;
    }
    REQUIRE(fault_in(store, fates) == "");
    if (round % 3 != 0) continue;
    test::running_program rotation({REPRISE_PROGRAM, "--data", store.string(), "keys", "rotate"});
    for (std::uint64_t looks = random.below(4000); looks > 0; --looks) {
      static_cast<void>(fs::exists(store / "keys"));
    }
    rotation.send(SIGKILL);
    static_cast<void>(rotation.wait());
    REQUIRE(fault_in(store, fates) == "");
  }
  CHECK(killed_early > 0);
  CHECK(test::run({REPRISE_PROGRAM, "--data", store.string(), "verify"}).code == 0);
}

}  // namespace reprise::testing
