// SPDX-License-Identifier: Apache-2.0
//
// A replica's disk that fails while the others work. A program of its own, since it stands between
// LMDB and the C library.
#include "tests/cluster/replication/replicated_nodes.hpp"
#include "tests/persistence/faults/disk_calls.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <atomic>
#include <cerrno>

namespace reprise::cluster {
namespace {

using persistence::disk_call;

class dying_disk final : public persistence::disk_observer {
 public:
  explicit dying_disk(disk_call what) : what_(what) {}

  void die() { dead_.store(true); }
  void mend() { dead_.store(false); }
  [[nodiscard]] bool has_failed() const { return failed_.load(); }

  int fate_of(disk_call call) override {
    if (!dead_.load() || call != what_) return 0;
    failed_.store(true);
    return EIO;
  }
  void wrote(std::uint64_t /*offset*/, bytes_view /*what*/, bool /*durable*/) override {}
  void synced() override {}

 private:
  const disk_call what_;
  std::atomic<bool> dead_{false};
  std::atomic<bool> failed_{false};
};

// An append that was acknowledged, by whoever leads.
void append_somewhere(replicated_nodes& nodes, const aggregate_key& to) {
  REQUIRE(nodes.until([&] { return nodes.append_and_wait(nodes.elect(), to); }));
}

TEST_CASE("C-100 a leader whose disk fails leads no more, and trusts its log when it is read anew",
          "[replication]") {
  const disk_call call = GENERATE(disk_call::sync, disk_call::write);
  dying_disk disk(call);
  replicated_nodes nodes;
  // It is watched from its first opening on; the one that will lead is chosen for it.
  const persistence::observation watch(nodes.folder_of(1) / "journal" / "data.mdb", disk);
  nodes.start_all();
  const aggregate_key trip = nodes.key("trip");
  append_somewhere(nodes, trip);
  if (nodes.elect() != 1) {
    REQUIRE(nodes.until([&] {
      const std::uint64_t leads = nodes.elect();
      if (leads != 1) static_cast<void>(nodes.replicas(leads).hand_over({0}, {1}));
      return leads == 1;
    }));
  }
  append_somewhere(nodes, trip);

  disk.die();
  const std::uint64_t last = nodes.append(1, trip);
  REQUIRE(nodes.until([&] { return nodes.answered().of(last).has_value(); }));
  CHECK_FALSE(nodes.answered().of(last)->has_value());
  CHECK(disk.has_failed());
  // Others go on, and it leads nothing, whatever the partition.
  REQUIRE(nodes.elect(0, {1}) != 0);
  append_somewhere(nodes, trip);
  for (std::uint32_t p = 0; p < 2; ++p) {
    CHECK_FALSE(nodes.replicas(1).leads({p}));
    CHECK(nodes.replicas(1).standing_of({p}).failure.has_value());
  }
  // A disk that works again changes nothing by itself.
  disk.mend();
  for (int i = 0; i < 5; ++i) append_somewhere(nodes, trip);
  CHECK(nodes.replicas(1).standing_of({0}).failure.has_value());

  nodes.stop(1);
  REQUIRE(nodes.start(1).has_value());
  append_somewhere(nodes, trip);
  CHECK(nodes.agree());
}

}  // namespace
}  // namespace reprise::cluster
