// SPDX-License-Identifier: Apache-2.0
//
// The cases that every store of rows passes, and those of stores on disk.
#include "persistence/lmdb_checkpoint_store.hpp"
#include "persistence/memory_row_store.hpp"
#include "tests/persistence/store_scene.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace reprise::persistence {
namespace {

class in_memory {
 public:
  row_store& store() { return store_; }
  void reopen() {}

 private:
  memory_row_store store_;
};

class on_disk {
 public:
  on_disk() { open(); }
  row_store& store() { return *rows_; }
  void reopen() {
    rows_.reset();
    checkpoints_.reset();
    open();
  }

 private:
  void open() {
    auto opened = lmdb_checkpoint_store::open(folder_.path(), std::uint64_t{1} << 30U);
    REQUIRE(opened);
    checkpoints_ = std::move(*opened);
    rows_ = checkpoints_->rows();
  }

  temporary_folder folder_;
  std::unique_ptr<lmdb_checkpoint_store> checkpoints_;
  std::unique_ptr<row_store> rows_;
};

using stores = std::tuple<in_memory, on_disk>;

/// A key of 8 bytes.
bytes key(unsigned char first, unsigned char second = 0) {
  bytes k(8);
  k[0] = static_cast<std::byte>(first);
  k[1] = static_cast<std::byte>(second);
  return k;
}

bytes value(const std::string& text) {
  const auto all = std::as_bytes(std::span(text));
  return {all.begin(), all.end()};
}

std::string text_of(bytes_view value) {
  std::string text;
  for (const std::byte b : value) text += static_cast<char>(b);
  return text;
}

checkpoint at(std::uint64_t through) {
  return {.cursors = {{{0}, {through}}}};
}

/// `1.2=text` of all rows between two keys.
std::vector<std::string> rows_of(const row_snapshot& rows, const bytes& from = key(1),
                                 const bytes& below = key(255)) {
  std::vector<std::string> out;
  REQUIRE(rows.scan(from, below, [&](bytes_view k, bytes_view v) {
    out.push_back(std::to_string(std::to_integer<int>(k[0])) + "." +
                  std::to_string(std::to_integer<int>(k[1])) + "=" + text_of(v));
    return true;
  }));
  return out;
}

std::unique_ptr<row_snapshot> look(const row_store& store, const std::string& projection) {
  auto read = store.read(projection);
  REQUIRE(read);
  return std::move(*read);
}

using listed = std::vector<std::string>;

TEMPLATE_LIST_TEST_CASE("rows and checkpoint are there together, each projection's for itself", "",
                        stores) {
  TestType place;
  row_store& store = place.store();
  CHECK(look(store, "a")->taken_at().value() == std::nullopt);
  REQUIRE(store.commit("a", {{key(1), value("one")}, {key(2), value("")}}, at(3)));
  REQUIRE(store.commit("ab", {{key(1), value("other")}}, at(9)));
  REQUIRE(store.commit("a", {{key(1, 1), value("between")}, {key(1), value("changed")}}, at(4)));
  const auto rows = look(store, "a");
  CHECK(rows_of(*rows) == listed{"1.0=changed", "1.1=between", "2.0="});
  CHECK(rows->taken_at().value() == at(4));
  CHECK(rows->get(key(1)).value() == value("changed"));
  CHECK(rows->get(key(3)).value() == std::nullopt);
  CHECK(rows_of(*look(store, "ab")) == listed{"1.0=other"});
  CHECK(store.names().value() == listed{"a", "ab"});
}

TEMPLATE_LIST_TEST_CASE("rows are read in order between two keys, until the reader has enough", "",
                        stores) {
  TestType place;
  row_changes many;
  for (int i = 1; i <= 9; ++i) many.emplace(key(static_cast<unsigned char>(i)), value("x"));
  REQUIRE(place.store().commit("a", many, at(1)));
  const auto rows = look(place.store(), "a");
  CHECK(rows_of(*rows, key(3), key(6)) == listed{"3.0=x", "4.0=x", "5.0=x"});
  int seen = 0;
  REQUIRE(rows->scan(key(1), key(255), [&](bytes_view, bytes_view) { return ++seen < 4; }));
  CHECK(seen == 4);
}

TEMPLATE_LIST_TEST_CASE("a row that was removed is gone, and one that never was is no error", "",
                        stores) {
  TestType place;
  REQUIRE(place.store().commit("a", {{key(1), value("x")}, {key(2), value("y")}}, at(1)));
  REQUIRE(place.store().commit("a", {{key(1), std::nullopt}, {key(7), std::nullopt}}, at(2)));
  CHECK(rows_of(*look(place.store(), "a")) == listed{"2.0=y"});
}

TEMPLATE_LIST_TEST_CASE("P-046 a snapshot shows one moment, whatever is committed meanwhile", "",
                        stores) {
  TestType place;
  REQUIRE(place.store().commit("a", {{key(1), value("before")}}, at(1)));
  const auto rows = look(place.store(), "a");
  REQUIRE(place.store().commit("a", {{key(1), value("after")}, {key(2), value("new")}}, at(2)));
  CHECK(rows_of(*rows) == listed{"1.0=before"});
  CHECK(rows->taken_at().value() == at(1));
  CHECK(rows_of(*look(place.store(), "a")) == listed{"1.0=after", "2.0=new"});
}

TEMPLATE_LIST_TEST_CASE("P-080 a projection that is removed leaves the others as they are", "",
                        stores) {
  TestType place;
  row_changes many;
  for (int i = 1; i <= 99; ++i) many.emplace(key(5, static_cast<unsigned char>(i)), value("x"));
  REQUIRE(place.store().commit("a.1", many, at(1)));
  REQUIRE(place.store().commit("a.10", {{key(1), value("ten")}}, at(10)));
  REQUIRE(place.store().commit("a.2", {{key(1), value("two")}}, at(2)));
  REQUIRE(place.store().remove("a.1"));
  REQUIRE(place.store().remove("never was"));
  CHECK(place.store().names().value() == listed{"a.10", "a.2"});
  CHECK(look(place.store(), "a.1")->taken_at().value() == std::nullopt);
  CHECK(rows_of(*look(place.store(), "a.1")).empty());
  CHECK(rows_of(*look(place.store(), "a.10")) == listed{"1.0=ten"});
}

TEMPLATE_LIST_TEST_CASE("a key that is too long, empty or uneven is refused, and nothing changes",
                        "", stores) {
  TestType place;
  row_store& store = place.store();
  REQUIRE(store.commit("a", {{key(1), value("x")}}, at(1)));
  const bytes longest(row_key_bytes_max, std::byte{1});
  const bytes longer(row_key_bytes_max + 8, std::byte{1});
  for (const bytes& wrong : {longer, bytes{}, bytes(7, std::byte{1}), bytes(8)}) {
    CHECK(store.commit("a", {{key(2), value("y")}, {wrong, value("z")}}, at(2)).error().code ==
          errc::too_large);
  }
  CHECK(rows_of(*look(store, "a")) == listed{"1.0=x"});
  CHECK(look(store, "a")->taken_at().value() == at(1));
  CHECK(store.commit(std::string(255, 'n'), {{longest, value("y")}}, at(2)));
  CHECK(store.commit("", {}, at(2)).error().code == errc::invalid_argument);
}

TEST_CASE("rows on disk are there after a reopen") {
  on_disk place;
  REQUIRE(place.store().commit("a", {{key(1), value("x")}}, at(1)));
  place.reopen();
  CHECK(rows_of(*look(place.store(), "a")) == listed{"1.0=x"});
  CHECK(look(place.store(), "a")->taken_at().value() == at(1));
}

}  // namespace
}  // namespace reprise::persistence
