// SPDX-License-Identifier: Apache-2.0
#include "persistence/exchange_line.hpp"
#include "tool.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iterator>
#include <span>
#include <thread>

using namespace reprise;
using namespace reprise::test;
using ev = post::parcel_ev;
using nlohmann::json;
using persistence::record_kind;

namespace {

struct exported_store {
  written_store store;
  temporary_folder folder;
  std::filesystem::path file = folder.path() / "out.jsonl";

  exported_store() {
    store.append(parcel("p-1"), "send", 1, ev::sent{"ann", 9'007'199'254'740'993});
    store.append(parcel("p-2", "north"), "both", 2, ev::sent{"bob", 2}, ev::delayed{5, "snow"});
    store.append(shift("s-1"), "begin", 3, post::courier_shift_ev::begun{"cy"});
    store.append(parcel("p-1"), "done", 4, ev::delivered{});
    store.retire(parcel("p-1"), record_kind::deletion, 5);
    store.retire(parcel("p-2", "north"), record_kind::truncation, 6, {2});
    store.retire(shift("s-1"), record_kind::tombstone, 7);
  }

  [[nodiscard]] std::string text() const {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  [[nodiscard]] std::filesystem::path part() const { return file.string() + ".part"; }
  program_end exported(std::vector<std::string> more = {}) const {
    std::vector<std::string> command{REPRISE_PROGRAM, "--data", store.directory(), "export"};
    command.insert(command.end(), more.begin(), more.end());
    return run(command);
  }
};

// The checksum that the text's last line must carry.
std::string checksum_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    sum = persistence::chained_checksum(sum, lines[i]);
  }
  std::ostringstream out;
  out << "0x" << std::hex << std::setw(16) << std::setfill('0') << sum;
  return out.str();
}

}  // namespace

TEST_CASE("export writes a header, every kind of record in the order of time, and a trailer") {
  const exported_store s;
  const program_end done = s.exported({s.file.string()});
  CHECK(done.err.empty());
  CHECK(done.out.starts_with("Exported 8 records, "));
  REQUIRE(done.code == 0);
  CHECK_FALSE(std::filesystem::exists(s.part()));
  const std::vector<json> lines = lines_of(s.text());
  REQUIRE(lines.size() == 10);
  CHECK(lines[0]["reprise_export"] == 1);
  CHECK(lines[0]["partitions"] == written_store::partitions);
  CHECK(lines[0]["whole"] == true);
  REQUIRE(lines[0]["schemas"].size() == 2);
  CHECK(lines[0]["schemas"][0]["bundle"].get<std::string>().size() > 100);
  std::string story;
  for (std::size_t i = 1; i < 9; ++i) {
    story += lines[i]["id"].get<std::string>() + ":" + lines[i]["sequence"].get<std::string>() +
             ":" + lines[i]["event"].get<std::string>() + " ";
  }
  CHECK(story.starts_with("p-1:1:sent p-2:1:sent p-2:2:delayed s-1:1:begun p-1:2:delivered "));
  CHECK(lines[6]["kind"] == "deletion");
  CHECK(lines[7]["kind"] == "truncation");
  CHECK(lines[7]["payload"]["firstReadable"] == 2);
  CHECK(lines[8]["kind"] == "tombstone");
  CHECK(lines[9]["end"] == true);
  CHECK(lines[9]["records"] == "8");
  CHECK(lines[9]["checksum"] == checksum_of(s.text()));
}

TEST_CASE("an exported event has all that is stored of it") {
  const exported_store s;
  const json line = lines_of(s.exported({"-"}).out).at(3);
  CHECK(line["time"] == "2026-01-02T12:00:02.000000Z");
  CHECK(line["type"] == "Parcel");
  CHECK(line["tenant"] == "north");
  CHECK(line["id"] == "p-2");
  CHECK(line["kind"] == "event");
  CHECK(line["batch_index"] == 1);
  CHECK(line["event_number"] == 1);
  CHECK(line["payload"] == json::parse(R"({"minutes":5,"why":"snow"})"));
  CHECK(line["command_id"] == hex("both"));
  CHECK(line["event_id"].get<std::string>().size() == 32);
  CHECK(line["command_hash"].get<std::string>().size() == 18);
  CHECK(line["correlation_id"] == line["command_id"]);
  CHECK(line["headers"] == json::array());
  const json first = lines_of(s.exported({"-"}).out).at(1);
  CHECK(first["payload"]["weightGrams"] == "9007199254740993");
  CHECK(first["tags"] == json::parse(R"([["to","ann"]])"));
}

TEST_CASE("the payload's bytes are exported as they are stored") {
  const exported_store s;
  bytes stored;
  codec<ev::delayed>::encode({5, "snow"}, stored);
  std::string plain;
  std::uint32_t bits = 0;
  int held = 0;
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (const char c : lines_of(s.exported({"-"}).out).at(3)["bytes"].get<std::string>()) {
    if (c == '=') break;
    bits = bits << 6U | static_cast<std::uint32_t>(digits.find(c));
    if ((held += 6) >= 8) plain += static_cast<char>(bits >> (held -= 8) & 0xffU);
  }
  CHECK(std::ranges::equal(std::as_bytes(std::span(plain)), stored));
}

TEST_CASE("export takes types and an id, and says in the header that it is not the whole") {
  const exported_store s;
  const std::vector<json> shifts = lines_of(s.exported({"-", "--type", "courier_shift"}).out);
  REQUIRE(shifts.size() == 4);
  CHECK(shifts[0]["whole"] == false);
  CHECK(shifts[0]["schemas"].size() == 1);
  CHECK(shifts[1]["id"] == "s-1");
  CHECK(lines_of(s.exported({"-", "--id", "p-1"}).out).size() == 5);
  CHECK(lines_of(s.exported({"-", "--id", "p-"}).out).size() == 2);
  const program_end unknown = s.exported({"-", "--type", "boat"});
  CHECK(unknown.code == 1);
  CHECK(unknown.out.empty());
  CHECK(unknown.err.find("no type 'boat'") != std::string::npos);
}

TEST_CASE("text that is not UTF-8 is exported as base64, and the line stays JSON") {
  written_store odd;
  odd.append(parcel("p-\xff"), "send", 1, ev::sent{"ann\"\n\x01", 1});
  const std::vector<json> lines = lines_of(run(tool_on(odd.directory(), {"export", "-"})).out);
  REQUIRE(lines.size() == 3);
  CHECK(lines[1]["id"] == json::parse(R"({"base64":"cC3/"})"));
  CHECK(lines[1]["tags"][0][1] == "ann\"\n\x01");
}

TEST_CASE("a file that is there is refused, and replaced with --force") {
  const exported_store s;
  std::ofstream(s.file) << "precious\n";
  const program_end refused = s.exported({s.file.string()});
  CHECK(refused.code == 2);
  CHECK(refused.err.find("is there already") != std::string::npos);
  CHECK(s.text() == "precious\n");
  CHECK(s.exported({s.file.string(), "--force"}).code == 0);
  CHECK(lines_of(s.text()).size() == 10);
}

TEST_CASE("an export that is killed leaves nothing under its name, and the next one succeeds") {
  exported_store s;
  for (int n = 0; n < 20; ++n) {
    s.store.append(parcel("big-" + std::to_string(n)), "send", 10 + n,
                   ev::sent{std::string(60'000, 'x'), 1});
  }
  {
    // More than a megabyte at a megabyte a second, so it is still there when the signal comes.
    running_program slow(
        {REPRISE_PROGRAM, "--data", s.store.directory(), "export", s.file.string(), "--rate", "1"});
    while (!std::filesystem::exists(s.part())) std::this_thread::yield();
    slow.send(SIGKILL);
    CHECK(slow.wait().code == 128 + SIGKILL);
  }
  CHECK_FALSE(std::filesystem::exists(s.file));
  CHECK(std::filesystem::exists(s.part()));
  CHECK(s.exported({s.file.string()}).code == 0);
  CHECK_FALSE(std::filesystem::exists(s.part()));
  CHECK(lines_of(s.text()).size() == 30);
}

TEST_CASE("export of what is no store, or of no named store, makes no file") {
  const exported_store s;
  const program_end nowhere =
      run({REPRISE_PROGRAM, "--data", "/nowhere", "export", s.file.string()});
  CHECK(nowhere.code == 1);
  CHECK(nowhere.err.find("/nowhere holds no store") != std::string::npos);
  CHECK(run({REPRISE_PROGRAM, "export", s.file.string()}).code == 2);
  CHECK_FALSE(std::filesystem::exists(s.file));
  CHECK_FALSE(std::filesystem::exists(s.part()));
}
