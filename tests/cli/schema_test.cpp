// SPDX-License-Identifier: Apache-2.0
#include "tool.hpp"

#include <catch2/catch_test_macros.hpp>

#include <fstream>
#include <iterator>
#include <string>

using namespace reprise;
using namespace reprise::test;

namespace {

std::string contents_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A store that knows the schema of parcel.capnp, and a copy of that file to change.
struct schema_scene {
  written_store store;
  temporary_folder folder;
  std::string text = contents_of(REPRISE_PARCEL_SCHEMA);

  void change(const std::string& what, const std::string& by) {
    const std::size_t at = text.find(what);
    REQUIRE(at != std::string::npos);
    text.replace(at, what.size(), by);
  }
  std::string write(const std::string& name = "parcel.capnp") const {
    const std::filesystem::path file = folder.path() / name;
    std::ofstream(file, std::ios::binary) << text;
    return file.string();
  }
  // What the schema compiler prints for the file as it is now.
  std::string compile(const std::string& name) const {
    const program_end compiled =
        run({REPRISE_CAPNP, "compile", "-o-", "-I" REPRISE_SCHEMA_PATH, write()});
    REQUIRE(compiled.code == 0);
    const std::filesystem::path file = folder.path() / name;
    std::ofstream(file, std::ios::binary) << compiled.out;
    return file.string();
  }
  program_end check() const {
    return tool(store, {"schema", "check", write(), "-I" REPRISE_SCHEMA_PATH});
  }
};

}  // namespace

TEST_CASE("schema check takes what only adds or says that it renamed") {
  schema_scene s;
  SECTION("nothing changed") {
    const program_end ended = s.check();
    CHECK(ended.code == 0);
    CHECK(ended.out == "CourierShift: as before\nParcel: as before\n");
  }
  SECTION("a field and an event more") {
    s.change("why @1 :Text;", "why @1 :Text; where @2 :Text;");
    s.change("delivered @2 :Void;", "delivered @2 :Void; lost @3 :Void;");
    const program_end ended = s.check();
    CHECK(ended.code == 0);
    CHECK(ended.out.find("Parcel: accepted\n") != std::string::npos);
    CHECK(ended.out.find("  added    ParcelEvent.Delayed.where was added\n") != std::string::npos);
    CHECK(ended.out.find("  added    ParcelEvent.lost was added\n") != std::string::npos);
  }
  SECTION("a rename") {
    s.change("why @1 :Text;", "reason @1 :Text $Reprise.renamed(\"why\");");
    const program_end ended = s.check();
    CHECK(ended.code == 0);
    CHECK(ended.out.find("  renamed  ParcelEvent.Delayed.why was renamed to reason\n") !=
          std::string::npos);
  }
}

TEST_CASE("schema check refuses by name, with an exit code of its own") {
  schema_scene s;
  s.change("to @0 :Text $Reprise.tag;", "to @0 :Data;");
  const program_end ended = s.check();
  CHECK(ended.code == 5);
  CHECK(ended.err == "");
  CHECK(ended.out ==
        "CourierShift: as before\nParcel: REFUSED\n"
        "  refused  ParcelEvent.Sent.to was Text and is Data\n");
  const program_end json = run(tool_on(
      s.store.directory(), {"--json", "schema", "check", s.write(), "-I" REPRISE_SCHEMA_PATH}));
  CHECK(json.code == 5);
  const auto lines = lines_of(json.out);
  REQUIRE(lines.size() == 2);
  CHECK(lines[1]["accepted"] == false);
  CHECK(lines[1]["changes"][0]["kind"] == "refused");
}

TEST_CASE("schema check compares two requests without a store") {
  schema_scene s;
  const std::string released = s.compile("released");
  s.change("why @1 :Text;", "");
  const std::string next = s.compile("next");
  const program_end refused =
      run({REPRISE_PROGRAM, "schema", "check", "--request", next, "--against", released});
  CHECK(refused.code == 5);
  CHECK(refused.out.find("ParcelEvent.Delayed.why was removed") != std::string::npos);
  CHECK(run({REPRISE_PROGRAM, "schema", "check", "--request", released, "--against", next}).code ==
        0);
}

TEST_CASE("schema check says what is wrong with what it is given") {
  schema_scene s;
  const auto refused = [&](std::initializer_list<std::string> more) {
    std::vector<std::string> line = tool_on(s.store.directory(), {"schema", "check"});
    line.insert(line.end(), more);
    const program_end ended = run(line);
    CHECK(ended.out.empty());
    return std::to_string(ended.code) + " " + ended.err;
  };
  CHECK(refused({}).starts_with("2 reprise: give either schema files or --request"));
  CHECK(refused({s.write(), "--request", "-"}).starts_with("2 "));
  CHECK(refused({"--request", s.write()}).find("no request of the schema compiler") !=
        std::string::npos);
  CHECK(refused({"--request", "/nowhere/at/all"}).starts_with("4 reprise: /nowhere/at/all: "));
  s.text = "this is no schema";
  CHECK(refused({s.write()}).find("reprise: capnp does not take the schema") != std::string::npos);
  s.text = "@0xb0d6a1c2d3e4f5a6;\nstruct Plain { a @0 :Text; }\n";
  CHECK(refused({s.write()}).find("no interface in it is marked") != std::string::npos);
}

TEST_CASE("schema show prints what the store keeps") {
  const written_store store;
  const program_end all = tool(store, {"schema", "show"});
  CHECK(all.code == 0);
  CHECK(all.out.find("interface CourierShift @0x") < all.out.find("interface Parcel @0x"));
  const program_end one = tool(store, {"schema", "show", "parcel"});
  CHECK(one.code == 0);
  CHECK(one.out.find("  to @0 :Text $tag;\n") != std::string::npos);
  CHECK(one.out.find("CourierShift") == std::string::npos);
  CHECK(tool(store, {"schema", "show", "nothing"}).code == 1);
  const auto lines = lines_of(tool(store, {"--json", "schema", "show"}).out);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["type"] == "CourierShift");
}
