// SPDX-License-Identifier: Apache-2.0
//
// Power loss: a run of appends is recorded as the disk saw it, and cut at many points; whatever a
// disk may hold then is opened, and must hold all that was acknowledged, and nothing in part.
// Seed and number of cuts are told by REPRISE_SEED and REPRISE_POWER_CUTS.

#include "tests/environment.hpp"
#include "tests/persistence/child_process.hpp"
#include "tests/persistence/conformance/solo_replica.hpp"
#include "tests/persistence/faults/disk_recording.hpp"
#include "tests/persistence/load_check.hpp"
#include "tests/persistence/store_scene.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <deque>
#include <fstream>

namespace reprise::persistence {
namespace {

constexpr std::uint64_t cuts_usual = REPRISE_POWER_CUTS;
constexpr int groups = 150;

/// What was acknowledged when the disk had seen so many calls.
struct milestone {
  std::size_t calls = 0;
  acknowledged last{};
};

struct recorded_run {
  disk_recording disk;
  std::vector<milestone> milestones;
};

/// The journal of a node alone, as the load sees it.
struct lone_journal {
  std::unique_ptr<lmdb_journal> opened;
  [[nodiscard]] lmdb_journal& log() const { return *opened; }

  static result<lone_journal> open(const store_options& options, metrics& measured,
                                   const base::clock& time) {
    auto opened = lmdb_journal::open(options, measured, time);
    if (!opened) return std::move(opened).error();
    return lone_journal{std::move(*opened)};
  }
};

/// The journal of a replica, which acknowledges what is confirmed to it.
struct replica_journal {
  std::unique_ptr<solo_replica> opened;
  [[nodiscard]] replicated_journal& log() const { return opened->log(); }

  static result<replica_journal> open(const store_options& options, metrics& measured,
                                      const base::clock& time) {
    auto opened = solo_replica::open(options, measured, time);
    if (!opened) return std::move(opened).error();
    return replica_journal{std::move(*opened)};
  }
};

/// Appends groups of batches, two groups under way at a time, and notes what is acknowledged when.
template <class Journal>
class run_of_appends {
 public:
  run_of_appends(durability how, std::uint64_t seed, recorded_run& into)
      : how_(how), choose_(seed), into_(into) {}

  void record() {
    const observation watch(folder_.path() / "store" / "journal" / "data.mdb", into_.disk);
    for (int half = 0; half < 2; ++half) {
      auto opened = Journal::open(load_options(folder_.path() / "store", how_), measured_, time_);
      REQUIRE(opened.has_value());
      journal_ = std::move(*opened);
      note();
      for (int i = 0; i < groups / 2; ++i) {
        send_group();
        if (i % 2 == 1) REQUIRE(journal_.log().schemas()->save(schema(i)).has_value());
        if (waiting_.size() > 1) await_group();
      }
      while (!waiting_.empty()) await_group();
      journal_ = {};
    }
  }

 private:
  struct sent {
    std::uint64_t tag = 0;
    std::uint32_t aggregate = 0;
  };

  static stored_schema schema(int i) {
    return {.type = {static_cast<std::uint64_t>(i % 7)},
            .name = "type",
            .bundle = bytes(static_cast<std::size_t>(200 + 100 * i), std::byte{1})};
  }

  void send_group() {
    std::vector<sent> group;
    const std::uint64_t appends = choose_.below(12) + 1;
    for (std::uint64_t n = 0; n < appends; ++n) {
      const auto which = static_cast<std::uint32_t>(choose_.below(load_aggregates));
      const auto count = static_cast<std::uint32_t>(choose_.below(5) + 1);
      append_request request;
      request.aggregate = load_key(which);
      request.expected = expectation::exact({sent_upto_[which]});
      request.time = time_.now();
      request.command = derive_command_id(std::to_string(++batch_));
      for (std::uint32_t i = 0; i < count; ++i) {
        const load_event e{batch_, i, count, ++sent_upto_[which]};
        request.events.push_back({.type = 1, .payload = e.encode()});
      }
      journal_.log().append(std::move(request), answers_, batch_);
      group.push_back({batch_, which});
    }
    waiting_.push_back(std::move(group));
  }

  void await_group() {
    for (const sent& s : waiting_.front()) {
      const auto answer = answers_.of(s.tag);
      REQUIRE(answer.has_value());
      last_[s.aggregate] = std::max(last_[s.aggregate], answer->last.sequence.value);
    }
    waiting_.pop_front();
    note();
  }

  void note() { into_.milestones.push_back({into_.disk.calls(), last_}); }

  const durability how_;
  base::random choose_;
  recorded_run& into_;
  temporary_folder folder_;
  base::system_clock time_;
  metrics measured_;
  waiting_listener answers_;
  Journal journal_;
  std::deque<std::vector<sent>> waiting_;
  acknowledged sent_upto_{};
  acknowledged last_{};
  std::uint64_t batch_ = 0;
};

/// A store whose file has these contents, as a machine finds it when the power is back.
class found_store {
 public:
  explicit found_store(const bytes& contents) {
    std::filesystem::create_directories(directory() / "journal");
    std::ofstream file(directory() / "journal" / "data.mdb", std::ios::binary);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes seen as characters.
    file.write(reinterpret_cast<const char*>(contents.data()),
               static_cast<std::streamsize>(contents.size()));
  }
  [[nodiscard]] std::filesystem::path directory() const { return folder_.path() / "store"; }

 private:
  temporary_folder folder_;
};

/// Points to cut at, in order, spread over the calls behind the first milestone.
std::vector<std::size_t> cuts(const recorded_run& run, std::uint64_t count, base::random& choose) {
  const std::size_t first = run.milestones.front().calls;
  std::vector<std::size_t> points;
  for (std::uint64_t i = 0; i < count; ++i) {
    points.push_back(first + choose.below(run.disk.calls() - first));
  }
  std::ranges::sort(points);
  return points;
}

const acknowledged& acknowledged_at(const recorded_run& run, std::size_t calls) {
  const auto behind = std::ranges::upper_bound(run.milestones, calls, {}, &milestone::calls);
  return std::prev(behind)->last;
}

template <class Journal>
std::string fault_in(const found_store& found, durability how, const acknowledged& last) {
  {
    metrics measured;
    const base::system_clock time;
    const auto opened = Journal::open(load_options(found.directory(), how), measured, time);
    if (!opened) return to_string(opened.error());
    if (std::string fault = fault_in_journal(opened->log(), last); !fault.empty()) return fault;
  }
  return fault_in_files(found.directory());
}

template <class Journal>
void survives_power_losses(durability how) {
  const std::uint64_t seed = test::number_from("REPRISE_SEED", 2026);
  CAPTURE(static_cast<int>(how), seed);
  recorded_run run;
  run_of_appends<Journal>(how, seed, run).record();
  base::random choose(seed);
  simulated_disk disk(run.disk);
  for (const std::size_t cut :
       cuts(run, test::number_from("REPRISE_POWER_CUTS", cuts_usual), choose)) {
    CAPTURE(cut);
    disk.advance(cut);
    const found_store found(disk.after_power_loss(choose));
    REQUIRE(fault_in<Journal>(found, how, acknowledged_at(run, cut)) == "");
  }
}

}  // namespace

TEST_CASE("J-150 after a power loss all that was acknowledged is there, and nothing in part") {
  survives_power_losses<lone_journal>(GENERATE(durability::synced, durability::lagged));
}

TEST_CASE("J-150 after a power loss a replica has all that it confirmed, and nothing in part") {
  survives_power_losses<replica_journal>(GENERATE(durability::synced, durability::lagged));
}

TEST_CASE("a disk that ignores syncs loses what was acknowledged, so the test above can fail") {
  recorded_run run;
  run_of_appends<lone_journal>(durability::synced, 7, run).record();
  base::random choose(7);
  simulated_disk disk(run.disk, syncs::ignored);
  int lost = 0;
  for (const std::size_t cut : cuts(run, 20, choose)) {
    disk.advance(cut);
    const found_store found(disk.after_power_loss(choose));
    // In a process of its own: what LMDB makes of such a file may be its end.
    child_process child({"check", found.directory().string()});
    for (const std::uint64_t sequence : acknowledged_at(run, cut)) {
      child.write_line(std::to_string(sequence));
    }
    child.close_input();
    if (child.wait() != 0) ++lost;
  }
  CHECK(lost > 0);
}

}  // namespace reprise::persistence
