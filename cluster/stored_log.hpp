// SPDX-License-Identifier: Apache-2.0
//
// The port replica_log on the journal of this node.
//
// Threading: as persistence::replicated_journal's reading methods.

#pragma once

#include "cluster/replica_log.hpp"
#include "persistence/replicated_journal.hpp"

namespace reprise::cluster {

/// The journal must outlive it.
class stored_log final : public replica_log {
 public:
  stored_log(const persistence::replicated_journal& journal, partition_id partition)
      : journal_(journal), partition_(partition) {}

  [[nodiscard]] result<hard_state> state() const override {
    const persistence::replica_state stored = journal_.note(partition_).state;
    return hard_state{.term = {stored.term}, .vote = {stored.vote}};
  }
  [[nodiscard]] log_index last() const override { return {journal_.last_index(partition_)}; }
  [[nodiscard]] result<bytes> read(log_index index) const override {
    return journal_.read_entry(partition_, index.value);
  }
  [[nodiscard]] result<log_index> membership_at(log_index up_to) const override {
    log_index found{};
    for (const std::uint64_t at : journal_.note(partition_).members) {
      if (at <= up_to.value) found = {at};
    }
    return found;
  }

 private:
  const persistence::replicated_journal& journal_;
  const partition_id partition_;
};

}  // namespace reprise::cluster
