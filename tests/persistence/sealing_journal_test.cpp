// SPDX-License-Identifier: Apache-2.0
#include "persistence/sealing_journal.hpp"

#include "persistence/memory_journal.hpp"
#include "persistence/memory_snapshot_store.hpp"
#include "persistence/sealed_payload.hpp"
#include "persistence/sealing_snapshot_store.hpp"
#include "tests/persistence/sealed_scene.hpp"

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <string>
#include <vector>

namespace reprise::persistence {
namespace {

using names = std::vector<std::string>;

// A journal in memory whose stored form can be looked at, and written to.
struct sealed_journal {
  sealed_journal() {
    learn_visits(seals);
    auto made = memory_journal::open({.partitions = 1});
    REQUIRE(made.has_value());
    stored = made->get();
    log = std::make_unique<sealing_journal>(std::move(*made), seals);
  }

  [[nodiscard]] std::vector<bytes> stored_payloads() const {
    std::vector<bytes> all;
    const auto page = stored->scan({0}, {}, [&](const stored_record& r) {
      all.emplace_back(r.payload.begin(), r.payload.end());
      return true;
    });
    REQUIRE(page.has_value());
    return all;
  }
  // As if that had been stored.
  void put(const std::string& patient, const bytes& payload) const {
    append_request request{.aggregate = visit_of(patient)};
    request.command = derive_command_id(std::to_string(payload.size()) + patient);
    request.events.push_back(
        {.id = {}, .type = clinic::visit_ev::admitted::tag, .payload = payload});
    one_answer answer;
    stored->append(std::move(request), answer, 1);
    REQUIRE(answer.wait().has_value());
  }

  base::system_clock time;
  sealing seals{subject_keys::in_memory(time)};
  memory_journal* stored = nullptr;
  std::unique_ptr<sealing_journal> log;
};

bool holds(const bytes& in, const std::string& text) {
  return std::string(reinterpret_cast<const char*>(in.data()), in.size()).find(text) !=
         std::string::npos;
}

}  // namespace

TEST_CASE("what is personal is stored sealed, and read as it was") {
  sealed_journal s;
  REQUIRE(admit(*s.log, "ann", "Ann Secret").has_value());
  CHECK(names_of(*s.log, "ann") == names{"Ann Secret"});
  const auto payloads = s.stored_payloads();
  REQUIRE(payloads.size() == 1);
  CHECK(is_sealed(payloads[0]));
  CHECK_FALSE(holds(payloads[0], "Secret"));
  CHECK(holds(payloads[0], "ann"));
}

TEST_CASE("once a subject is forgotten its events have defaults, and the others' do not") {
  sealed_journal s;
  REQUIRE(admit(*s.log, "ann", "Ann Secret").has_value());
  REQUIRE(admit(*s.log, "bob", "Bob").has_value());
  const names ann{"ann"};
  REQUIRE(s.seals.keys().forget(ann).has_value());
  CHECK(names_of(*s.log, "ann") == names{"somebody"});
  CHECK(names_of(*s.log, "bob") == names{"Bob"});
  REQUIRE(admit(*s.log, "ann", "Ann Again").has_value());
  CHECK(names_of(*s.log, "ann") == names{"somebody", "Ann Again"});
}

TEST_CASE("events without personal data, and from before a field was marked, are as they were") {
  sealed_journal s;
  REQUIRE(admit(*s.log, "ann", "somebody").has_value());
  CHECK(s.stored_payloads().at(0) == admission_of("ann", "somebody"));
  s.put("old", admission_of("old", "In The Clear"));
  CHECK(names_of(*s.log, "old") == names{"In The Clear"});
}

TEST_CASE(
    "a sealed part that was changed anywhere is corrupt, never a default, and harms no other") {
  sealed_journal s;
  REQUIRE(admit(*s.log, "ann", "Ann Secret").has_value());
  const bytes sound = s.stored_payloads().at(0);
  const sealed_as what{.type = clinic::visit_api::type, .event = clinic::visit_ev::admitted::tag};
  // The id of the key is behind the rest: one that nobody has is one that was destroyed.
  const std::size_t id_begins = 16 + without_sealed(sound)->size();
  for (std::size_t at = 16; at < sound.size(); ++at) {
    CAPTURE(at);
    if (at >= id_begins && at < id_begins + 16) continue;
    bytes changed = sound;
    changed[at] ^= std::byte{4};
    const auto opened = unseal(changed, what, s.seals.keys());
    // Four zeros, and what fills up to 8 bytes at the end, say nothing.
    const bool padding = opened && *opened == admission_of("ann", "Ann Secret");
    if (!padding) {
      REQUIRE_FALSE(opened.has_value());
      CHECK(opened.error().code == errc::corrupt);
    }
  }
  bytes changed = sound;
  changed[id_begins + 16 + 24 + 8] ^= std::byte{1};
  s.put("bad", changed);
  const auto read = s.log->read(visit_of("bad"), {}, [](const stored_record&) { return true; });
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error().code == errc::corrupt);
  CHECK(read.error().number == 2);
  CHECK(names_of(*s.log, "ann") == names{"Ann Secret"});
  REQUIRE(admit(*s.log, "ann", "Ann Later").has_value());

  // What is sound before it is shown first; then the scan does not get past it.
  int shown = 0;
  const auto count = [&](const stored_record&) {
    ++shown;
    return true;
  };
  const auto page = s.log->scan({0}, {}, count);
  REQUIRE(page.has_value());
  CHECK(shown == 1);
  CHECK(page->next == position{2});
  CHECK_FALSE(page->end);
  const auto stuck = s.log->scan({0}, {.from = page->next}, count);
  REQUIRE_FALSE(stuck.has_value());
  CHECK(stuck.error().code == errc::corrupt);
  CHECK(shown == 1);
}

TEST_CASE("a sealed part opens in its own event only") {
  sealed_journal s;
  REQUIRE(admit(*s.log, "ann", "Ann Secret").has_value());
  const bytes sound = s.stored_payloads().at(0);
  const auto type = clinic::visit_api::type;
  CHECK(unseal(sound, {.type = type, .event = 0}, s.seals.keys()).has_value());
  CHECK_FALSE(unseal(sound, {.type = type, .event = 1}, s.seals.keys()).has_value());
  CHECK_FALSE(unseal(sound, {.type = type, .event = {}}, s.seals.keys()).has_value());
  CHECK_FALSE(unseal(sound, {.type = {1}, .event = 0}, s.seals.keys()).has_value());
}

TEST_CASE("rubbish that begins like something sealed is corrupt, and never crashes") {
  sealed_journal s;
  REQUIRE(admit(*s.log, "ann", "Ann Secret").has_value());
  const bytes sound = s.stored_payloads().at(0);
  const sealed_as what{.type = clinic::visit_api::type, .event = 0};
  for (std::size_t size = 8; size < sound.size(); ++size) {
    const bytes cut(sound.begin(), sound.begin() + static_cast<std::ptrdiff_t>(size));
    const auto opened = unseal(cut, what, s.seals.keys());
    CHECK_FALSE(opened.has_value());
  }
  for (std::size_t at = 8; at + 4 <= sound.size(); at += 4) {
    bytes changed = sound;
    for (std::size_t i = 0; i < 4; ++i) changed[at + i] = std::byte{0xff};
    static_cast<void>(unseal(changed, what, s.seals.keys()));
  }
}

TEST_CASE("what cannot be taken apart is refused in its turn, and nothing is written") {
  sealed_journal s;
  append_request request{.aggregate = visit_of("ann")};
  request.command = derive_command_id("bad");
  request.events.push_back({.id = {}, .type = 0, .payload = bytes(7)});
  one_answer answer;
  s.log->append(std::move(request), answer, 1);
  const auto refused = answer.wait();
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::malformed);
  CHECK(s.log->committed({0}).value == 0);
}

TEST_CASE("a state is sealed, and one that cannot be opened is passed over for an older one") {
  sealed_journal s;
  sealing_snapshot_store snapshots(std::make_unique<memory_snapshot_store>(), s.seals);
  const auto key = visit_of("ann");
  const auto save = [&](std::uint64_t at, const std::string& name, bool damaged) {
    bytes state;
    codec<clinic::visit_state>::encode({.patient = "ann", .called = name}, state);
    auto sealed = s.seals.seal_state(key.type, std::move(state));
    REQUIRE(sealed.has_value());
    CHECK(is_sealed(*sealed));
    CHECK_FALSE(holds(*sealed, name));
    if (damaged) sealed->at(sealed->size() - 9) ^= std::byte{1};
    REQUIRE(snapshots.save(key, {.at = {at}, .state_version = 1, .state = *sealed}, 0));
  };
  const auto name = [&]() -> std::string {
    const auto found = snapshots.load(key, {});
    REQUIRE(found.has_value());
    if (!*found) return "none";
    const auto state = codec<clinic::visit_state>::decode((*found)->state);
    REQUIRE(state.has_value());
    return state->called + " at " + std::to_string((*found)->at.value);
  };
  save(3, "Ann Secret", false);
  CHECK(name() == "Ann Secret at 3");
  save(5, "Ann Later", true);
  CHECK(name() == "Ann Secret at 3");
  const names ann{"ann"};
  REQUIRE(s.seals.keys().forget(ann).has_value());
  CHECK(name() == "somebody at 5");
}

}  // namespace reprise::persistence
