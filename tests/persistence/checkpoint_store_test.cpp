// SPDX-License-Identifier: Apache-2.0
//
// The cases that every store of checkpoints passes, and those of stores on disk.
#include "persistence/checkpoint_codec.hpp"
#include "persistence/lmdb_checkpoint_store.hpp"
#include "persistence/memory_checkpoint_store.hpp"
#include "tests/persistence/store_scene.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace reprise::persistence {
namespace {

class in_memory {
 public:
  checkpoint_store& store() { return store_; }

 private:
  memory_checkpoint_store store_;
};

class on_disk {
 public:
  on_disk() { open(); }
  checkpoint_store& store() { return *store_; }
  void reopen() {
    store_.reset();
    open();
  }

 private:
  void open() {
    auto opened = lmdb_checkpoint_store::open(folder_.path(), std::uint64_t{1} << 30U);
    REQUIRE(opened);
    store_ = std::move(*opened);
  }

  temporary_folder folder_;
  std::unique_ptr<lmdb_checkpoint_store> store_;
};

using stores = std::tuple<in_memory, on_disk>;

checkpoint at(std::uint64_t through, std::uint64_t choice = 7) {
  return {.choice = choice, .cursors = {{{0}, {through}}, {{63}, {through + 1}}}};
}

TEMPLATE_LIST_TEST_CASE("what was saved last is loaded, each name for itself", "", stores) {
  TestType place;
  checkpoint_store& store = place.store();
  CHECK(store.load("a").value() == std::nullopt);
  REQUIRE(store.save("a", at(1)));
  REQUIRE(store.save("b", at(10)));
  REQUIRE(store.save("a", at(2, 8)));
  CHECK(store.load("a").value() == at(2, 8));
  CHECK(store.load("b").value() == at(10));
  CHECK(store.load("aa").value() == std::nullopt);
  CHECK(store.names().value() == std::vector<std::string>{"a", "b"});
}

TEMPLATE_LIST_TEST_CASE("a checkpoint that was removed is gone, and no other", "", stores) {
  TestType place;
  checkpoint_store& store = place.store();
  REQUIRE(store.save("a", at(1)));
  REQUIRE(store.save("b", at(2)));
  REQUIRE(store.remove("a"));
  REQUIRE(store.remove("a"));
  CHECK(store.load("a").value() == std::nullopt);
  CHECK(store.load("b").value() == at(2));
}

TEMPLATE_LIST_TEST_CASE("a name of 1 to 255 bytes of any value is a name", "", stores) {
  TestType place;
  checkpoint_store& store = place.store();
  CHECK(store.save("", at(1)).error().code == errc::invalid_argument);
  CHECK(store.save(std::string(256, 'x'), at(1)).error().code == errc::invalid_argument);
  for (const std::string& name : {std::string(1, '\0'), std::string(2, '\0'), std::string(7, 'y'),
                                  std::string(8, 'y'), std::string(255, '\xff')}) {
    REQUIRE(store.save(name, at(name.size())));
  }
  CHECK(store.load(std::string(1, '\0')).value() == at(1));
  CHECK(store.load(std::string(2, '\0')).value() == at(2));
  CHECK(store.load(std::string(255, '\xff')).value() == at(255));
  CHECK(store.names().value().size() == 5);
}

TEST_CASE("checkpoints on disk are there after a restart") {
  on_disk place;
  REQUIRE(place.store().save("a", at(41)));
  place.reopen();
  CHECK(place.store().load("a").value() == at(41));
}

TEST_CASE("a checkpoint is stored as its format says, and a changed bit is found") {
  bytes stored = encode_checkpoint({.choice = 0x0102, .cursors = {{{3}, {9}}}});
  REQUIRE(stored.size() == 40);
  CHECK(std::to_integer<int>(stored[8]) == 1);   // format
  CHECK(std::to_integer<int>(stored[12]) == 1);  // cursors
  CHECK(std::to_integer<int>(stored[16]) == 2);  // choice
  CHECK(std::to_integer<int>(stored[24]) == 3);  // partition
  CHECK(std::to_integer<int>(stored[32]) == 9);  // position
  CHECK(decode_checkpoint(stored).value() == checkpoint{0x0102, {{{3}, {9}}}});
  for (std::size_t i = 0; i < stored.size(); ++i) {
    bytes changed = stored;
    changed[i] ^= std::byte{1};
    CAPTURE(i);
    CHECK(decode_checkpoint(changed).error().code == errc::corrupt);
  }
  CHECK(decode_checkpoint(bytes_view(stored).first(32)).error().code == errc::corrupt);
  CHECK(decode_checkpoint({}).error().code == errc::corrupt);
}

}  // namespace
}  // namespace reprise::persistence
