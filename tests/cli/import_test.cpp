// SPDX-License-Identifier: Apache-2.0
#include "persistence/exchange_line.hpp"
#include "tool.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

using namespace reprise;
using namespace reprise::test;
using ev = post::parcel_ev;
using persistence::record_kind;

namespace {

using lines = std::vector<std::string>;

struct exported_file {
  written_store store;
  temporary_folder folder;
  std::filesystem::path file = folder.path() / "out.jsonl";
  std::filesystem::path made = folder.path() / "made";

  exported_file() {
    store.append(parcel("p-1"), "send", 1, ev::sent{"ann", 1});
    store.append(parcel("p-2", "north"), "both", 2, ev::sent{"bob", 2}, ev::delayed{5, "snow"});
    store.append(shift("s-1"), "begin", 3, post::courier_shift_ev::begun{"cy"});
    store.append(parcel("p-1"), "done", 4, ev::delivered{});
    store.append(parcel("p-\xff"), "odd", 4, ev::sent{"ann\"\n\x01", 1});
    store.retire(parcel("p-1"), record_kind::deletion, 5);
    store.append(parcel("p-1"), "again", 6, ev::sent{"dan", 3});
    store.retire(parcel("p-2", "north"), record_kind::truncation, 7, {2});
    store.retire(shift("s-1"), record_kind::tombstone, 8);
    exported({});
  }
  void exported(std::vector<std::string> more) const {
    std::vector<std::string> command{REPRISE_PROGRAM, "--data",      store.directory(),
                                     "export",        file.string(), "--force"};
    command.insert(command.end(), more.begin(), more.end());
    const program_end done = run(command);
    CAPTURE(done.err);
    REQUIRE(done.code == 0);
  }
  [[nodiscard]] program_end imported() const {
    return run({REPRISE_PROGRAM, "import", file.string(), made.string()});
  }
  /// What another export says of a store, but for the store's id and the sum over it.
  [[nodiscard]] static lines told_of(const std::string& directory) {
    lines all;
    std::istringstream in(run(tool_on(directory, {"export", "-"})).out);
    for (std::string line; std::getline(in, line);) all.push_back(line);
    REQUIRE(all.size() > 2);
    all.erase(all.begin());
    all.pop_back();
    return all;
  }
  [[nodiscard]] lines read() const {
    lines all;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) all.push_back(line);
    return all;
  }
  /// `all` without its trailer, which is made to fit.
  void write(lines all) const {
    std::uint64_t sum = 0;
    for (const std::string& line : all) sum = persistence::chained_checksum(sum, line);
    all.push_back(persistence::exchange_trailer(all.size() - 1, sum));
    std::ofstream out(file, std::ios::trunc);
    for (const std::string& line : all) out << line << "\n";
  }
  /// As if consensus had written before each record of a partition, more often from one to the
  /// next.
  void leave_gaps() const {
    lines all = read();
    all.pop_back();
    std::map<std::int64_t, std::uint64_t> left_out;
    for (std::size_t i = 1; i < all.size(); ++i) {
      const auto record = nlohmann::json::parse(all[i]);
      const auto at = record.at("position").get<std::string>();
      std::uint64_t& gap = left_out[record.at("partition").get<std::int64_t>()];
      // Those of one batch are stored as one.
      if (record.at("batch_index") == 0) gap += i;
      std::string before = "\"position\":\"";
      const std::size_t found = all[i].find(before + at);
      REQUIRE(found != std::string::npos);
      all[i].replace(found + before.size(), at.size(), std::to_string(std::stoull(at) + gap));
    }
    write(all);
  }
  void expect_refused(int code, const std::string& what) const {
    const program_end done = imported();
    CAPTURE(done.err);
    CHECK(done.code == code);
    CHECK(done.err.find(what) != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(made));
    CHECK_FALSE(std::filesystem::exists(made.string() + ".partial"));
  }
  void replace(std::size_t line, const std::string& from, const std::string& to) const {
    lines all = read();
    all.pop_back();
    const auto at = all.at(line).find(from);
    REQUIRE(at != std::string::npos);
    all.at(line).replace(at, from.size(), to);
    write(all);
  }
};

}  // namespace

TEST_CASE("an imported store has every record as it was, in its place") {
  const exported_file s;
  const program_end done = s.imported();
  CAPTURE(done.err);
  REQUIRE(done.code == 0);
  CHECK(done.out == "Imported 10 records into " + s.made.string() + ".\n");
  CHECK(exported_file::told_of(s.made.string()) == exported_file::told_of(s.store.directory()));
  CHECK(run(tool_on(s.made.string(), {"verify"})).code == 0);
  const auto log = [](const std::string& directory) {
    return run(tool_on(directory, {"log", "parcel", "p-2", "--tenant", "north"})).out;
  };
  CHECK(log(s.made.string()) == log(s.store.directory()));
}

TEST_CASE("a part of a store is imported with the sequences that it had") {
  const exported_file s;
  s.exported({"--type", "parcel"});
  REQUIRE(s.imported().code == 0);
  const auto parcels =
      lines_of(run(tool_on(s.made.string(), {"--json", "log", "parcel", "p-1"})).out);
  REQUIRE(parcels.size() == 1);
  CHECK(parcels[0]["sequence"] == 3);
  CHECK(run(tool_on(s.made.string(), {"get", "courier_shift", "s-1"})).code == 1);
}

TEST_CASE("an imported store can be written by a node's journal") {
  const exported_file s;
  REQUIRE(s.imported().code == 0);
  metrics measured;
  const base::system_clock time;
  const auto journal = persistence::lmdb_journal::open(
      {.directory = s.made, .map_size_bytes = 64U << 20U}, measured, time);
  REQUIRE(journal);
  CHECK((*journal)->head(parcel("p-1"))->last == sequence{3});
  CHECK((*journal)->head(shift("s-1"))->is == persistence::aggregate_head::state::tombstoned);
}

TEST_CASE("a store is made of what a cluster has exported, with the positions that it had there") {
  const exported_file s;
  s.leave_gaps();
  const lines exported = s.read();
  REQUIRE(s.imported().code == 0);
  CHECK(exported_file::told_of(s.made.string()) == lines(exported.begin() + 1, exported.end() - 1));
  CHECK(run(tool_on(s.made.string(), {"verify"})).code == 0);
  metrics measured;
  const base::system_clock time;
  // The second time heads and places are read as they were saved.
  for (std::uint64_t opened = 1; opened <= 2; ++opened) {
    const auto journal = persistence::lmdb_journal::open(
        {.directory = s.made, .map_size_bytes = 64U << 20U}, measured, time);
    REQUIRE(journal);
    CHECK((*journal)->head(parcel("p-2", "north"))->last == sequence{2});
    CHECK((*journal)->head(shift("s-1"))->is == persistence::aggregate_head::state::tombstoned);
  }
}

TEST_CASE("a gap that no cluster has left is refused") {
  const exported_file s;
  s.replace(1, "\"position\":\"1\"", "\"position\":\"18446744073709551615\"");
  s.expect_refused(3, "positions behind the record before it");
}

TEST_CASE("a file that was cut or changed makes no store") {
  const exported_file s;
  const lines whole = s.read();
  const auto write_raw = [&](const lines& all) {
    std::ofstream out(s.file, std::ios::trunc);
    for (const std::string& line : all) out << line << "\n";
  };
  lines cut(whole.begin(), whole.end() - 1);
  write_raw(cut);
  s.expect_refused(3, "the file was cut");
  lines changed = whole;
  changed[2].replace(changed[2].find("north"), 5, "south");
  write_raw(changed);
  s.expect_refused(3, "the file was changed");
  lines fewer = whole;
  fewer.erase(fewer.begin() + 3);
  write_raw(fewer);
  s.expect_refused(3, "the file was changed");
  write_raw({});
  s.expect_refused(3, "the file is empty");
  write_raw({"no JSON", "at all"});
  s.expect_refused(3, "export");
}

TEST_CASE("a line that says something wrong is named, with what it says") {
  const exported_file s;
  const lines whole = s.read();
  const auto with = [&](std::size_t line, const std::string& from, const std::string& to) {
    s.write({whole.begin(), whole.end() - 1});
    s.replace(line, from, to);
  };
  with(0, "\"reprise_export\":1", "\"reprise_export\":2");
  s.expect_refused(4, "has format 2");
  with(1, "\"kind\":\"event\"", "\"kind\":\"miracle\"");
  s.expect_refused(3, "out.jsonl:2: \"kind\"");
  with(1, "\"time\":\"2026-01-02", "\"time\":\"2026-02-30");
  s.expect_refused(3, "\"time\" is no time");
  with(1, "\"bytes\":\"", "\"bytes\":\"!!!!");
  s.expect_refused(3, "\"bytes\" is no base64");
  with(1, "\"partition\":", "\"partition\":-");
  s.expect_refused(3, "\"partition\"");
  with(2, "\"sequence\":\"1\"", "\"sequence\":\"2\"");
  s.expect_refused(3, "line 3");
}

TEST_CASE("a record that is missing from the middle is noticed") {
  const exported_file s;
  lines all = s.read();
  all.pop_back();
  // The first half of the batch of two.
  all.erase(all.begin() + 2);
  s.write(all);
  s.expect_refused(3, "are missing");
}

TEST_CASE("a folder that is there is refused, and stays as it is") {
  const exported_file s;
  std::filesystem::create_directory(s.made);
  std::ofstream(s.made / "precious") << "mine";
  const program_end done = s.imported();
  CHECK(done.code == 2);
  CHECK(done.err.find("is there already") != std::string::npos);
  CHECK(std::filesystem::exists(s.made / "precious"));
  CHECK(run({REPRISE_PROGRAM, "import", "/nowhere.jsonl", s.made.string()}).code == 1);
}
