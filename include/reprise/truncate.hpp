// SPDX-License-Identifier: Apache-2.0
//
// Hides old events of a store that nobody has open, as `keep_events_max` and `keep_events_for` do
// in a node (see aggregate.hpp): for aggregates that take no snapshots any more, and for limits
// that came later.
//
//   auto done = reprise::truncate("./data", {.type = trip_api::type, .keep_events_max = 1'000});
//
// Invariants
//  * Of each aggregate the events behind the older of its two newest whole snapshots stay. Whether
//    a program can load them only that program knows.
//  * Numbers go on as before; what is hidden does not come back.
//  * With an archive, every event that is hidden is in a durable file before the first one is.
// Threading: may be called from any thread; blocks until it is done. Takes memory for every
// aggregate that is truncated.

#pragma once

#include <reprise/exchange.hpp>
#include <reprise/ids.hpp>
#include <reprise/inspect.hpp>
#include <reprise/result.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace reprise {

/// At least one limit must be set; with both, events that exceed either go.
struct truncate_options {
  aggregate_type_id type{};
  /// Only this aggregate; empty: all of the type, whatever their tenants.
  std::string id{};
  std::string tenant{};
  /// So many of the newest events stay readable; 0: all.
  std::uint64_t keep_events_max = 0;
  /// Events stay readable for so long; 0: for ever.
  std::chrono::seconds keep_events_for{0};
  /// What is hidden is written to this file first, as export_to_file() does; empty: it is not. The
  /// file is made only when there is something to hide.
  std::filesystem::path archive{};
  export_format archive_format = export_format::lines;
  /// Only say what would be done. Makes no archive.
  bool dry_run = false;
};

struct truncate_summary {
  /// That were looked at.
  std::uint64_t aggregates = 0;
  /// That have fewer readable events now.
  std::uint64_t truncated = 0;
  std::uint64_t events_hidden = 0;
};

/// `not_found` when `data` is no store, `locked` while a process has it open, `invalid_argument`
/// without a limit or when the archive is there already, `corrupt` with the position, `disk_full`,
/// `io_error`. When the archive cannot be written nothing is hidden. After another error a part of
/// the aggregates may have been truncated; doing it again, with another archive, does the rest.
[[nodiscard]] result<truncate_summary> truncate(const std::filesystem::path& data,
                                                const truncate_options& how,
                                                const progress_listener& listener = {});

}  // namespace reprise
