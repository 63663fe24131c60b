// SPDX-License-Identifier: Apache-2.0
//
// Copies of stores: beside a process that writes, killed in the middle, and of what is damaged.

#include "persistence/lmdb_checkpoint_store.hpp"
#include "persistence/pace.hpp"
#include "tests/persistence/child_process.hpp"
#include "tests/persistence/consumed_store.hpp"
#include "tests/persistence/load_check.hpp"
#include "tests/persistence/store_scene.hpp"

#include <reprise/backup.hpp>

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <system_error>
#include <thread>

namespace reprise::persistence {
namespace {

void await_acknowledged(child_process& child, int lines, acknowledged& last) {
  for (int i = 0; i < lines; ++i) {
    const auto line = child.read_line();
    REQUIRE(line.has_value());
    REQUIRE(note_acknowledged(*line, last));
  }
}

// Every record of a partition up to `upto`, with everything that is stored of it.
std::string records_of(const read_only_store& store, std::uint32_t partition, position upto) {
  std::ostringstream text;
  const auto page = store.scan({partition}, {}, [&](const stored_record& r) {
    if (r.at > upto) return false;
    text << r.at.value << ' ' << r.id << ' ' << r.sequence.value << ' ' << r.previous.value << ' '
         << r.time.time_since_epoch().count() << ' ' << r.command_hash << ' ';
    for (const std::byte b : r.payload) text << static_cast<int>(b) << ',';
    text << '\n';
    return true;
  });
  REQUIRE(page.has_value());
  return text.str();
}

// Where copies go: beside the store.
std::filesystem::path copy_of(const store_scene& s) {
  return s.folder().parent_path() / "copy";
}

// A store that nobody has open, with one event of `acct`.
void write_one_event(store_scene& s) {
  s.open();
  REQUIRE(s.append("acct", {"e1"}).has_value());
  s.close();
}

// A copy under way that does not end by itself: a byte a second.
std::unique_ptr<child_process> begun_copy(const store_scene& s) {
  auto child = std::make_unique<child_process>(
      std::vector<std::string>{"backup", s.folder().string(), copy_of(s).string()});
  REQUIRE(child->read_line() == "copying");
  return child;
}

}  // namespace

TEST_CASE("J-160 a copy made under load is a prefix of the log with all that was acknowledged") {
  const temporary_folder folder;
  const std::filesystem::path live = folder.path() / "store";
  const std::filesystem::path copy = folder.path() / "copy";
  child_process child({"load", live.string(), "1"});
  acknowledged last{};
  await_acknowledged(child, 500, last);
  const auto done = back_up(live, copy);
  INFO((done ? "" : to_string(done.error())));
  REQUIRE(done.has_value());
  CHECK(done->records > 500);
  child.kill();
  {
    const auto source = look(live);
    const auto target = look(copy);
    for (std::uint32_t p = 0; p < target->partitions(); ++p) {
      const position upto = target->committed({p}).value();
      CHECK(records_of(*target, p, upto) == records_of(*source, p, upto));
    }
  }
  CHECK(fault_in_store(copy, durability::synced, last) == "");
}

TEST_CASE("what consumers keep is copied as it was at one moment, no newer than the log") {
  const temporary_folder folder;
  const std::filesystem::path live = folder.path() / "store";
  const std::filesystem::path back = folder.path() / "back";
  child_process child({"consume", live.string()});
  for (int i = 0; i < 20; ++i) REQUIRE(child.read_line()->starts_with("consumed"));
  for (const char* const name : {"first", "second", "third", "fourth"}) {
    const std::filesystem::path copy = folder.path() / name;
    const auto done = back_up(live, copy);
    INFO((done ? "" : to_string(done.error())));
    REQUIRE(done.has_value());
    CHECK(done->consumer_rows > 250);
    CHECK(fault_in_consumed(copy) == "");
    // So that the next copy is of another moment.
    REQUIRE(child.read_line().has_value());
  }
  child.kill();
  const auto restored = back_up(folder.path() / "fourth", back);
  REQUIRE(restored.has_value());
  CHECK(restored->consumer_rows > 250);
  CHECK(fault_in_consumed(back) == "");
}

TEST_CASE(
    "a copy that is killed among the consumers' rows does not make their file grow for ever") {
  const temporary_folder folder;
  const std::filesystem::path live = folder.path() / "store";
  child_process writer({"consume", live.string()});
  REQUIRE(writer.read_line()->starts_with("consumed"));
  writer.kill();
  const auto kept = lmdb_checkpoint_store::open(live, std::uint64_t{1} << 30U);
  REQUIRE(kept.has_value());
  {
    // A byte a second: it stays behind the checkpoints, and keeps the moment that it copies.
    child_process copying({"backup", live.string(), (folder.path() / "copy").string()});
    const auto made = folder.path() / "copy.partial" / "consumers" / "data.mdb";
    constexpr std::uintmax_t empty_file = 8192;
    std::error_code not_yet;
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(2);
    while (std::filesystem::file_size(made, not_yet) <= empty_file || not_yet) {
      if (std::chrono::steady_clock::now() > end) FAIL("nothing was copied");
      std::this_thread::yield();
    }
    copying.kill();
  }
  const auto file = live / "consumers" / "data.mdb";
  const auto before = std::filesystem::file_size(file);
  constexpr std::size_t row_bytes = std::size_t{64} << 10U;
  constexpr int commits = 600;
  for (int i = 0; i < commits; ++i) {
    const row_changes row{{bytes(8, std::byte{1}), bytes(row_bytes)}};
    REQUIRE((*kept)->rows()->commit("other.1", row, {}).has_value());
  }
  CHECK(std::filesystem::file_size(file) - before < commits * row_bytes / 2);
}

TEST_CASE("a store without consumers has none in its copy") {
  store_scene s;
  write_one_event(s);
  const auto done = back_up(s.folder(), copy_of(s));
  REQUIRE(done.has_value());
  CHECK(done->consumer_rows == 0);
  CHECK_FALSE(std::filesystem::exists(copy_of(s) / "consumers"));
}

TEST_CASE("J-151 a copy that is killed leaves nothing under its name, and the next one succeeds") {
  store_scene s;
  s.open();
  for (int i = 0; i < 20; ++i) {
    REQUIRE(s.append("acct-" + std::to_string(i), {"e" + std::to_string(i)}).has_value());
  }
  s.close();
  const std::filesystem::path copy = copy_of(s);
  begun_copy(s)->kill();
  CHECK_FALSE(std::filesystem::exists(copy));
  CHECK(std::filesystem::exists(copy.string() + ".partial"));
  const auto done = back_up(s.folder(), copy);
  REQUIRE(done.has_value());
  CHECK(done->records == 20);
  CHECK_FALSE(std::filesystem::exists(copy.string() + ".partial"));
  CHECK(history_of(*look(copy), store_scene::key("acct-7")) == "1:e7");
}

TEST_CASE("a copy goes back, and numbering goes on where the copy ends") {
  store_scene s;
  s.open();
  REQUIRE(s.append("acct", {"e1", "e2"}).has_value());
  s.close();
  const std::filesystem::path copy = copy_of(s);
  REQUIRE(back_up(s.folder(), copy).has_value());
  s.open();
  REQUIRE(s.append("acct", {"lost"}).has_value());
  s.close();
  std::filesystem::remove_all(s.folder());
  REQUIRE(back_up(copy, s.folder()).has_value());
  s.open();
  CHECK(s.history("acct") == "1:e1 2:e2");
  CHECK(s.append("acct", {"e3"}, expectation::exact({2})).has_value());
  CHECK(s.history("acct") == "1:e1 2:e2 3:e3");
}

TEST_CASE("a damaged store is not copied, and the place is named") {
  store_scene s;
  s.open();
  const std::string id = s.id_in(1, "acct");
  REQUIRE(s.append(id, {"sound-one"}).has_value());
  REQUIRE(s.append(id, {"damaged-two"}).has_value());
  s.close();
  REQUIRE(damage(s.file(), "damaged-two") > 0);
  const std::filesystem::path copy = copy_of(s);
  const auto done = back_up(s.folder(), copy);
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().code == errc::corrupt);
  CHECK(done.error().number == 2);
  CHECK_FALSE(std::filesystem::exists(copy));
  CHECK_FALSE(std::filesystem::exists(copy.string() + ".partial"));
}

TEST_CASE("a copy overwrites nothing, and what is no store is not copied") {
  store_scene s;
  write_one_event(s);
  const auto onto_itself = back_up(s.folder(), s.folder());
  REQUIRE_FALSE(onto_itself.has_value());
  CHECK(onto_itself.error().code == errc::invalid_argument);
  const auto from_nothing = back_up(s.folder() / "journal", copy_of(s));
  REQUIRE_FALSE(from_nothing.has_value());
  CHECK(from_nothing.error().code == errc::not_found);
  CHECK(history_of(*look(s.folder()), store_scene::key("acct")) == "1:e1");
}

TEST_CASE("what an unfinished copy left behind is not copied onto itself, nor lost") {
  store_scene s;
  write_one_event(s);
  const std::filesystem::path copy = copy_of(s);
  const std::filesystem::path left = copy.string() + ".partial";
  std::filesystem::rename(s.folder(), left);
  const auto done = back_up(left, copy);
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().code == errc::invalid_argument);
  CHECK(history_of(*look(left), store_scene::key("acct")) == "1:e1");
}

TEST_CASE("two copies to one place do not mix: the second is refused") {
  store_scene s;
  write_one_event(s);
  const std::filesystem::path copy = copy_of(s);
  const auto child = begun_copy(s);
  const auto done = back_up(s.folder(), copy);
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error().code == errc::locked);
  child->kill();
  CHECK(back_up(s.folder(), copy).has_value());
}

TEST_CASE("an empty folder is taken for the copy, a file is not, nor is no name") {
  store_scene s;
  write_one_event(s);
  const std::filesystem::path copy = copy_of(s);
  std::filesystem::create_directories(copy);
  REQUIRE(back_up(s.folder(), copy / "").has_value());
  CHECK(history_of(*look(copy), store_scene::key("acct")) == "1:e1");
  const std::filesystem::path file = s.folder().parent_path() / "file";
  std::ofstream(file) << "";
  for (const std::filesystem::path& to : {file, std::filesystem::path()}) {
    const auto refused = back_up(s.folder(), to);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == errc::invalid_argument);
  }
}

TEST_CASE("a pace pauses for what was done too early") {
  using std::chrono::milliseconds;
  pace slow(1000);
  CHECK(slow.pause_after(500, milliseconds(0)) == milliseconds(500));
  CHECK(slow.pause_after(500, milliseconds(700)) == milliseconds(300));
  CHECK(slow.pause_after(100, milliseconds(2000)) == milliseconds(0));
  pace unlimited(0);
  CHECK(unlimited.pause_after(std::uint64_t{1} << 40U, milliseconds(0)) == milliseconds(0));
}

}  // namespace reprise::persistence
