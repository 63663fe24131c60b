// SPDX-License-Identifier: Apache-2.0
//
// Hiding events, where snapshots cannot be made durable or the journal takes nothing.
#include "actors/event_retention.hpp"

#include "core_world.hpp"
#include "persistence/memory_journal.hpp"
#include "persistence/memory_snapshot_store.hpp"
#include "tests/persistence/one_answer.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <memory>
#include <utility>

namespace reprise::actors::testing {
namespace {

/// Snapshots whose disk may fail to make them durable.
class failing_snapshots final : public persistence::snapshot_store {
 public:
  [[nodiscard]] result<void> save(const aggregate_key& key, const persistence::snapshot& taken,
                                  std::uint32_t keep) override {
    return kept_.save(key, taken, keep);
  }
  [[nodiscard]] result<std::optional<persistence::snapshot>> load(
      const aggregate_key& key, const persistence::snapshot_bounds& bounds) const override {
    return kept_.load(key, bounds);
  }
  [[nodiscard]] result<std::uint64_t> remove(const aggregate_key& key,
                                             const persistence::snapshot_bounds& bounds) override {
    return kept_.remove(key, bounds);
  }
  [[nodiscard]] result<void> sync() override {
    if (!sync_works) return error{errc::io_error, "as the test wants it"};
    ++synced;
    return {};
  }
  [[nodiscard]] std::uint64_t damaged() const override { return 0; }

  bool sync_works = true;
  int synced = 0;

 private:
  persistence::memory_snapshot_store kept_;
};

class purse_of_twenty {
 public:
  purse_of_twenty() {
    auto opened = persistence::memory_journal::open({.partitions = 1});
    REQUIRE(opened.has_value());
    log = std::move(*opened);
    persistence::append_request request;
    request.aggregate = key;
    request.time = time.now();
    request.command = derive_command_id("twenty");
    for (int i = 0; i < 20; ++i) {
      request.events.push_back({.type = purse_event::put, .payload = number(1)});
    }
    persistence::one_answer done;
    log->append(std::move(request), done, 1);
    REQUIRE(done.wait().has_value());
    for (const std::uint64_t at : {10U, 20U}) {
      REQUIRE(snapshots.save(key, {.at = {at}, .state_version = 1, .state = number(at)}, 0));
    }
  }

  void keep_five(bool snapshots_are_its_own = false) {
    event_retention retention(*log, snapshots, time, registry);
    if (snapshots_are_its_own) retention.keep_all();
    retention.after_snapshot(purse_type({.keep_events_max = 5}), key);
    log->close();
  }
  [[nodiscard]] std::uint64_t first_readable() const {
    return log->head(key)->first_readable.value;
  }

  const aggregate_key key = core_world::key();
  manual_clock time;
  reprise::metrics registry;
  failing_snapshots snapshots;
  std::unique_ptr<persistence::memory_journal> log;
};

TEST_CASE("events are hidden once the snapshots that cover them are durable", "[retention]") {
  purse_of_twenty purse;
  purse.keep_five();
  CHECK(purse.snapshots.synced == 1);
  CHECK(purse.first_readable() == 11);
  CHECK(purse.registry.count("retention.truncations").value() == 1);
  CHECK(purse.registry.count("retention.events_hidden").value() == 10);
}

TEST_CASE("while snapshots cannot be made durable all events stay", "[retention]") {
  purse_of_twenty purse;
  purse.snapshots.sync_works = false;
  purse.keep_five();
  CHECK(purse.first_readable() == 1);
  CHECK(purse.registry.count("retention.failed").value() == 1);
  CHECK(purse.registry.count("retention.events_hidden").value() == 0);
}

TEST_CASE("in a cluster all events stay: other nodes have no snapshots", "[retention]") {
  purse_of_twenty purse;
  purse.keep_five(true);
  CHECK(purse.first_readable() == 1);
  CHECK(purse.registry.count("retention.failed").value() == 0);
}

TEST_CASE("a truncation that the journal refuses is counted, and nothing else happens",
          "[retention]") {
  purse_of_twenty purse;
  purse.log->close();
  purse.keep_five();
  CHECK(purse.first_readable() == 1);
  CHECK(purse.registry.count("retention.failed").value() == 1);
}

}  // namespace
}  // namespace reprise::actors::testing
