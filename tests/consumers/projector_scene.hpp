// SPDX-License-Identifier: Apache-2.0
//
// A projector on a journal whose commits, a clock whose time and a store whose failures are the
// test's, and the verbs to drive it:
//     projector_scene scene;
//     scene.log.store("ann", 3);
//     const auto what = scene.ran();
//     CHECK(scene.stored() == "ann=3");
//
// Threading: confined to the test.

#pragma once

#include "consumers/projector.hpp"
#include "tests/consumers/log_scene.hpp"
#include "tests/consumers/moved_clock.hpp"
#include "tests/consumers/watched_rows.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace reprise::consumers::testing {

/// A projection that counts the events of each id, two rows an event, and stumbles where it is told
/// to: after the first of the two rows is changed.
class projector_scene {
 public:
  log_scene log;
  moved_clock time;
  watched_rows rows;
  /// Ids whose events cannot be folded.
  std::set<std::string> stumbles;
  /// `id@sequence` of every event that `on` was called with.
  std::vector<std::string> shown;
  std::vector<bytes> payloads;
  bool interrupted = false;
  /// How long `on` takes.
  std::chrono::milliseconds an_event_takes{0};
  failure_policy policy{};
  std::uint32_t building_percent = 100;
  std::uint32_t lanes = 1;
  std::string named = "counts";

  explicit projector_scene(std::uint32_t partitions = 1) : log(partitions) {}

  result<std::unique_ptr<projector>> open(std::uint32_t version = 1) {
    return open_on(rows, version);
  }
  result<std::unique_ptr<projector>> open_on(persistence::row_store& store, std::uint32_t version) {
    auto all = open_lanes_on(store, version);
    if (!all) return std::move(all).error();
    return std::move(all->front());
  }
  result<std::vector<std::unique_ptr<projector>>> open_lanes(std::uint32_t version = 1) {
    return open_lanes_on(rows, version);
  }
  result<std::vector<std::unique_ptr<projector>>> open_lanes_on(persistence::row_store& store,
                                                                std::uint32_t version) {
    detail::projection_type type{.name = named,
                                 .version = version,
                                 .failing = policy,
                                 .building_percent = building_percent,
                                 .lanes = lanes};
    type.events = {{account_type, 0}};
    type.make = [this](detail::row_access& access) {
      return std::make_unique<counts>(*this, access);
    };
    return projector::open({.log = log.journal(), .rows = store, .time = time, .seed = 1}, type);
  }
  std::unique_ptr<projector> opened() {
    auto made = open();
    REQUIRE(made);
    return std::move(*made);
  }
  /// Opened, and run.
  std::unique_ptr<projector> ran() {
    auto made = opened();
    run(*made);
    return made;
  }
  /// Steps until it has nothing to do at once; how it ended.
  projector::progress run(projector& what) {
    while (true) {
      const auto done = what.advance([this] { return interrupted; });
      if (done.is != projector::state::more) return done;
    }
  }
  /// One step while more than a page of events comes, so that the end is never reached.
  void step_under_load(projector& what, const projector::awaited& waits = {}) {
    log.store("ann", 300);
    CHECK(what.advance([] { return false; }, waits).is == projector::state::more);
  }
  /// `id=n,...` of what is stored, and whether both rows of each agree.
  std::string stored(const std::string& name = "counts.1") const {
    const row_reader reader(rows.read(name).value());
    const owner mine{reader_access(reader)};
    std::map<std::string, std::uint64_t> again;
    mine.second.each([&](const std::string& id, std::uint64_t n) { again[id] = n; });
    std::string out;
    mine.first.each([&](const std::string& id, std::uint64_t n) {
      out += (out.empty() ? "" : ",") + id + "=" + std::to_string(n);
      if (again[id] != n) out += "!";
    });
    return out;
  }
  std::uint64_t checkpoint() const {
    const auto taken = rows.read("counts.1").value()->taken_at().value();
    return taken ? taken->cursors.at(0).through.value : 0;
  }

 private:
  struct owner {
    explicit owner(detail::row_access& access)
        : access_(&access), first(*this, "first"), second(*this, "second") {}
    [[nodiscard]] detail::row_access& rows() const { return *access_; }
    detail::row_access* access_;
    table<std::string, std::uint64_t> first;
    table<std::string, std::uint64_t> second;
  };
  static detail::row_access& reader_access(const row_reader& reader) {
    return const_cast<row_reader&>(reader);  // NOLINT: only read from
  }

  class counts final : public detail::hosted_projection {
   public:
    counts(projector_scene& scene, detail::row_access& access) : scene_(scene), tables_(access) {}
    result<void> fold(const envelope& meta, bytes_view payload) override {
      const std::string& id = meta.aggregate.id;
      scene_.time.passed += scene_.an_event_takes;
      scene_.shown.push_back(id + "@" + std::to_string(meta.sequence.value));
      scene_.payloads.emplace_back(payload.begin(), payload.end());
      if (id == "garbled") return error{errc::malformed, "no event"};
      const auto one_more = [](std::uint64_t& n) { ++n; };
      tables_.first.change(id, one_more);
      if (scene_.stumbles.contains(id)) return error{errc::handler_failed, "stumbled"};
      tables_.second.change(id, one_more);
      return {};
    }

   private:
    projector_scene& scene_;
    owner tables_;
  };
};

using seen = std::vector<std::string>;

}  // namespace reprise::consumers::testing
