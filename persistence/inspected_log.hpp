// SPDX-License-Identifier: Apache-2.0
//
// The port through which somebody who did not write a store reads it: from its files, or from a
// node that has it open. Only what is committed is ever seen.
//
// Threading: confined to one thread.

#pragma once

#include "persistence/journal.hpp"
#include "persistence/schema_store.hpp"
#include "persistence/snapshot_store.hpp"
#include "persistence/store_survey.hpp"

#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace reprise::persistence {

class inspected_log : public store_survey {
 public:
  [[nodiscard]] virtual std::uint32_t partitions() const = 0;
  [[nodiscard]] virtual partition_id partition_of(const aggregate_key& aggregate) const = 0;
  [[nodiscard]] virtual result<std::vector<stored_schema>> schemas() const = 0;

  /// These are journal's, with its meanings.
  [[nodiscard]] virtual result<position> committed(partition_id partition) const = 0;
  [[nodiscard]] virtual result<aggregate_head> head(const aggregate_key& aggregate) const = 0;
  /// Of several aggregates, in that order.
  [[nodiscard]] virtual result<std::vector<aggregate_head>> heads(
      std::span<const aggregate_key> all) const = 0;
  [[nodiscard]] virtual result<aggregate_page> read(const aggregate_key& aggregate,
                                                    const aggregate_range& range,
                                                    const record_visitor& visit) const = 0;
  [[nodiscard]] virtual result<partition_page> scan(partition_id partition,
                                                    const partition_range& range,
                                                    const record_visitor& visit) const = 0;
  /// The same, and what is sealed as personal data is left so.
  [[nodiscard]] virtual result<partition_page> scan_sealed(partition_id partition,
                                                           const partition_range& range,
                                                           const record_visitor& visit) const = 0;
  /// As snapshot_store's load(). What the commands are that it remembers may be left out.
  [[nodiscard]] virtual result<std::optional<snapshot>> saved(
      const aggregate_key& aggregate, const snapshot_bounds& bounds) const = 0;
};

}  // namespace reprise::persistence
