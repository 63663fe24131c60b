// SPDX-License-Identifier: Apache-2.0
//
// Opening a store again: with what was saved, without it, and with what is damaged or unknown.

#include "persistence/recovery.hpp"

#include "messages/little_endian.hpp"
#include "persistence/read_only_store.hpp"
#include "tests/persistence/store_scene.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <functional>

namespace reprise::persistence {
namespace {

// Opens the files of a closed store behind its back.
void tamper(const std::filesystem::path& folder,
            const std::function<void(lmdb_write&, const store_tables&)>& change) {
  auto environment = lmdb_environment::open(
      {.directory = folder / "journal", .map_size_bytes = std::uint64_t{1} << 30U});
  REQUIRE(environment.has_value());
  store_tables tables;
  const auto meta = open_tables(**environment, {}, tables);
  REQUIRE(meta.has_value());
  auto transaction = lmdb_write::begin(**environment);
  REQUIRE(transaction.has_value());
  change(*transaction, tables);
  REQUIRE(transaction->commit().has_value());
}

bytes copy_of_row(lmdb_write& transaction, MDB_dbi table, MDB_cursor_op which, bytes& key) {
  auto cursor = lmdb_cursor::open(transaction.handle(), table);
  REQUIRE(cursor.has_value());
  const auto row = cursor->move(which);
  REQUIRE(row.has_value());
  REQUIRE(row->has_value());
  key.assign((*row)->key.begin(), (*row)->key.end());
  return {(*row)->value.begin(), (*row)->value.end()};
}

// Changes one byte of a row.
void flip(lmdb_write& transaction, MDB_dbi table, MDB_cursor_op which, std::size_t offset) {
  bytes key;
  bytes value = copy_of_row(transaction, table, which, key);
  REQUIRE(offset < value.size());
  value[offset] ^= std::byte{1};
  REQUIRE(transaction.put(table, key, value).has_value());
}

bool all_saved(const std::filesystem::path& folder) {
  bool saved = false;
  tamper(folder, [&](lmdb_write& transaction, const store_tables& tables) {
    bytes key;
    const bytes last = copy_of_row(transaction, tables.log, MDB_LAST, key);
    MDB_val name{8, const_cast<char*>("indexed")};
    MDB_val value{};
    REQUIRE(mdb_get(transaction.handle(), tables.meta, &name, &value) == 0);
    const auto upto =
        messages::load<std::uint64_t>(static_cast<const std::byte*>(value.mv_data) + 8);
    saved = upto == messages::load<std::uint64_t>(key.data());
  });
  return saved;
}

}  // namespace

TEST_CASE("closing saves heads and places, so that opening has nothing to fold") {
  store_scene s;
  s.open();
  for (int i = 0; i < 100; ++i) {
    REQUIRE(s.append("acct-" + std::to_string(i), {"e1", "e2"}).has_value());
  }
  s.close();
  CHECK(all_saved(s.folder()));
}

TEST_CASE("a store larger than many checkpoints is the same after each restart") {
  store_scene s(1);
  s.options.checkpoint_records = 400;
  s.open();
  // One entry for each append, so that places fill several rows of their table.
  constexpr std::uint64_t appends = 2 * places_per_row + 100;
  for (std::uint64_t i = 0; i < appends; ++i) {
    const std::string id = "acct-" + std::to_string(i % 50);
    REQUIRE(s.append(id, {"e" + std::to_string(i)}).has_value());
  }
  CHECK(s.count("journal.checkpoints") >= 2);
  for (std::uint64_t restart = 0; restart < 3; ++restart) {
    CAPTURE(restart);
    std::uint64_t seen = 0;
    const auto page =
        s.log().scan({0}, {}, [&](const stored_record& r) { return r.at.value == ++seen; });
    REQUIRE(page.has_value());
    CHECK(page->end);
    CHECK(seen == appends + restart);
    CHECK(s.history("acct-7").starts_with("1:e7 2:e57 3:e107 "));
    s.reopen();
    REQUIRE(s.append("acct-0", {"r" + std::to_string(restart)}).has_value());
  }
  s.close();
  const auto store = read_only_store::open(s.folder());
  REQUIRE(store.has_value());
  const auto report = (*store)->verify({});
  REQUIRE(report.has_value());
  CHECK(report->damages.empty());
}

TEST_CASE("heads are saved about as often as all of them were written once") {
  store_scene s(1);
  s.options.checkpoint_records = 100;
  s.open();
  int event = 0;
  const auto write_all = [&](int times) {
    for (int i = 0; i < times * 300; ++i) {
      const std::string name = "e" + std::to_string(++event);
      REQUIRE(s.append("acct-" + std::to_string(i % 300), {name}).has_value());
    }
  };
  write_all(1);
  const std::uint64_t before = s.count("journal.checkpoints");
  write_all(4);
  s.close();
  // One after each 300 records, and what closing saves.
  const std::uint64_t written = s.count("journal.checkpoints") - before;
  CHECK(written >= 4);
  CHECK(written <= 6);
}

TEST_CASE("heads or places that are damaged are made anew from the log") {
  store_scene s;
  s.open();
  for (int i = 0; i < 20; ++i) {
    REQUIRE(s.append("acct-" + std::to_string(i), {"e1", "e2"}).has_value());
  }
  const std::string before = s.history("acct-7");
  s.close();

  SECTION("a head with a changed byte") {
    tamper(s.folder(),
           [](lmdb_write& t, const store_tables& tables) { flip(t, tables.heads, MDB_FIRST, 16); });
  }
  SECTION("a place with a changed byte") {
    tamper(s.folder(), [](lmdb_write& t, const store_tables& tables) {
      flip(t, tables.places, MDB_LAST, 8 + 8);
    });
  }
  SECTION("the last place") {
    tamper(s.folder(), [](lmdb_write& t, const store_tables& tables) {
      bytes key;
      const bytes row = copy_of_row(t, tables.places, MDB_FIRST, key);
      flip(t, tables.places, MDB_FIRST, row.size() - 16);
    });
  }
  SECTION("how far it is saved") {
    tamper(s.folder(),
           [](lmdb_write& t, const store_tables& tables) { flip(t, tables.meta, MDB_FIRST, 8); });
  }
  SECTION("heads that are not there") {
    tamper(s.folder(), [](lmdb_write& t, const store_tables& tables) {
      REQUIRE(mdb_drop(t.handle(), tables.heads, 0) == 0);
      REQUIRE(write_indexed_upto(t, tables, 0).has_value());
    });
  }
  s.open();
  CHECK(s.history("acct-7") == before);
  CHECK(s.append("acct-7", {"e3"}, expectation::exact({2})).has_value());
  s.reopen();
  CHECK(s.history("acct-7") == "1:e1 2:e2 3:e3");
}

TEST_CASE("damage at the end of the log stops its partition when the store is opened") {
  store_scene s;
  s.open();
  const std::string hurt = s.id_in(0, "hurt");
  const std::string well = s.id_in(1, "well");
  REQUIRE(s.append(hurt, {"e1"}).has_value());
  REQUIRE(s.append(hurt, {"e2"}).has_value());
  REQUIRE(s.append(well, {"w1"}).has_value());
  s.close();
  const bool header = GENERATE(false, true);
  tamper(s.folder(), [&](lmdb_write& t, const store_tables& tables) {
    // As after a crash before anything was saved.
    REQUIRE(mdb_drop(t.handle(), tables.heads, 0) == 0);
    REQUIRE(mdb_drop(t.handle(), tables.places, 0) == 0);
    REQUIRE(write_indexed_upto(t, tables, 0).has_value());
    const std::uint64_t second = 2;
    MDB_val key{sizeof second, const_cast<std::uint64_t*>(&second)};
    MDB_val value{};
    REQUIRE(mdb_get(t.handle(), tables.log, &key, &value) == 0);
    const auto* const begin = static_cast<const std::byte*>(value.mv_data);
    bytes entry(begin, begin + value.mv_size);
    // The term in the header, or the record's sequence.
    entry[header ? 48 : 64 + 24] ^= std::byte{1};
    REQUIRE(t.put(tables.log, log_key(second), entry).has_value());
  });
  s.open();
  const auto refused = s.append(hurt, {"e3"});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::corrupt);
  CHECK(refused.error().number == 2);
  CHECK(s.append(well, {"w2"}).has_value());
  CHECK(s.history(well) == "1:w1 2:w2");
}

TEST_CASE("an entry that cannot be told to be any partition's stops the open") {
  store_scene s;
  s.open();
  REQUIRE(s.append("acct", {"e1"}).has_value());
  s.close();
  tamper(s.folder(), [](lmdb_write& t, const store_tables& tables) {
    REQUIRE(write_indexed_upto(t, tables, 0).has_value());
    flip(t, tables.log, MDB_FIRST, 33);
  });
  const auto opened = s.try_open();
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().code == errc::corrupt);
}

TEST_CASE("J-159 a store of an unknown format is refused by name") {
  store_scene s;
  s.open();
  REQUIRE(s.append("acct", {"e1"}).has_value());
  s.close();
  {
    auto environment = lmdb_environment::open(
        {.directory = s.folder() / "journal", .map_size_bytes = std::uint64_t{1} << 30U});
    REQUIRE(environment.has_value());
    auto transaction = lmdb_write::begin(**environment);
    REQUIRE(transaction.has_value());
    const auto meta = transaction->open_table("meta", 0);
    REQUIRE(meta.has_value());
    REQUIRE(write_store_meta(*transaction, *meta, {.format = 99, .partitions = 2}).has_value());
    REQUIRE(transaction->commit().has_value());
  }
  const auto opened = s.try_open();
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().code == errc::incompatible);
  CHECK(opened.error().message.find("99") != std::string::npos);
  const auto looked = read_only_store::open(s.folder());
  REQUIRE_FALSE(looked.has_value());
  CHECK(looked.error().code == errc::incompatible);
}

TEST_CASE("a store of another number of partitions is refused, and takes its own when asked") {
  store_scene s(4);
  s.open();
  REQUIRE(s.append("acct", {"e1"}).has_value());
  s.close();
  s.options.partitions = 8;
  const auto opened = s.try_open();
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().code == errc::incompatible);
  s.options.partitions = 0;
  s.open();
  CHECK(s.log().partitions() == 4);
  CHECK(s.history("acct") == "1:e1");
}

TEST_CASE("J-155 a data file that was emptied is not taken for a new store") {
  store_scene s;
  s.open();
  REQUIRE(s.append("acct", {"e1"}).has_value());
  s.close();
  std::filesystem::resize_file(s.file(), 0);
  const auto opened = s.try_open();
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().code == errc::corrupt);
}

TEST_CASE("J-159 a store written by an earlier version opens, reads and appends") {
  store_scene s;
  std::filesystem::create_directories(s.folder().parent_path());
  std::filesystem::copy(std::filesystem::path(REPRISE_FIXTURES) / "store-1", s.folder(),
                        std::filesystem::copy_options::recursive);
  s.options.partitions = 0;
  s.open();
  CHECK(s.log().partitions() == 4);
  CHECK(s.history("alpha") == "1:one 2:two 3:three");
  CHECK(s.history("beta") == "deleted");
  CHECK(s.history("gamma") == "3:three");
  CHECK(s.append("alpha", {"four"}, expectation::exact({3})).has_value());
  CHECK(s.append("beta", {"again"}, expectation::none()).has_value());
  s.reopen();
  CHECK(s.history("alpha") == "1:one 2:two 3:three 4:four");
  CHECK(s.history("beta") == "4:again");
  s.close();
  const auto store = read_only_store::open(s.folder());
  REQUIRE(store.has_value());
  CHECK((*store)->verify({})->damages.empty());
}

TEST_CASE("schemas are there after a restart, and the newest of a type counts") {
  store_scene s;
  s.open();
  REQUIRE(s.log().schemas()->all()->empty());
  REQUIRE(s.log().schemas()->save({{1}, "Trip", bytes(13)}).has_value());
  REQUIRE(s.log().schemas()->save({{2}, "Account", bytes(100'000, std::byte{7})}).has_value());
  REQUIRE(s.log().schemas()->save({{1}, "Trip", bytes(14)}).has_value());
  s.reopen();
  const auto all = s.log().schemas()->all();
  REQUIRE(all.has_value());
  REQUIRE(all->size() == 2);
  CHECK((*all)[0].name == "Trip");
  CHECK((*all)[0].bundle == bytes(14));
  CHECK((*all)[1].type == aggregate_type_id{2});
  CHECK((*all)[1].bundle == bytes(100'000, std::byte{7}));
}

}  // namespace reprise::persistence
