// SPDX-License-Identifier: Apache-2.0
//
// A node on one of the storages, and the verbs to work on it:
//     node_world world(storage::disk);
//     CHECK(world.ask("ann", cmd::withdraw{5}) == "rejected insufficient");
//     world.reopen();
//     CHECK(world.state("ann").balance == 0);
//
// Threading: asking from any thread, opening and closing from the test's.

#pragma once

#include "tests/actors/conformance/account.hpp"

#include <reprise/node.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace reprise::conformance {

enum class storage : std::uint8_t { memory, disk };

// Types, so that the name of each test tells where it ran.
struct in_memory {
  static constexpr storage where = storage::memory;
};
struct on_disk {
  static constexpr storage where = storage::disk;
};

/// `accepted`, `rejected CODE` or the error's code.
template <class R>
std::string heard(const result<answer<R>>& outcome) {
  if (!outcome) return std::string(to_string(outcome.error().code));
  if (outcome->is_rejection()) return "rejected " + outcome->why().code;
  return "accepted";
}
template <class R>
std::string heard(const reply<R>& r) {
  return heard(r.result());
}

/// A folder that is gone with its scope.
class temporary_folder {
 public:
  temporary_folder();
  ~temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

/// Room enough for every case, and little enough for the address space of a sanitizer.
inline constexpr std::uint64_t log_room = 4ULL << 30U;

/// One partition that holds one aggregate at a time: asking another one passivates it. Snapshots
/// and replays run one after the other, so a snapshot taken is there for the replay that follows.
[[nodiscard]] inline node_options cramped() {
  return {.partitions = 1, .recoveries_max = 1, .active_max = 1};
}
/// All aggregates in one partition.
[[nodiscard]] inline node_options one_partition() {
  return {.partitions = 1};
}

template <class A = account>
class world_of {
 public:
  /// Open at once. `options.data` is the world's to choose.
  explicit world_of(storage where, node_options options = {}) : options_(std::move(options)) {
    if (where == storage::disk) {
      folder_.emplace();
      options_.data = folder_->path();
    }
    if (options_.log_bytes_max == node_options{}.log_bytes_max) options_.log_bytes_max = log_room;
    if (options_.rows_bytes_max == node_options{}.rows_bytes_max)
      options_.rows_bytes_max = log_room;
    watch.reset();
    open();
  }

  void open() {
    node_.emplace(options_);
    node_->template host<A>();
  }
  void close() { node_.reset(); }
  /// Only for a store on disk; a store in memory is gone when it is closed.
  void reopen() {
    close();
    open();
  }
  /// With a newer or older program, which has another aggregate class for the same type.
  template <class Other>
  void reopen_as() {
    close();
    node_.emplace(options_);
    node_->template host<Other>();
  }

  /// Where it is on disk.
  [[nodiscard]] const std::string& data() const { return options_.data; }
  [[nodiscard]] reprise::node& node() { return *node_; }
  [[nodiscard]] ref<A> of(std::string id) const { return node_->template of<A>(std::move(id)); }

  /// Asks and says what was heard.
  template <class Command>
  std::string ask(const std::string& id, const Command& command, ask_options how = {}) const {
    return heard(of(id).ask(command, std::move(how)));
  }
  [[nodiscard]] account_state state(const std::string& id) const {
    return of(id).ask(cmd::get{}).get();
  }
  /// Sequence of the last event, without an event.
  [[nodiscard]] std::uint64_t head(const std::string& id) const {
    return of(id).ask(cmd::get{}).result().value().at().sequence.value;
  }
  /// Only in a cramped world: nothing of any other aggregate is in memory afterwards.
  void passivate_all() const { of("somebody else").ask(cmd::get{}).get(); }

  /// Value of a counter, or how many values a distribution has seen.
  [[nodiscard]] std::uint64_t metric(std::string_view name) const {
    for (const metrics::reading& r : node_->metrics().read()) {
      if (r.name == name) return r.value;
    }
    return 0;
  }

 private:
  // Before the node, which writes into it until it is closed.
  std::optional<temporary_folder> folder_;
  node_options options_;
  std::optional<reprise::node> node_;
};
using node_world = world_of<account>;

/// Runs `work(i)` for i below `threads`, each on a thread of its own, released at the same moment.
void at_once(std::size_t threads, const std::function<void(std::size_t)>& work);

/// `usual`, or `full` when the environment says REPRISE_FULL: the number that the case names.
[[nodiscard]] std::uint64_t scaled(std::uint64_t usual, std::uint64_t full);

}  // namespace reprise::conformance
