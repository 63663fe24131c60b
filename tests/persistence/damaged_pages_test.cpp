// SPDX-License-Identifier: Apache-2.0
//
// Bits of a store's file that flip, anywhere: in records, in the pages that hold them, in those
// that lead to them, and in those that are free. Each store is opened, read and verified in a
// process of its own, since LMDB trusts its pages. Whatever was acknowledged is there, or something
// is said.

#include "base/random.hpp"
#include "tests/persistence/child_process.hpp"
#include "tests/persistence/load_check.hpp"
#include "tests/persistence/store_scene.hpp"

#include <catch2/catch_test_macros.hpp>

#include <fstream>
#include <iterator>

namespace reprise::persistence {
namespace {

constexpr std::uint64_t page_bytes = 4096;
constexpr std::uint64_t page_header_bytes = 64;
constexpr int flips = 60;

std::string contents_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// A store that a process wrote until it was killed; returns what was acknowledged.
acknowledged written_store(const std::filesystem::path& directory) {
  acknowledged last{};
  child_process child({"load", directory.string(), "1"});
  for (int i = 0; i < 1500; ++i) {
    const auto line = child.read_line();
    REQUIRE(line.has_value());
    REQUIRE(note_acknowledged(*line, last));
  }
  child.kill();
  return last;
}

int code_of_check(const std::filesystem::path& directory, const acknowledged& last) {
  child_process child({"check", directory.string()});
  for (const std::uint64_t sequence : last) child.write_line(std::to_string(sequence));
  child.close_input();
  return child.wait();
}

}  // namespace

TEST_CASE("J-154 no flipped bit of a file goes unnoticed, nor does it take anything away unsaid") {
  const temporary_folder folder;
  const acknowledged last = written_store(folder.path() / "sound");
  const std::string sound = contents_of(folder.path() / "sound" / "journal" / "data.mdb");
  base::random random(2026);
  int noticed = 0;
  for (int i = 0; i < flips; ++i) {
    // Half of them where pages say what they are.
    std::uint64_t at = random.below(sound.size());
    if (i % 2 == 1) at = at / page_bytes * page_bytes + random.below(page_header_bytes);
    CAPTURE(i, at);
    const std::filesystem::path directory = folder.path() / "flipped";
    std::filesystem::remove_all(directory);
    std::filesystem::create_directories(directory / "journal");
    std::string flipped = sound;
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << random.below(8)));
    std::ofstream(directory / "journal" / "data.mdb", std::ios::binary) << flipped;
    const int code = code_of_check(directory, last);
    // 0: everything acknowledged is there and verified; 1: a fault was told; above: ended by a
    // signal, in a process that had nothing else to do.
    CHECK((code == 0 || code == 1 || code > 128));
    if (code != 0) ++noticed;
  }
  // Most pages of this file hold records.
  CHECK(noticed > flips / 2);
}

}  // namespace reprise::persistence
