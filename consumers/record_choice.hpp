// SPDX-License-Identifier: Apache-2.0
//
// Which records a subscription is shown, as its options say it: what the journal's scan can decide,
// and what is left to decide here.
//
// Threading: constant once made; the user's predicate is called on the subscription's thread.

#pragma once

#include "persistence/journal.hpp"

#include <reprise/envelope.hpp>
#include <reprise/subscription.hpp>

#include <cstdint>
#include <vector>

namespace reprise::consumers {

class record_choice {
 public:
  /// `log` says where a single aggregate lives.
  record_choice(const subscription_options& options, const persistence::journal& log);

  /// What the scan leaves out already.
  [[nodiscard]] const persistence::record_filter& filter() const { return filter_; }
  /// In ascending order.
  [[nodiscard]] const std::vector<partition_id>& partitions() const { return partitions_; }
  /// Whether to show a record that the scan let through. Throws what the user's predicate throws.
  [[nodiscard]] bool shows(const persistence::stored_record& record, const envelope& meta) const;
  /// With this record there is nothing more to come.
  [[nodiscard]] bool ends_with(const persistence::stored_record& record) const;
  /// Equal for equal choices, in whatever order they were written. Knows nothing of the predicate.
  [[nodiscard]] std::uint64_t fingerprint() const;

 private:
  const subscription_options& options_;
  std::vector<partition_id> partitions_;
  persistence::record_filter filter_;
};

}  // namespace reprise::consumers
