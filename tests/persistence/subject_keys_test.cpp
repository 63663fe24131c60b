// SPDX-License-Identifier: Apache-2.0
#include "persistence/subject_keys.hpp"

#include "base/clock.hpp"
#include "persistence/read_only_keys.hpp"
#include "tests/persistence/sealed_scene.hpp"
#include "tests/persistence/store_scene.hpp"

#include <reprise/personal.hpp>

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace reprise::persistence {
namespace {

const std::vector<std::string> ann{"ann"};

// The keys of a store that is nothing but keys.
struct kept_keys {
  kept_keys() { open(); }
  void open() {
    keys.reset();
    auto opened = subject_keys::open(folder.path(), time);
    REQUIRE(opened.has_value());
    keys = std::move(*opened);
  }
  [[nodiscard]] std::filesystem::path file() const { return key_file::name_in(folder.path()); }
  sealing_key durable_key_of(const std::string& subject) const {
    const sealing_key key = keys->current_of(subject);
    REQUIRE(keys->make_durable().has_value());
    return key;
  }
  [[nodiscard]] bool has(const sealing_key& key) const {
    const auto found = keys->find(key.id);
    REQUIRE(found.has_value());
    return found->has_value() && **found == key.secret;
  }
  [[nodiscard]] bool has_bytes_of(const sealing_key& key) const {
    return stands_in(folder.path(), {reinterpret_cast<const char*>(key.secret.data()), 32});
  }
  void change(std::uint64_t offset) const {
    std::fstream edited(file(), std::ios::in | std::ios::out | std::ios::binary);
    edited.seekg(static_cast<std::streamoff>(offset));
    const char was = static_cast<char>(edited.get());
    edited.seekp(static_cast<std::streamoff>(offset));
    edited.put(static_cast<char>(was ^ 1));
  }

  temporary_folder folder;
  base::system_clock time;
  std::unique_ptr<subject_keys> keys;
};

constexpr std::uint64_t first_slot = 1024;
constexpr std::uint64_t slot_bytes = 128;

}  // namespace

TEST_CASE("a subject keeps its key, also across a restart, and others have other keys") {
  kept_keys s;
  const sealing_key key = s.durable_key_of("ann");
  CHECK(s.keys->current_of("ann").id == key.id);
  CHECK(s.keys->current_of("bob").id != key.id);
  CHECK(s.keys->current_of("").id != key.id);
  s.open();
  CHECK(s.has(key));
  CHECK(s.keys->current_of("ann").id == key.id);
}

TEST_CASE("no file is made before a key is to be durable") {
  kept_keys s;
  CHECK_FALSE(std::filesystem::exists(s.file()));
  REQUIRE(s.keys->make_durable().has_value());
  CHECK_FALSE(std::filesystem::exists(s.file()));
  static_cast<void>(s.durable_key_of("ann"));
  CHECK(std::filesystem::exists(s.file()));
  const auto rights = std::filesystem::status(s.file()).permissions();
  CHECK((rights & std::filesystem::perms::others_read) == std::filesystem::perms::none);
}

TEST_CASE("a key that was destroyed is found nowhere, and the subject gets another one") {
  kept_keys s;
  const sealing_key key = s.durable_key_of("ann");
  const sealing_key other = s.durable_key_of("bob");
  REQUIRE(s.has_bytes_of(key));
  CHECK(s.keys->forget(ann).value() == 1);
  CHECK_FALSE(s.has(key));
  CHECK_FALSE(s.has_bytes_of(key));
  const sealing_key fresh = s.durable_key_of("ann");
  CHECK(fresh.id != key.id);
  s.open();
  CHECK_FALSE(s.has(key));
  CHECK(s.has(fresh));
  CHECK(s.has(other));
}

TEST_CASE("forgetting again is fine, and somebody who was never there is not found") {
  kept_keys s;
  static_cast<void>(s.durable_key_of("ann"));
  CHECK(s.keys->forget(ann).value() == 1);
  CHECK(s.keys->forget(ann).value() == 0);
  s.open();
  CHECK(s.keys->forget(ann).value() == 0);
  static_cast<void>(s.durable_key_of("ann"));
  const std::vector<std::string> both{"ann", "nobody"};
  const auto refused = s.keys->forget(both);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::not_found);
  CHECK(refused.error().message.find("nobody") != std::string::npos);
  // Nobody is forgotten then.
  CHECK(s.keys->forget(ann).value() == 1);
}

TEST_CASE("after a rotation what is new has new keys, and what is old has its own") {
  kept_keys s;
  CHECK(s.keys->rotate().error().code == errc::not_found);
  const sealing_key first = s.durable_key_of("ann");
  CHECK(s.keys->rotate().value() == 2);
  const sealing_key second = s.durable_key_of("ann");
  CHECK(second.id != first.id);
  CHECK(s.keys->rotate().value() == 3);
  s.open();
  const sealing_key third = s.durable_key_of("ann");
  CHECK(third.id != second.id);
  CHECK(s.has(first));
  CHECK(s.has(second));
  CHECK(s.keys->forget(ann).value() == 3);
  CHECK_FALSE(s.has(first));
  CHECK_FALSE(s.has(third));
}

TEST_CASE("a damaged slot is an error for its key, and harms no other") {
  kept_keys s;
  const sealing_key key = s.durable_key_of("ann");
  const sealing_key other = s.durable_key_of("bob");
  s.keys.reset();
  s.change(first_slot + 90);
  s.open();
  const auto found = s.keys->find(key.id);
  REQUIRE_FALSE(found.has_value());
  CHECK(found.error().code == errc::corrupt);
  CHECK(s.has(other));
  const auto file = key_file::open_to_read(s.folder.path());
  REQUIRE(file.has_value());
  CHECK((*file)->read()->damaged.size() == 1);
  // New ones do not take its place, for somebody may mend it.
  const sealing_key fresh = s.durable_key_of("cat");
  s.open();
  CHECK(s.has(fresh));
  CHECK_FALSE(s.keys->find(key.id).has_value());
  // Whose it was can be read, so it can be forgotten, and what it sealed is no error any more.
  CHECK(s.keys->forget(ann).value() == 1);
  s.open();
  CHECK_FALSE(s.keys->find(key.id).value().has_value());
  CHECK((*file)->read()->damaged.empty());
}

TEST_CASE("one of the two headers may be damaged, not both") {
  kept_keys s;
  const sealing_key key = s.durable_key_of("ann");
  s.keys.reset();
  s.change(20);
  s.open();
  CHECK(s.has(key));
  CHECK(s.keys->current_of("ann").id == key.id);
  s.keys.reset();
  s.change(512 + 20);
  const auto refused = subject_keys::open(s.folder.path(), s.time);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::corrupt);
}

TEST_CASE("what was written in part at the end of the file counts for nothing") {
  kept_keys s;
  const sealing_key key = s.durable_key_of("ann");
  static_cast<void>(s.durable_key_of("bob"));
  s.keys.reset();
  std::filesystem::resize_file(s.file(), first_slot + slot_bytes + 50);
  s.open();
  CHECK(s.has(key));
  const sealing_key fresh = s.durable_key_of("bob");
  s.open();
  CHECK(s.has(fresh));
}

TEST_CASE("who only reads sees keys come and go") {
  kept_keys s;
  const read_only_keys reader(s.folder.path());
  const sealing_key key = s.durable_key_of("ann");
  CHECK(reader.find(key.id).value() == key.secret);
  const sealing_key other = s.durable_key_of("bob");
  CHECK(reader.find(other.id).value() == other.secret);
}

TEST_CASE("keys are copied whole, and destroyed in each place for itself") {
  kept_keys s;
  const sealing_key key = s.durable_key_of("ann");
  const temporary_folder copy;
  REQUIRE(key_file::copy(s.folder.path(), copy.path()).has_value());
  REQUIRE(s.keys->forget(ann).has_value());
  const read_only_keys copied(copy.path());
  CHECK(copied.find(key.id).value() == key.secret);
  const temporary_folder without;
  const temporary_folder nothing;
  REQUIRE(key_file::copy(without.path(), nothing.path()).has_value());
  CHECK_FALSE(std::filesystem::exists(key_file::name_in(nothing.path())));
}

}  // namespace reprise::persistence
