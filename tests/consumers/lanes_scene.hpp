// SPDX-License-Identifier: Apache-2.0
//
// The lanes of a projection whose steps are the test's, and which change rows of their own and the
// same ones:
//     lanes_scene scene(8);
//     scene.open(4);
//     scene.log.store("ann", 3);
//     scene.run();
//     CHECK(scene.all() == 3);
//
// Threading: confined to the test.

#pragma once

#include "consumers/projector.hpp"
#include "tests/consumers/log_scene.hpp"
#include "tests/consumers/moved_clock.hpp"
#include "tests/consumers/projector_scene.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace reprise::consumers::testing {

/// Keeps for each id the sequence of its last event, for all of them together how many events there
/// were, and for each first letter how many ids were there when the last of them came.
class lanes_scene {
 public:
  log_scene log;
  moved_clock time;
  watched_rows rows;
  failure_policy policy{};
  std::uint32_t building_percent = 100;
  /// Ids whose events cannot be folded.
  std::set<std::string> stumbles;
  /// Ids whose events look at how many events there were, and change nothing.
  std::set<std::string> onlookers;
  /// How long `on` takes.
  std::chrono::milliseconds an_event_takes{0};
  /// `id@sequence` of every event that `on` was called with, and by which lane.
  std::vector<std::string> shown;
  std::map<std::string, std::set<std::uint32_t>> shown_by;
  /// An event came that was not the next one of its id.
  bool disordered = false;
  std::vector<std::unique_ptr<projector>> lanes;

  explicit lanes_scene(std::uint32_t partitions) : log(partitions) {}

  /// Those that were there are gone without a word, as with the process.
  void open(std::uint32_t count, std::uint32_t version = 1) {
    lanes.clear();
    detail::projection_type type{.name = "counts",
                                 .version = version,
                                 .failing = policy,
                                 .building_percent = building_percent,
                                 .lanes = count};
    type.events = {{account_type, 0}};
    std::uint32_t made = 0;
    type.make = [&, this](detail::row_access& access) {
      return std::make_unique<counts>(*this, access, made++);
    };
    auto opened =
        projector::open({.log = log.journal(), .rows = rows, .time = time, .seed = 1}, type);
    REQUIRE(opened);
    lanes = std::move(*opened);
  }
  projector::progress step(std::uint32_t lane) {
    return lanes[lane]->advance([] { return false; });
  }
  /// Until no lane has anything to do at once.
  void run() {
    std::uint64_t steps = 0;
    for (bool again = true; again;) {
      again = false;
      REQUIRE(++steps < 100'000);
      for (std::uint32_t i = 0; i < lanes.size(); ++i) {
        again = step(i).is == projector::state::more || again;
      }
      again = again || lanes.front()->lanes()->turn().has_value();
    }
  }
  /// The nth id that a lane of so many has, or that a partition has.
  std::string id_of_lane(std::uint32_t lane, std::uint32_t count, std::uint32_t nth = 0) {
    return id_where(nth, [&](partition_id p) { return p.value % count == lane; });
  }
  std::string id_of_partition(std::uint32_t partition, std::uint32_t nth = 0) {
    return id_where(nth, [&](partition_id p) { return p.value == partition; });
  }

  std::map<std::string, std::uint64_t> by_id() const {
    std::map<std::string, std::uint64_t> out;
    look([&](const tables& t) {
      t.by_id.each([&](const std::string& id, std::uint64_t n) { out[id] = n; });
    });
    return out;
  }
  std::uint64_t all() const {
    std::uint64_t out = 0;
    look([&](const tables& t) { out = t.all.get(0).value_or(0); });
    return out;
  }
  std::map<std::string, std::uint64_t> by_letter() const {
    std::map<std::string, std::uint64_t> out;
    look([&](const tables& t) {
      t.by_letter.each([&](const std::string& letter, std::uint64_t n) { out[letter] = n; });
    });
    return out;
  }

 private:
  struct tables {
    explicit tables(detail::row_access& access) : access_(&access) {}
    [[nodiscard]] detail::row_access& rows() const { return *access_; }
    detail::row_access* access_;
    table<std::string, std::uint64_t> by_id{*this, "by_id"};
    table<std::uint64_t, std::uint64_t> all{*this, "all"};
    table<std::string, std::uint64_t> by_letter{*this, "by_letter"};
  };

  class counts final : public detail::hosted_projection {
   public:
    counts(lanes_scene& scene, detail::row_access& access, std::uint32_t lane)
        : scene_(scene), tables_(access), lane_(lane) {}
    result<void> fold(const envelope& meta, bytes_view /*payload*/) override {
      const std::string& id = meta.aggregate.id;
      const std::uint64_t n = meta.sequence.value;
      scene_.shown.push_back(id + "@" + std::to_string(n));
      scene_.shown_by[id].insert(lane_);
      scene_.time.passed += scene_.an_event_takes;
      if (scene_.onlookers.contains(id)) {
        static_cast<void>(tables_.all.get(0));
        return {};
      }
      tables_.all.change(0, [](std::uint64_t& all) { ++all; });
      if (scene_.stumbles.contains(id)) return error{errc::handler_failed, "stumbled"};
      const std::uint64_t before = tables_.by_id.get(id).value_or(0);
      scene_.disordered = scene_.disordered || before + 1 != n;
      tables_.by_id.put(id, n);
      if (n == 1) {
        const std::string letter = id.substr(0, 1);
        std::uint64_t ids = 0;
        tables_.by_id.each_with_prefix(letter, [&](const std::string&, std::uint64_t) { ++ids; });
        tables_.by_letter.put(letter, ids);
      }
      return {};
    }

   private:
    lanes_scene& scene_;
    tables tables_;
    const std::uint32_t lane_;
  };

  template <class F>
  std::string id_where(std::uint32_t nth, F&& meant) {
    for (std::uint32_t i = 0;; ++i) {
      std::string id = "id-" + std::to_string(i);
      if (meant(log.journal().partition_of({account_type, "", id})) && nth-- == 0) return id;
    }
  }
  template <class F>
  void look(F&& use) const {
    row_reader reader(rows.read("counts.1").value());
    use(tables(reader));
  }
};

}  // namespace reprise::consumers::testing
