// SPDX-License-Identifier: Apache-2.0
#include "persistence/read_only_store.hpp"
#include "persistence/store_tables.hpp"
#include "tests/persistence/store_scene.hpp"

#include <catch2/catch_test_macros.hpp>

namespace reprise::persistence {
namespace {

verify_report verified(const store_scene& s, const verify_progress& progress = {}) {
  const auto report = look(s.folder())->verify(progress);
  REQUIRE(report.has_value());
  return *report;
}

}  // namespace

TEST_CASE("a sound store is verified, and its progress is told") {
  store_scene s;
  s.open();
  for (int i = 0; i < 30; ++i) {
    REQUIRE(s.append("acct-" + std::to_string(i % 10), {"e" + std::to_string(i)}).has_value());
  }
  s.close();
  std::uint64_t done = 0;
  std::uint64_t total = 0;
  const verify_report report = verified(s, [&](std::uint64_t d, std::uint64_t t) {
    done = d;
    total = t;
    return true;
  });
  CHECK(report.damages.empty());
  CHECK(report.records == 30);
  CHECK(report.entries == 30);
  CHECK(report.aggregates == 10);
  CHECK(done == 30);
  CHECK(total == 30);
}

TEST_CASE("the first damage of each partition is reported with its position") {
  store_scene s;
  s.open();
  const std::string a = s.id_in(0, "a");
  const std::string b = s.id_in(1, "b");
  for (const char* const name : {"a-first-one", "a-damaged-two", "a-damaged-three"}) {
    REQUIRE(s.append(a, {name}).has_value());
  }
  for (const char* const name : {"b-first-one", "b-second-one", "b-damaged-three"}) {
    REQUIRE(s.append(b, {name}).has_value());
  }
  s.close();
  for (const char* const name : {"a-damaged-two", "a-damaged-three", "b-damaged-three"}) {
    REQUIRE(damage(s.file(), name) > 0);
  }
  const verify_report report = verified(s);
  REQUIRE(report.damages.size() == 2);
  CHECK(report.damages[0].partition == partition_id{0});
  CHECK(report.damages[0].at == position{2});
  CHECK_FALSE(report.damages[0].derived);
  CHECK(report.damages[1].partition == partition_id{1});
  CHECK(report.damages[1].at == position{3});
}

TEST_CASE("saved heads that are not the log's are found and told to be derived") {
  store_scene s;
  s.open();
  const std::string id = s.id_in(1, "acct");
  REQUIRE(s.append(id, {"e1", "e2", "e3"}).has_value());
  s.close();
  {
    auto environment = lmdb_environment::open(
        {.directory = s.folder() / "journal", .map_size_bytes = std::uint64_t{1} << 30U});
    REQUIRE(environment.has_value());
    store_tables tables;
    const auto meta = open_tables(**environment, {}, tables);
    REQUIRE(meta.has_value());
    auto transaction = lmdb_write::begin(**environment);
    REQUIRE(transaction.has_value());
    // A sound row that says something else.
    const aggregate_head wrong{.last = {2}, .at = {3}, .is = aggregate_head::state::live};
    const aggregate_hash hash = hash_of(store_scene::key(id), meta->hash_seed);
    REQUIRE(write_head(*transaction, tables, {hash, {1}, wrong}).has_value());
    REQUIRE(transaction->commit().has_value());
  }
  const verify_report report = verified(s);
  REQUIRE(report.damages.size() == 1);
  CHECK(report.damages[0].partition == partition_id{1});
  CHECK(report.damages[0].derived);
}

}  // namespace reprise::persistence
