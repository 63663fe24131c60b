// SPDX-License-Identifier: Apache-2.0
//
// Full and damaged files. For journals on disk.

#include "tests/persistence/conformance/scene.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace reprise::persistence::conformance {
namespace {

files_on_disk& files_of(scene& s) {
  files_on_disk* const found = s.world().files();
  REQUIRE(found != nullptr);
  return *found;
}

/// Changes one bit of every copy of `text` in the file; says how many there were. Pages that the
/// store no longer uses may hold copies too.
std::size_t damage(const std::filesystem::path& file, std::string_view text) {
  std::ifstream in(file, std::ios::binary);
  std::string all{std::istreambuf_iterator<char>(in), {}};
  in.close();
  std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
  std::size_t copies = 0;
  for (auto at = all.find(text); at != std::string::npos; at = all.find(text, at + 1)) {
    out.seekp(static_cast<std::streamoff>(at));
    out.put(static_cast<char>(all[at] ^ 1));
    ++copies;
  }
  REQUIRE(out.good());
  return copies;
}

bytes big_payload() {
  return bytes(std::size_t{1} << 18U, std::byte{0x5a});
}

/// Appends big events until the store is full; says how many were stored.
std::uint64_t fill(scene& s, const who& aggregate) {
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const new_event big = event("e" + std::to_string(i + 1), big_payload());
    const outcome o = s.append(aggregate, {big}).expecting(exact(i));
    if (o == refused(errc::disk_full)) return i;
    REQUIRE(o == stored(i + 1));
  }
  FAIL("the store never became full");
  return 0;
}

constexpr std::uint64_t small_store = std::uint64_t{8} << 20U;

}  // namespace

TEST_CASE("J-146 a full store refuses big and small and keeps what it has", "[disk]") {
  scene s({.store_bytes_max = small_store});
  s.append_one_by_one("early", {"one", "two"});
  const std::uint64_t count = fill(s, "big");
  REQUIRE(count > 1);
  const std::uint64_t end = s.committed();
  CHECK(end == count + 2);
  // Small ones may not slip past the big ones and starve them.
  CHECK(s.append("small", {"tiny"}).expecting(none()) == refused(errc::disk_full));
  CHECK(s.committed() == end);
  CHECK(s.head("big").last.value == count);
  CHECK(s.history("early") == "1:one 2:two");
  CHECK(s.read("big").records.size() == count);
  CHECK(s.history("small") == "not_found");
  s.reopen();
  CHECK(s.committed() == end);
  CHECK(s.read("big").records.size() == count);
}

TEST_CASE("J-152 a full store refuses the append and goes on when there is room", "[disk]") {
  scene s({.store_bytes_max = small_store});
  const std::uint64_t count = fill(s, "big");
  const aggregate_head before = s.head("big");
  CHECK(s.append("big", {event("x", big_payload())}).expecting(exact(count)) ==
        refused(errc::disk_full));
  CHECK(s.head("big") == before);
  CHECK(s.read("big").records.size() == count);
  s.reopen({.store_bytes_max = 4 * small_store});
  CHECK(s.head("big") == before);
  CHECK(s.append("big", {event("x", big_payload())}).expecting(exact(count)) == stored(count + 1));
  CHECK(s.committed() == count + 1);
}

TEST_CASE("J-154 a changed bit is found and stops that partition only", "[disk]") {
  scene s({.partitions = 2});
  const std::string hurt = s.id_in(0, "hurt");
  const std::string well = s.id_in(1, "well");
  s.append_one_by_one(hurt, {"good-1", "the-damaged-one", "good-3"});
  s.append_one_by_one(well, {"w1", "w2"});
  s.world().close();
  REQUIRE(damage(files_of(s).journal_file(), "the-damaged-one") > 0);
  REQUIRE(s.world().open({.partitions = 2}).has_value());

  for (const direction order : {direction::forward, direction::backward}) {
    const reading read = s.read(hurt, {.order = order});
    REQUIRE_FALSE(read.page.has_value());
    CHECK(read.page.error().code == errc::corrupt);
    CHECK(read.page.error().number == 2);
    for (const seen_record& r : read.records) CHECK(r.name().starts_with("good"));
  }
  const scanning scan = s.scan();
  REQUIRE_FALSE(scan.page.has_value());
  CHECK(scan.page.error().code == errc::corrupt);
  CHECK(scan.page.error().number == 2);
  for (const seen_record& r : scan.records) CHECK(r.name() == "good-1");
  CHECK(s.append(hurt, {"good-4"}).expecting(exact(3)) == refused(errc::corrupt) + " 2");

  CHECK(s.history(well) == "1:w1 2:w2");
  CHECK(s.append(well, {"w3"}).expecting(exact(2)) == stored(3));
}

TEST_CASE("J-155 a file that lost its end is refused when it is opened", "[disk]") {
  scene s;
  for (std::uint64_t i = 0; i < 8; ++i) {
    const new_event big = event("e" + std::to_string(i), big_payload());
    REQUIRE(s.append("acct-7", {big}).expecting(exact(i)) == stored(i + 1));
  }
  s.world().close();
  const auto file = files_of(s).journal_file();
  const auto size = std::filesystem::file_size(file);
  std::filesystem::resize_file(file, size / 2 / 4096 * 4096);
  const result<void> opened = s.world().open({});
  REQUIRE_FALSE(opened.has_value());
  INFO(to_string(opened.error()));
  CHECK(opened.error().code == errc::corrupt);
  CHECK_FALSE(opened.error().message.empty());
}

TEST_CASE("J-170 a damaged snapshot falls back to the next older one", "[disk]") {
  scene s;
  const auto with = [](std::uint64_t at, std::string_view state) {
    const auto view = std::as_bytes(std::span(state.data(), state.size()));
    return snapshot{.at = {at}, .place = {at}, .state = bytes(view.begin(), view.end())};
  };
  const snapshot older = with(10, "state-of-the-older-snapshot");
  const snapshot newer = with(20, "state-of-the-newer-snapshot");
  REQUIRE(s.snapshots().save(who("acct-7").key, older, 0).has_value());
  REQUIRE(s.snapshots().save(who("acct-7").key, newer, 0).has_value());
  s.world().close();
  REQUIRE(damage(files_of(s).snapshot_file(), "state-of-the-newer-snapshot") > 0);
  REQUIRE(s.world().open({}).has_value());
  auto loaded = s.snapshots().load(who("acct-7").key, {});
  REQUIRE(loaded.has_value());
  CHECK(*loaded == older);
  CHECK(s.snapshots().damaged() > 0);

  s.world().close();
  REQUIRE(damage(files_of(s).snapshot_file(), "state-of-the-older-snapshot") > 0);
  REQUIRE(s.world().open({}).has_value());
  loaded = s.snapshots().load(who("acct-7").key, {});
  REQUIRE(loaded.has_value());
  CHECK_FALSE(loaded->has_value());
}

}  // namespace reprise::persistence::conformance
