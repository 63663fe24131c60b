// SPDX-License-Identifier: Apache-2.0
//
// The disk fails at the nth call of each kind: nothing that failed is acknowledged, heads stay as
// they were, nothing that was acknowledged is lost. When the disk was full, the store goes on by
// itself; otherwise it goes on when it is opened again.

#include "tests/persistence/faults/disk_calls.hpp"
#include "tests/persistence/store_scene.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <atomic>
#include <cerrno>
#include <optional>

namespace reprise::persistence {
namespace {

class failing_disk final : public disk_observer {
 public:
  /// From the nth call of that kind on, n from 1, every one fails, until it is mended.
  void fail(disk_call what, int n, int with) {
    what_ = what;
    calls_left_ = n;
    with_ = with;
  }
  void mend() { with_ = 0; }
  [[nodiscard]] bool has_failed() const { return failed_; }

  int fate_of(disk_call call) override {
    if (with_ == 0 || call != what_) return 0;
    if (calls_left_ > 1) {
      --calls_left_;
      return 0;
    }
    failed_ = true;
    return with_;
  }
  void wrote(std::uint64_t /*offset*/, bytes_view /*what*/, bool /*durable*/) override {}
  void synced() override {}

 private:
  std::atomic<int> with_{0};
  disk_call what_{};
  int calls_left_ = 0;
  std::atomic<bool> failed_{false};
};

constexpr std::size_t event_bytes = 12'000;

std::string event_name(int i) {
  return "event-" + std::to_string(i) + "-" + std::string(event_bytes, 'x');
}

}  // namespace

TEST_CASE("J-152 what fails at any call of the disk is not acknowledged, and nothing is lost") {
  const durability how = GENERATE(durability::synced, durability::lagged);
  const disk_call call = GENERATE(disk_call::write, disk_call::sync, disk_call::allocate);
  const int why = GENERATE(ENOSPC, EIO);
  const int n = GENERATE(range(1, 9));
  CAPTURE(static_cast<int>(how), static_cast<int>(call), why, n);
  failing_disk disk;
  store_scene s;
  s.options.acknowledged = how;
  // So that checkpoints fail too.
  s.options.checkpoint_records = 4;
  const observation watch(s.file(), disk);
  s.open();
  int stored = 0;
  for (; stored < 3; ++stored) {
    REQUIRE(s.append("acct", {event_name(stored)}, expectation::exact({std::uint64_t(stored)})));
  }

  disk.fail(call, n, why);
  // A file system that cannot reserve ahead fails later, when it is written to.
  const bool harmless = call == disk_call::allocate && why == EIO;
  const int most = harmless ? 100 : 2000;
  std::optional<errc> answered;
  while (!answered && stored < most) {
    const auto outcome =
        s.append("acct", {event_name(stored)}, expectation::exact({std::uint64_t(stored)}));
    if (outcome) {
      ++stored;
    } else {
      answered = outcome.error().code;
    }
  }
  CAPTURE(stored);
  if (harmless) {
    CHECK(stored == most);
    return;
  }
  REQUIRE(disk.has_failed());
  const auto head = s.log().head(store_scene::key("acct"));
  REQUIRE(head.has_value());
  CHECK(head->last.value == static_cast<std::uint64_t>(stored));
  disk.mend();

  const auto append_next = [&] {
    return s.append("acct", {event_name(stored)}, expectation::exact({std::uint64_t(stored)}));
  };
  if (answered == errc::disk_full) {
    CHECK(why == ENOSPC);
    REQUIRE(append_next().has_value());
    CHECK(s.log().head(store_scene::key("acct"))->last.value ==
          static_cast<std::uint64_t>(stored) + 1);
    s.reopen();
    CHECK(s.log().head(store_scene::key("acct"))->last.value ==
          static_cast<std::uint64_t>(stored) + 1);
    return;
  }
  // Either this append was in the commit that failed, or it came after a checkpoint that did.
  CHECK((answered == errc::commit_unknown || answered == errc::unavailable));
  const auto refused = append_next();
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == errc::unavailable);
  s.reopen();
  // The batch whose outcome was not known may be there; a repeat is answered either way.
  const std::uint64_t found = s.log().head(store_scene::key("acct"))->last.value;
  CHECK((found == static_cast<std::uint64_t>(stored) ||
         found == static_cast<std::uint64_t>(stored) + 1));
  REQUIRE(append_next().has_value());
  CHECK(s.log().head(store_scene::key("acct"))->last.value ==
        static_cast<std::uint64_t>(stored) + 1);
}

TEST_CASE("J-152 a map that is full refuses appends, and heads stay as they were") {
  store_scene s;
  s.options.map_size_bytes = std::uint64_t{2} << 20U;
  s.open();
  std::uint64_t stored = 0;
  std::optional<errc> answered;
  while (!answered && stored < 2000) {
    const auto outcome =
        s.append("acct", {event_name(static_cast<int>(stored))}, expectation::exact({stored}));
    if (outcome) {
      ++stored;
    } else {
      answered = outcome.error().code;
    }
  }
  CHECK(answered == errc::disk_full);
  CHECK(s.log().head(store_scene::key("acct"))->last.value == stored);
  s.reopen();
  CHECK(s.log().head(store_scene::key("acct"))->last.value == stored);
  // With a larger map it goes on.
  s.close();
  s.options.map_size_bytes = std::uint64_t{64} << 20U;
  s.open();
  CHECK(s.append("acct", {"more"}, expectation::exact({stored})).has_value());
}

}  // namespace reprise::persistence
