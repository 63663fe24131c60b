// SPDX-License-Identifier: Apache-2.0
//
// Writes records of a log as an export: header, records in the order of their times, trailer.
//
// Invariants
//  * Records of one partition come in the order of their positions.
//  * At most a page of records (64, or about 256 KiB and one more) is held for each partition.
// Format: docs/exchange.md. Threading: confined to one thread; blocks until it is done.

#pragma once

#include "persistence/exchange_form.hpp"
#include "persistence/journal.hpp"
#include "persistence/read_only_store.hpp"
#include "persistence/schema_catalogue.hpp"

#include <reprise/exchange.hpp>
#include <reprise/ids.hpp>
#include <reprise/inspect.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <functional>
#include <vector>

namespace reprise::persistence {

/// The log that records are taken from.
struct exchange_source {
  /// Its id and its number of partitions count.
  store_facts store{};
  /// Up to where each partition is read, by number.
  std::vector<position> ends{};
  /// Read after the ends were, so that no record is without its schema.
  schema_catalogue::source schemas{};
  /// As journal::scan().
  std::function<result<partition_page>(partition_id, const partition_range&, const record_visitor&)>
      scan{};
};

/// Which of its records are written.
struct exchange_choice {
  record_filter filter{};
  /// Of those that the filter lets through; empty: all.
  std::function<bool(const stored_record&)> wanted{};
  std::uint64_t bytes_per_second = 0;
};

/// `corrupt` with the position of a damaged record, what the form refuses, and what `to` answers.
[[nodiscard]] result<export_summary> write_exchange(const exchange_source& from,
                                                    const exchange_choice& what,
                                                    const exchange_form& form,
                                                    const export_sink& to,
                                                    const progress_listener& listener);

}  // namespace reprise::persistence
