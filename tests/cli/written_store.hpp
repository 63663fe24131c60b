// SPDX-License-Identifier: Apache-2.0
//
// A store on disk that a test writes parcels and shifts into.

#pragma once

#include "parcel.reprise.hpp"
#include "persistence/lmdb_journal.hpp"
#include "persistence/lmdb_snapshot_store.hpp"

#include <reprise/codec.hpp>
#include <reprise/metrics.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reprise::test {

/// A folder of its own, removed when it goes.
class temporary_folder {
 public:
  temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  ~temporary_folder();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline aggregate_key parcel(std::string id, std::string tenant = "") {
  return {post::parcel_api::type, std::move(tenant), std::move(id)};
}
inline aggregate_key shift(std::string id) {
  return {post::courier_shift_api::type, "", std::move(id)};
}

template <class Event>
persistence::new_event stored(const Event& event) {
  persistence::new_event out{.type = Event::tag};
  codec<Event>::encode(event, out.payload);
  if constexpr (requires { Event::tags(event); }) out.tags = Event::tags(event);
  return out;
}

/// The system's clock would make every run print other times.
inline constexpr timestamp noon{std::chrono::sys_days(std::chrono::year(2026) / 1 / 2) +
                                std::chrono::hours(12)};

class written_store {
 public:
  static constexpr std::uint32_t partitions = 4;

  /// Knows both types, and holds nothing.
  written_store();
  ~written_store();

  [[nodiscard]] std::string directory() const { return folder_.path().string(); }
  [[nodiscard]] persistence::lmdb_journal& journal() { return *journal_; }

  /// Stores a batch of events as one command named `command`, `seconds` after noon.
  receipt append(const aggregate_key& aggregate, std::vector<persistence::new_event> events,
                 std::string_view command, int seconds, correlation_id correlation = {},
                 attributes headers = {});
  template <class... Events>
  receipt append(const aggregate_key& aggregate, std::string_view command, int seconds,
                 const Events&... events) {
    return append(aggregate, {stored(events)...}, command, seconds);
  }
  receipt retire(const aggregate_key& aggregate, persistence::record_kind how, int seconds,
                 sequence before = {});
  void save(const aggregate_key& aggregate, const receipt& at, const post::parcel_state& state);

  /// A saga of this name is known from now on.
  void know_saga(std::string_view name);

  /// From now on nobody has it open.
  void close();

 private:
  temporary_folder folder_;
  metrics measured_;
  base::system_clock clock_;
  std::unique_ptr<persistence::lmdb_journal> journal_;
  std::unique_ptr<persistence::lmdb_snapshot_store> snapshots_;
};

}  // namespace reprise::test
