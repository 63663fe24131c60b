// SPDX-License-Identifier: Apache-2.0
#include "persistence/written_entries.hpp"

#include <catch2/catch_test_macros.hpp>

namespace reprise::persistence {
namespace {

constexpr partition_id here{1};

bytes of_size(std::size_t size, char what) {
  bytes made(size, static_cast<std::byte>(what));
  return made;
}

}  // namespace

TEST_CASE("a written entry is taken once, and those before it are forgotten") {
  written_entries kept(2, 100);
  kept.add(here, 5, of_size(10, 'a'));
  kept.add(here, 6, of_size(10, 'b'));
  kept.add(here, 9, of_size(10, 'c'));

  CHECK(kept.take(here, 6) == of_size(10, 'b'));
  CHECK_FALSE(kept.take(here, 5).has_value());
  CHECK_FALSE(kept.take(here, 6).has_value());
  CHECK_FALSE(kept.take(here, 8).has_value());
  CHECK(kept.take(here, 9) == of_size(10, 'c'));
  CHECK_FALSE(kept.take({0}, 9).has_value());
}

TEST_CASE("written entries take no more room than given, and give it back") {
  written_entries kept(2, 25);
  kept.add(here, 1, of_size(10, 'a'));
  kept.add(here, 2, of_size(20, 'b'));  // finds no room
  kept.add({0}, 3, of_size(15, 'c'));
  kept.add({0}, 4, of_size(1, 'd'));  // nor this one

  CHECK(kept.take(here, 1) == of_size(10, 'a'));
  CHECK_FALSE(kept.take(here, 2).has_value());
  CHECK_FALSE(kept.take({0}, 4).has_value());
  kept.add(here, 5, of_size(25, 'e'));
  CHECK(kept.take(here, 5) == of_size(25, 'e'));
}

TEST_CASE("what is forgotten of written entries gives its room back") {
  written_entries kept(2, 20);
  kept.add(here, 1, of_size(10, 'a'));
  kept.add({0}, 2, of_size(10, 'b'));
  kept.forget(here);
  CHECK_FALSE(kept.take(here, 1).has_value());
  kept.add(here, 3, of_size(10, 'c'));
  CHECK(kept.take(here, 3) == of_size(10, 'c'));
  CHECK(kept.take({0}, 2) == of_size(10, 'b'));
}

}  // namespace reprise::persistence
