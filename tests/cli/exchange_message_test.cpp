// SPDX-License-Identifier: Apache-2.0
//
// Exports as messages of Cap'n Proto: what is in them, what reads them, and what is refused.
#include "persistence/exchange_message.hpp"

#include "messages/little_endian.hpp"
#include "persistence/exchange_reader.hpp"
#include "tool.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

using namespace reprise;
using namespace reprise::test;
using ev = post::parcel_ev;
using persistence::exchange_reader;
using persistence::record_kind;

namespace {

using lines = std::vector<std::string>;

struct exported_messages {
  written_store store;
  temporary_folder folder;
  std::filesystem::path file = folder.path() / "out.capnp";
  std::filesystem::path made = folder.path() / "made";

  exported_messages() {
    store.append(parcel("p-1"), "send", 1, ev::sent{"ann", 1});
    store.append(parcel("p-2", "north"), "both", 2, ev::sent{"bob", 2}, ev::delayed{5, "snow"});
    store.append(shift("s-1"), "begin", 3, post::courier_shift_ev::begun{"cy"});
    store.append(parcel("p-3"), {stored(ev::sent{std::string(1'500, 'x'), 1})}, "long", 3, {},
                 {{"shop", "web"}, {"shop", "\xff"}});
    store.append(parcel("p-\xff"), "odd", 4, ev::sent{"ann\"\n\x01", 1});
    store.retire(parcel("p-1"), record_kind::deletion, 5);
    store.append(parcel("p-1"), "again", 6, ev::sent{"dan", 3});
    store.retire(parcel("p-2", "north"), record_kind::truncation, 7, {2});
    store.retire(shift("s-1"), record_kind::tombstone, 8);
    exported({});
  }
  void exported(const lines& more) const {
    lines command{REPRISE_PROGRAM, "--data",   store.directory(), "export",
                  file.string(),   "--format", "capnp",           "--force"};
    command.insert(command.end(), more.begin(), more.end());
    const program_end done = run(command);
    CAPTURE(done.err);
    REQUIRE(done.code == 0);
  }
  [[nodiscard]] std::string read() const {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& content) const {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
  }
  /// Why it makes no store, and `opened` where it does.
  [[nodiscard]] error refusal() const {
    const auto opened = exchange_reader::open(file);
    return opened ? error{errc::invalid_argument, "opened"} : opened.error();
  }
  [[nodiscard]] program_end imported() const {
    return run({REPRISE_PROGRAM, "import", file.string(), made.string()});
  }
};

// The records of a store as another export says them; the other lines speak of the store's id.
lines told_of(const std::string& directory) {
  lines all;
  std::istringstream in(run(tool_on(directory, {"export", "-"})).out);
  for (std::string line; std::getline(in, line);) all.push_back(line);
  REQUIRE(all.size() > 2);
  return {all.begin() + 1, all.end() - 1};
}

// Where each message begins, and where the last one ends.
std::vector<std::size_t> bounds_of(const std::string& content) {
  std::vector<std::size_t> out{0};
  while (out.back() < content.size()) {
    const auto size =
        persistence::segment_bytes(std::string_view(content).substr(out.back(), 8)).value();
    out.push_back(out.back() + persistence::framing_bytes + size);
  }
  return out;
}

std::string words(std::span<const std::uint64_t> all) {
  std::string out(all.size() * 8, '\0');
  for (std::size_t i = 0; i < all.size(); ++i) {
    messages::store(reinterpret_cast<std::byte*>(out.data() + i * 8), all[i]);
  }
  return out;
}

std::uint64_t word(std::uint32_t low, std::uint32_t high) {
  return std::uint64_t{high} << 32U | low;
}

// What `capnp decode` makes of a file.
program_end decoded(const std::filesystem::path& file) {
  const std::string capnp = REPRISE_CAPNP;
  const std::string schema = REPRISE_SCHEMA_PATH "/reprise/exchange.capnp";
  return run(
      {"/bin/sh", "-c",
       "exec '" + capnp + "' decode --short '" + schema + "' Message < '" + file.string() + "'"});
}

}  // namespace

TEST_CASE("both forms of an export make stores that are equal to the one they are of") {
  const exported_messages s;
  const program_end done = s.imported();
  CAPTURE(done.err);
  REQUIRE(done.code == 0);
  CHECK(done.out == "Imported 10 records into " + s.made.string() + ".\n");
  CHECK(told_of(s.made.string()) == told_of(s.store.directory()));
  CHECK(run(tool_on(s.made.string(), {"verify"})).code == 0);

  const std::string text = (s.folder.path() / "out.jsonl").string();
  const std::string other = (s.folder.path() / "other").string();
  REQUIRE(run(tool_on(s.store.directory(), {"export", text})).code == 0);
  REQUIRE(run({REPRISE_PROGRAM, "import", text, other}).code == 0);
  CHECK(told_of(other) == told_of(s.made.string()));

  // The two have other ids; what is behind the header is the same to the byte but for checksums.
  const std::string again = (s.folder.path() / "again.capnp").string();
  REQUIRE(run(tool_on(s.made.string(), {"export", again, "--format", "capnp"})).code == 0);
  CHECK(std::filesystem::file_size(again) == std::filesystem::file_size(s.file));
}

TEST_CASE("capnp decode shows an export of messages with nothing but its schema") {
  const exported_messages s;
  const program_end shown = decoded(s.file);
  CAPTURE(shown.err);
  REQUIRE(shown.code == 0);
  const std::string& out = shown.out;
  CHECK(out.find("format = 1") != std::string::npos);
  CHECK(out.find("type = \"Parcel\"") != std::string::npos);
  CHECK(out.find("tenant = \"north\", id = \"p-2\"") != std::string::npos);
  CHECK(out.find("event = \"delayed\"") != std::string::npos);
  CHECK(out.find("kind = truncation") != std::string::npos);
  CHECK(out.find("firstReadable = 2") != std::string::npos);
  CHECK(out.find("trailer = (records = 10)") != std::string::npos);
}

TEST_CASE("messages go to standard output too, and hold what was asked for") {
  const exported_messages s;
  const program_end done =
      run(tool_on(s.store.directory(), {"export", "-", "--format", "capnp", "--id", "p-1"}));
  REQUIRE(done.code == 0);
  s.write(done.out);
  const auto opened = exchange_reader::open(s.file);
  REQUIRE(opened.has_value());
  CHECK((*opened)->records() == 3);
  CHECK_FALSE((*opened)->whole());
  const auto first = (*opened)->next();
  REQUIRE(first.has_value());
  REQUIRE(first->has_value());
  CHECK((*first)->aggregate.id == "p-1");
  CHECK((*first)->where == "message 2");
  const program_end odd =
      run(tool_on(s.store.directory(), {"export", "-", "--format", "protobuf"}));
  CHECK(odd.code == 2);
}

TEST_CASE("a file of messages that was cut anywhere makes no store, and the place is named") {
  const exported_messages s;
  const std::string whole = s.read();
  const std::vector<std::size_t> bounds = bounds_of(whole);
  REQUIRE(bounds.size() == 13);
  std::vector<std::size_t> cuts;
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
    const std::size_t middle = (bounds[i] + bounds[i + 1]) / 2;
    for (const std::size_t at : {bounds[i], bounds[i] + 4, bounds[i] + 8, middle}) {
      if (at > 0) cuts.push_back(at);
    }
  }
  for (const std::size_t at : cuts) {
    s.write(whole.substr(0, at));
    const error why = s.refusal();
    CAPTURE(at, why.message);
    CHECK(why.code == errc::corrupt);
    CHECK(why.message.find("the file was cut") != std::string::npos);
    CHECK(why.message.find(": message ") != std::string::npos);
  }
  s.write(whole.substr(0, bounds[3]));
  const program_end refused = s.imported();
  CHECK(refused.code == 3);
  CHECK(refused.err.find("message 4 at byte " + std::to_string(bounds[3])) != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(s.made));
}

TEST_CASE("a byte that was changed anywhere is noticed at its message or the one behind it") {
  const exported_messages s;
  const std::string whole = s.read();
  const std::vector<std::size_t> bounds = bounds_of(whole);
  std::size_t message = 1;
  for (std::size_t at = 8; at < whole.size(); ++at) {
    while (at >= bounds[message]) ++message;
    // The header is long; all of the others.
    if (message == 1 && at > 200 && at % 97 != 0) continue;
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ (1 << at % 8));
    s.write(changed);
    const error why = s.refusal();
    CAPTURE(at, message, why.message);
    CHECK(why.message != "opened");
    const auto names = [&](std::size_t n) {
      return why.message.find("message " + std::to_string(n) + " at byte") != std::string::npos;
    };
    // What says how long it is may make the rest of the file look like anything.
    if (at >= bounds[message - 1] + persistence::framing_bytes) {
      CHECK((names(message) || names(message + 1)));
    }
  }
}

TEST_CASE("messages that are missing, twice there, or behind the trailer are noticed") {
  const exported_messages s;
  const std::string whole = s.read();
  const std::vector<std::size_t> bounds = bounds_of(whole);
  const auto message = [&](std::size_t n) {
    return whole.substr(bounds[n - 1], bounds[n] - bounds[n - 1]);
  };
  s.write(whole.substr(0, bounds[2]) + whole.substr(bounds[3]));
  CHECK(s.refusal().message.find("message 3 ") != std::string::npos);
  s.write(whole.substr(0, bounds[3]) + message(3) + whole.substr(bounds[3]));
  CHECK(s.refusal().message.find("message 4 ") != std::string::npos);
  s.write(whole + message(2));
  CHECK(s.refusal().message.find("something comes behind the trailer") != std::string::npos);
  s.write(whole.substr(bounds[1]));
  CHECK(s.refusal().code == errc::malformed);
}

TEST_CASE("a file that claims to be large costs no more than it has") {
  const exported_messages s;
  const auto refuses = [&](std::vector<std::uint64_t> all, const std::string& what) {
    s.write(words(all));
    const error why = s.refusal();
    CAPTURE(why.message);
    CHECK(why.code == errc::malformed);
    CHECK(why.message.find(what) != std::string::npos);
  };
  // The framing says 32 GiB, 16 MiB, nothing, and several segments.
  refuses({word(0, 0xffffffffU), 0}, "are allowed");
  refuses({word(0, 2U << 20U), 0}, "are allowed");
  refuses({word(0, 0)}, "are allowed");
  refuses({word(0x100, 1), 0, 0}, "one segment");
  // A header whose list has 500 million schemas of no size.
  const std::uint32_t many = (1U << 29U) - 1;
  const std::array<std::uint64_t, 10> bomb{
      word(0, 9), word(0, 2 | 1U << 16U), 0, 0, word(0, 2 | 2U << 16U), word(1, 1), 1, 0,
      word(1, 7), word(many << 2U, 0)};
  refuses({bomb.begin(), bomb.end()}, "not a Cap'n Proto message");
}

TEST_CASE("a version that is not known is named") {
  const exported_messages s;
  auto header = persistence::header_message({.partitions = 1}, {}, true);
  std::get<persistence::wire::message_case::header>(header.choice).value.format = 2;
  s.write(persistence::framed(header).value());
  CHECK(s.refusal().code == errc::incompatible);
  CHECK(s.refusal().message.find("has format 2") != std::string::npos);
}

TEST_CASE("what a message cannot hold is not written") {
  persistence::stored_record large;
  const bytes payload(std::size_t{9} << 20U);
  large.payload = payload;
  const auto refused = persistence::framed(persistence::record_message(large, {}));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::too_large);
}

TEST_CASE("truncate archives messages, which make a store of what is hidden") {
  written_store store;
  std::vector<receipt> at;
  for (int n = 1; n <= 4; ++n) {
    at.push_back(store.append(parcel("p-1"), std::to_string(n), n,
                              ev::sent{"ann", static_cast<std::uint64_t>(n)}));
    if (n >= 3) store.save(parcel("p-1"), at.back(), {});
  }
  store.close();
  const temporary_folder folder;
  const std::string archive = (folder.path() / "old.capnp").string();
  const auto done = lines_of(tool(store, {"--json", "truncate", "--type", "Parcel", "--keep-events",
                                          "1", "--archive", archive, "--format", "capnp"})
                                 .out);
  REQUIRE(done.size() == 1);
  const std::string made = (folder.path() / "made").string();
  REQUIRE(run({REPRISE_PROGRAM, "import", archive, made}).code == 0);
  const auto hidden = lines_of(run(tool_on(made, {"--json", "log", "parcel", "p-1"})).out);
  CHECK(hidden.size() == done[0].at("events_hidden"));
  REQUIRE(hidden.size() >= 2);
  CHECK(hidden[1]["sequence"] == 2);
}
