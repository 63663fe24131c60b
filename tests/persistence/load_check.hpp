// SPDX-License-Identifier: Apache-2.0
//
// Whether a store holds what was appended to it as crash_load.hpp says: all that was acknowledged,
// nothing in part, nothing twice.
//
// Threading: confined to the caller.

#pragma once

#include "persistence/journal.hpp"
#include "persistence/options.hpp"
#include "tests/persistence/crash_load.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>

namespace reprise::persistence {

/// The last sequence of each aggregate that was acknowledged; 0 for none.
using acknowledged = std::array<std::uint64_t, load_aggregates>;

/// Notes a line of `store_child load`: AGGREGATE SEQUENCE. False for anything else.
[[nodiscard]] bool note_acknowledged(const std::string& line, acknowledged& last);

/// The first thing that is wrong with an aggregate's events, or nothing.
template <class Reader>
[[nodiscard]] std::string fault_in_events(const Reader& reader, const acknowledged& last) {
  for (std::uint32_t i = 0; i < load_aggregates; ++i) {
    std::uint64_t expected = 1;
    std::uint32_t left_of_batch = 0;
    std::uint64_t batch = 0;
    const std::string whose = "aggregate " + std::to_string(i) + ": ";
    std::string fault;
    const auto page = reader.read(load_key(i), {}, [&](const stored_record& r) {
      const load_event e = load_event::decode(r.payload);
      if (left_of_batch == 0) {
        batch = e.batch;
        left_of_batch = e.count;
      }
      const bool sound = r.sequence.value == expected && e.sequence == expected &&
                         e.batch == batch && e.index == e.count - left_of_batch;
      if (!sound) fault = whose + "event " + std::to_string(expected) + " is another one";
      --left_of_batch;
      ++expected;
      return sound;
    });
    if (!page && page.error().code != errc::not_found) return whose + to_string(page.error());
    if (!fault.empty()) return fault;
    if (left_of_batch != 0) return whose + "its last batch is there in part";
    if (expected - 1 < last[i]) {
      return whose + std::to_string(last[i]) + " were acknowledged, " +
             std::to_string(expected - 1) + " are there";
    }
  }
  return {};
}

/// The first thing that is wrong with the positions of a partition, or nothing.
template <class Reader>
[[nodiscard]] std::string fault_in_positions(const Reader& reader) {
  for (std::uint32_t p = 0; p < reader.partitions(); ++p) {
    std::uint64_t expected = 1;
    const auto page =
        reader.scan({p}, {}, [&](const stored_record& r) { return r.at.value == expected++; });
    const std::string whose = "partition " + std::to_string(p) + ": ";
    if (!page) return whose + to_string(page.error());
    if (!page->end || page->records != page->last.value) return whose + "positions have a gap";
  }
  return {};
}

/// Settings of a store that such a load is appended to.
[[nodiscard]] store_options load_options(const std::filesystem::path& directory, durability how);
/// The first thing that is wrong with an open journal, which is then appended to, or nothing.
[[nodiscard]] std::string fault_in_journal(journal& log, const acknowledged& last);
/// The first damage in a store that nobody has open, or nothing.
[[nodiscard]] std::string fault_in_files(const std::filesystem::path& directory);
/// Both of the store of a node alone, which nobody has open.
[[nodiscard]] std::string fault_in_store(const std::filesystem::path& directory, durability how,
                                         const acknowledged& last);

}  // namespace reprise::persistence
