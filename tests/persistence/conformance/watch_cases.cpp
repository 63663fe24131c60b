// SPDX-License-Identifier: Apache-2.0
//
// Being told of commits.

#include "tests/persistence/conformance/scene.hpp"

#include <catch2/catch_test_macros.hpp>

#include <condition_variable>
#include <map>
#include <mutex>

namespace reprise::persistence::conformance {
namespace {

/// Waits until it was told.
class told final : public commit_listener {
 public:
  explicit told(journal& log) : log_(log) { log_.watch(*this); }
  ~told() override { log_.unwatch(*this); }
  told(const told&) = delete;
  told& operator=(const told&) = delete;

  void committed_moved(partition_id partition) override {
    const std::lock_guard hold(mutex_);
    seen_[partition.value] = log_.committed(partition).value;
    changed_.notify_all();
  }
  bool waits_for(std::uint32_t partition, std::uint64_t at) {
    std::unique_lock hold(mutex_);
    return changed_.wait_for(hold, std::chrono::minutes(1), [&] { return seen_[partition] >= at; });
  }
  std::uint64_t seen(std::uint32_t partition) {
    const std::lock_guard hold(mutex_);
    return seen_[partition];
  }

 private:
  journal& log_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint32_t, std::uint64_t> seen_;
};

}  // namespace

TEST_CASE("port: who watches is told of each commit, when it can be read", "[watch]") {
  scene s({.partitions = 2});
  told watcher(s.log());
  const std::string left = s.id_in(0, "left");
  const std::string right = s.id_in(1, "right");
  REQUIRE(s.append(left, {"e1"}).expecting(none()) == stored(1));
  CHECK(watcher.waits_for(0, 1));
  CHECK(watcher.seen(1) == 0);
  REQUIRE(s.append(right, {"e2", "e3"}).expecting(none()) == stored(2));
  CHECK(watcher.waits_for(1, 2));
}

TEST_CASE("port: who has stopped watching is not told", "[watch]") {
  scene s;
  {
    told watcher(s.log());
    REQUIRE(s.append("acct-1", {"e1"}).expecting(none()) == stored(1));
    CHECK(watcher.waits_for(0, 1));
  }
  told another(s.log());
  REQUIRE(s.append("acct-1", {"e2"}).expecting(exact(1)) == stored(2));
  CHECK(another.waits_for(0, 2));
}

}  // namespace reprise::persistence::conformance
