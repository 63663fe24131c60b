// SPDX-License-Identifier: Apache-2.0
//
// What of personal data stands in the files of a store, and what the tool shows of it.
#include "tests/actors/personal/visit.hpp"
#include "tests/cli/running_program.hpp"
#include "tests/persistence/sealed_scene.hpp"
#include "tests/persistence/store_scene.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <string>
#include <vector>

namespace reprise::testing {
namespace {

namespace fs = std::filesystem;
using persistence::stands_in;
using persistence::temporary_folder;

node_options options_of(const fs::path& store) {
  return {.data = store.string(),
          .partitions = 4,
          .log_bytes_max = 1U << 28U,
          .rows_bytes_max = 1U << 28U};
}

// A visit of ann's with notes about 4711 and a snapshot, and one of bob's.
void write(const fs::path& store) {
  node here(options_of(store));
  here.host<saved_visit>();
  REQUIRE(admit<saved_visit>(here, "v1", "ann", "Ann Secret").has_value());
  REQUIRE(admit<saved_visit>(here, "v2", "bob", "Bob Secret").has_value());
  const auto noted = here.of<saved_visit>("v1")
                         .ask(clinic::visit_cmd::note{.about = 4711, .text = "Note Secret"})
                         .result();
  REQUIRE(noted.has_value());
}

test::program_end tool(const fs::path& store, std::initializer_list<std::string> arguments) {
  std::vector<std::string> command{REPRISE_PROGRAM, "--data", store.string()};
  command.insert(command.end(), arguments);
  return test::run(command);
}

bool backed_up(const fs::path& store, const fs::path& to) {
  return test::run({REPRISE_PROGRAM, "backup", store.string(), to.string()}).code == 0;
}

bool tells(const test::program_end& end, const std::string& text) {
  return end.out.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("no personal value stands in any file of the store, of a copy or of an export") {
  const temporary_folder folder;
  const fs::path store = folder.path() / "store";
  write(store);
  CHECK(fs::exists(store / "snapshots"));
  CHECK(stands_in(store, "ann"));
  CHECK_FALSE(stands_in(store, "Secret"));
  REQUIRE(backed_up(store, folder.path() / "copy"));
  for (const std::string format : {"json", "capnp"}) {
    CAPTURE(format);
    const auto done =
        tool(store, {"export", (folder.path() / ("out." + format)).string(), "--format", format});
    INFO(done.err);
    CHECK(done.code == 0);
  }
  CHECK(stands_in(folder.path(), "4711"));
  CHECK_FALSE(stands_in(folder.path(), "Secret"));
}

TEST_CASE("a program whose types have no personal fields has no file of keys") {
  const temporary_folder folder;
  const fs::path store = folder.path() / "store";
  {
    node here(options_of(store));
    here.host<bell>();
    REQUIRE(here.of<bell>("door").ask(clinic::bell_cmd::ring{}).result().has_value());
    CHECK(here.forget("ann").error().code == errc::not_found);
    CHECK(here.rotate_keys().error().code == errc::not_found);
  }
  CHECK_FALSE(fs::exists(store / "keys"));
  CHECK(tool(store, {"keys", "list"}).code == 1);
  CHECK(tool(store, {"forget", "ann"}).code == 1);
  CHECK_FALSE(fs::exists(store / "keys"));
}

TEST_CASE("the tool shows what is sealed, and once it has forgotten the defaults") {
  const temporary_folder folder;
  const fs::path store = folder.path() / "store";
  write(store);
  CHECK(tells(tool(store, {"log", "visit", "v1"}), "Ann Secret"));
  CHECK(tells(tool(store, {"log", "visit", "v1"}), "Note Secret"));
  const auto got = tool(store, {"get", "visit", "v1"});
  INFO(got.out << got.err);
  CHECK(tells(got, "Ann Secret"));
  CHECK(tool(store, {"verify"}).code == 0);

  const auto forgot = tool(store, {"forget", "ann"});
  INFO(forgot.err);
  CHECK(forgot.code == 0);
  CHECK(forgot.out == "Forgot 1 subject: 1 key was destroyed.\n");
  const auto again = tool(store, {"--json", "forget", "ann"});
  CHECK(again.code == 0);
  CHECK(nlohmann::json::parse(again.out).at("keys_destroyed") == 0);
  const auto refused = tool(store, {"forget", "bob", "nobody"});
  CHECK(refused.code == 1);
  CHECK(refused.err.find("'nobody'") != std::string::npos);

  const auto log = tool(store, {"log", "visit", "v1"});
  CHECK_FALSE(tells(log, "Ann"));
  CHECK(tells(log, "somebody"));
  CHECK(tells(log, "Note Secret"));
  CHECK_FALSE(tells(tool(store, {"get", "visit", "v1"}), "Ann"));
  CHECK(tells(tool(store, {"log", "visit", "v2"}), "Bob Secret"));
  CHECK(tool(store, {"verify"}).code == 0);
  CHECK(tells(tool(store, {"space"}), "keys"));
  REQUIRE(tool(store, {"compact"}).code == 0);
  CHECK(tells(tool(store, {"log", "visit", "v2"}), "Bob Secret"));

  node here(options_of(store));
  here.host<saved_visit>();
  CHECK(shown<saved_visit>(here, "v1") == "somebody; Note Secret");
  CHECK(shown<saved_visit>(here, "v2") == "Bob Secret");
}

TEST_CASE("the tool forgets and rotates only in a store that nobody has open") {
  const temporary_folder folder;
  const fs::path store = folder.path() / "store";
  write(store);
  {
    node here(options_of(store));
    here.host<saved_visit>();
    for (const std::string command : {"forget", "keys"}) {
      const auto refused = tool(store, {command, command == "keys" ? "rotate" : "ann"});
      CHECK(refused.code == 4);
      CHECK(refused.err.find("is open in process") != std::string::npos);
    }
    CHECK(tool(store, {"keys", "list"}).code == 0);
    CHECK(tells(tool(store, {"log", "visit", "v1"}), "Ann Secret"));
    REQUIRE(here.forget("ann").has_value());
    CHECK_FALSE(tells(tool(store, {"log", "visit", "v1"}), "Ann"));
  }
  const auto rotated = tool(store, {"keys", "rotate"});
  CHECK(rotated.code == 0);
  CHECK(rotated.out == "What is new is sealed with keys of generation 2.\n");
  const auto listed = tool(store, {"--json", "keys", "list"});
  CHECK(listed.code == 0);
  const auto first = nlohmann::json::parse(listed.out.substr(0, listed.out.find('\n')));
  CHECK(first.at("destroyed") == true);
  CHECK(tells(tool(store, {"keys", "list"}), "Generation 2: 2 keys, and 1 that were destroyed.\n"));
  CHECK(tells(tool(store, {"log", "visit", "v2"}), "Bob Secret"));
}

TEST_CASE("a copy has the keys that there were, and forgets for itself") {
  const temporary_folder folder;
  const fs::path store = folder.path() / "store";
  const fs::path copy = folder.path() / "copy";
  const fs::path back = folder.path() / "back";
  write(store);
  REQUIRE(backed_up(store, copy));
  REQUIRE(tool(store, {"forget", "ann"}).code == 0);
  CHECK(tells(tool(copy, {"log", "visit", "v1"}), "Ann Secret"));
  REQUIRE(test::run({REPRISE_PROGRAM, "restore", copy.string(), back.string()}).code == 0);
  CHECK(tells(tool(back, {"log", "visit", "v1"}), "Ann Secret"));
  REQUIRE(tool(back, {"forget", "ann"}).code == 0);
  CHECK_FALSE(tells(tool(back, {"log", "visit", "v1"}), "Ann"));
  CHECK(tells(tool(back, {"log", "visit", "v2"}), "Bob Secret"));
}

TEST_CASE("an export is sealed: a store made of it shows defaults without the keys, and all with") {
  const temporary_folder folder;
  const fs::path store = folder.path() / "store";
  write(store);
  for (const std::string format : {"json", "capnp"}) {
    CAPTURE(format);
    const std::string file = (folder.path() / ("out-" + format)).string();
    const fs::path made = folder.path() / ("made-" + format);
    REQUIRE(tool(store, {"export", file, "--format", format}).code == 0);
    const auto imported = test::run({REPRISE_PROGRAM, "import", file, made.string()});
    INFO(imported.err);
    REQUIRE(imported.code == 0);
    CHECK(tells(tool(made, {"log", "visit", "v1"}), "somebody"));
    CHECK_FALSE(tells(tool(made, {"log", "visit", "v1"}), "Secret"));
    fs::copy_file(store / "keys", made / "keys");
    CHECK(tells(tool(made, {"log", "visit", "v1"}), "Ann Secret"));
    CHECK(tool(made, {"verify"}).code == 0);
  }
}

TEST_CASE("verify tells of a damaged key, and what it sealed is an error, not a default") {
  const temporary_folder folder;
  const fs::path store = folder.path() / "store";
  write(store);
  {
    std::fstream edited(store / "keys", std::ios::in | std::ios::out | std::ios::binary);
    edited.seekp(1024 + 100);
    edited.put('x');
    edited.put('y');
  }
  const auto verified = tool(store, {"verify"});
  CHECK(verified.code == 3);
  CHECK(tells(verified, "the file of keys: slot 0"));
  CHECK(tool(store, {"keys", "list"}).code == 3);
  node here(options_of(store));
  here.host<visit>();
  CHECK(shown<visit>(here, "v1").starts_with("corrupt"));
  CHECK(shown<visit>(here, "v2") == "Bob Secret");
  REQUIRE(admit<visit>(here, "v3", "ann", "Ann New").has_value());
  CHECK(shown<visit>(here, "v3") == "Ann New");
}

TEST_CASE("a node of a cluster refuses types with personal fields, and takes the others") {
  const temporary_folder folder;
  node_options options = options_of(folder.path() / "store");
  options.cluster = {.self = "a",
                     .nodes = {{.name = "a", .host = "127.0.0.1", .port = 24'761}},
                     .name = "clinics",
                     .insecure = true};
  auto opened = node::open(options);
  INFO((opened ? "" : to_string(opened.error())));
  REQUIRE(opened.has_value());
  const auto refused = opened->try_host<visit>();
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::invalid_argument);
  CHECK(refused.error().message.find("Visit") != std::string::npos);
  CHECK(opened->try_host<bell>().has_value());
  CHECK(opened->forget("ann").error().code == errc::not_found);
}

}  // namespace reprise::testing
