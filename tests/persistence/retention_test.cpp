// SPDX-License-Identifier: Apache-2.0
//
// Which events may be hidden: a question to a journal and its snapshots.
#include "persistence/retention.hpp"

#include "one_answer.hpp"
#include "persistence/memory_journal.hpp"
#include "persistence/memory_snapshot_store.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace reprise::persistence {
namespace {

using namespace std::chrono_literals;

const aggregate_key ann{{0xacc}, "", "ann"};
constexpr timestamp noon(std::chrono::hours(480'000));

/// Event n is from n minutes after noon.
class history {
 public:
  explicit history(std::uint64_t events) {
    auto opened = memory_journal::open({.partitions = 1});
    REQUIRE(opened.has_value());
    log_ = std::move(*opened);
    for (std::uint64_t n = 1; n <= events; ++n) {
      append_request request;
      request.aggregate = ann;
      request.time = minute(n);
      request.command = derive_command_id(std::to_string(n));
      request.events.push_back({.type = 1, .payload = bytes(8)});
      one_answer done;
      log_->append(request, done, 1);
      REQUIRE(done.wait().has_value());
    }
  }

  static timestamp minute(std::uint64_t n) { return noon + std::chrono::minutes(n); }

  void snapshot_at(std::uint64_t n, std::uint32_t version = 1) {
    REQUIRE(snapshots_
                .save(ann, {.at = {n}, .time = minute(n), .state_version = version, .state = {}}, 0)
                .has_value());
  }
  void retire(record_kind how, std::uint64_t before = 0) {
    one_answer done;
    log_->retire(ann, how, expectation::any(), {before}, minute(1'000), done, 1);
    REQUIRE(done.wait().has_value());
  }

  /// The first sequence to stay; 0 where nothing is to be hidden. Snapshots of version 1 do.
  [[nodiscard]] std::uint64_t first_kept(const retention& limits, std::uint64_t now = 100) const {
    const auto old = events_to_hide(
        *log_, snapshots_, ann, limits,
        [](const snapshot& taken) { return taken.state_version == 1; }, minute(now));
    REQUIRE(old.has_value());
    if (!*old) return 0;
    const auto head = log_->head(ann);
    REQUIRE(head.has_value());
    CHECK((*old)->count == (*old)->before.value - head->first_readable.value);
    return (*old)->before.value;
  }

 private:
  std::unique_ptr<memory_journal> log_;
  memory_snapshot_store snapshots_;
};

TEST_CASE("of two limits the one that hides more counts", "[retention]") {
  history past(100);
  past.snapshot_at(90);
  past.snapshot_at(100);
  CHECK(past.first_kept({.events_max = 30}) == 71);
  CHECK(past.first_kept({.events_for = 20min}) == 80);
  CHECK(past.first_kept({.events_max = 30, .events_for = 20min}) == 80);
  CHECK(past.first_kept({.events_max = 15, .events_for = 20min}) == 86);
}

TEST_CASE("what keeps to the limits stays", "[retention]") {
  history past(100);
  past.snapshot_at(90);
  past.snapshot_at(100);
  CHECK(past.first_kept({}) == 0);
  CHECK(past.first_kept({.events_max = 100}) == 0);
  CHECK(past.first_kept({.events_max = 101}) == 0);
  CHECK(past.first_kept({.events_for = 99min}) == 0);
  CHECK(past.first_kept({.events_for = 98min}) == 2);
}

TEST_CASE("however old events are, those behind the older of two snapshots stay", "[retention]") {
  history past(100);
  SECTION("so all of them without a snapshot") {}
  SECTION("so all of them with one") {
    past.snapshot_at(100);
  }
  CHECK(past.first_kept({.events_max = 1, .events_for = 1s}, 10'000) == 0);
  past.snapshot_at(40);
  past.snapshot_at(100);
  CHECK(past.first_kept({.events_max = 1, .events_for = 1s}, 10'000) == 41);
  CHECK(past.first_kept({.events_for = 1s}, 10'000) == 41);
}

TEST_CASE("a snapshot that cannot be used covers nothing", "[retention]") {
  history past(100);
  past.snapshot_at(40);
  past.snapshot_at(60);
  past.snapshot_at(80, 2);
  past.snapshot_at(100, 2);
  CHECK(past.first_kept({.events_max = 1}) == 41);
}

TEST_CASE("neither does one above the last event", "[retention]") {
  history past(100);
  past.snapshot_at(90);
  past.snapshot_at(110);
  CHECK(past.first_kept({.events_max = 1}) == 0);
}

TEST_CASE("what is hidden is not hidden again", "[retention]") {
  history past(100);
  past.snapshot_at(90);
  past.snapshot_at(100);
  past.retire(record_kind::truncation, 80);
  CHECK(past.first_kept({.events_max = 30}) == 0);
  CHECK(past.first_kept({.events_for = 30min}) == 0);
  CHECK(past.first_kept({.events_max = 19}) == 82);
}

TEST_CASE("a deleted aggregate has nothing to hide", "[retention]") {
  history past(100);
  past.snapshot_at(90);
  past.snapshot_at(100);
  past.retire(record_kind::deletion);
  CHECK(past.first_kept({.events_max = 1}) == 0);
}

}  // namespace
}  // namespace reprise::persistence
