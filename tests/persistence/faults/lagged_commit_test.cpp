// SPDX-License-Identifier: Apache-2.0
//
// Commits that are in the file before they are on the disk: who shows them makes them durable
// first, and a sync that failed is not believed when it is repeated, because the kernel reports a
// page that it could not write only once.

#include "tests/persistence/faults/disk_calls.hpp"
#include "tests/persistence/store_scene.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cerrno>
#include <condition_variable>
#include <mutex>

namespace reprise::persistence {
namespace {

/// Holds the first sync after arm() until it is let go, and fails the second one, once.
class held_disk final : public disk_observer {
 public:
  void arm(int with) {
    const std::lock_guard hold(mutex_);
    with_ = with;
    syncs_ = 0;
  }
  /// Returns when a sync is held.
  void await_held() {
    std::unique_lock hold(mutex_);
    changed_.wait(hold, [this] { return syncs_ == 1; });
  }
  void let_go() {
    const std::lock_guard hold(mutex_);
    released_ = true;
    changed_.notify_all();
  }
  [[nodiscard]] int syncs() {
    const std::lock_guard hold(mutex_);
    return syncs_;
  }

  int fate_of(disk_call call) override {
    if (call != disk_call::sync) return 0;
    std::unique_lock hold(mutex_);
    ++syncs_;
    if (with_ == 0) return 0;
    if (syncs_ == 1) {
      changed_.notify_all();
      changed_.wait(hold, [this] { return released_; });
      return 0;
    }
    return syncs_ == 2 ? with_ : 0;
  }
  void wrote(std::uint64_t /*offset*/, bytes_view /*what*/, bool /*durable*/) override {}
  void synced() override {}

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int with_ = 0;
  int syncs_ = 0;
  bool released_ = false;
};

}  // namespace

TEST_CASE("a sync that failed once is not believed when it is repeated") {
  const int why = GENERATE(EIO, ENOSPC);
  CAPTURE(why);
  held_disk disk;
  store_scene s;
  s.options.acknowledged = durability::lagged;
  const observation watch(s.file(), disk);
  s.open();
  REQUIRE(s.append("acct", {"e1"}).has_value());

  // The second is staged while the first one's pages are synced, so that they are two commits, and
  // the sync of the second one's pages is what would make the first one durable.
  disk.arm(why);
  const std::uint64_t first = s.send("acct", 1, 100, "first");
  disk.await_held();
  const std::uint64_t second = s.send("acct", 1, 100, "second");
  disk.let_go();

  const auto of_first = s.answer(first);
  REQUIRE_FALSE(of_first.has_value());
  CHECK(of_first.error().code == errc::commit_unknown);
  const auto of_second = s.answer(second);
  REQUIRE_FALSE(of_second.has_value());
  CHECK(of_second.error().code == errc::commit_unknown);
  const auto later = s.append("acct", {"later"});
  REQUIRE_FALSE(later.has_value());
  CHECK(later.error().code == errc::unavailable);
  CHECK(s.history("acct") == "1:e1");
}

TEST_CASE("what a store shows when it is opened was made durable before") {
  // A process that was killed may have left commits in the file that no sync has reached. There is
  // no telling from the file, so each open syncs.
  const durability how = GENERATE(durability::synced, durability::lagged);
  store_scene s;
  s.options.acknowledged = how;
  s.open();
  REQUIRE(s.append("acct", {"e1"}).has_value());
  s.close();
  held_disk disk;
  const observation watch(s.file(), disk);
  REQUIRE(s.try_open().has_value());
  CHECK(disk.syncs() > 0);
  CHECK(s.history("acct") == "1:e1");
}

}  // namespace reprise::persistence
