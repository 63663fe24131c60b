// SPDX-License-Identifier: Apache-2.0
#include "tests/cluster/simulation/checker.hpp"

#include "base/checksum.hpp"

#include <algorithm>
#include <string>

namespace reprise::cluster::simulation {

entry_summary summary_of(const log_entry& entry) {
  return {.term = entry.header.term,
          .first = entry.header.first,
          .last = entry.header.last(),
          .content = base::checksum64(entry.stored),
          .kind = entry.kind,
          .members = entry.members};
}

void checker::saw_leader(replica_id who, term in, const log_image& log) {
  const auto [known, fresh] = leaders_.emplace(in, who);
  const std::string where =
      "term " + std::to_string(in.value) + ": replica " + std::to_string(who.value);
  check(known->second == who,
        where + " leads, and replica " + std::to_string(known->second.value) + " did");
  if (!fresh) return;
  // One whose votes were long on their way may lead when a later term has committed more already:
  // it must have what was committed in terms before its own, and will commit nothing.
  for (std::size_t i = 0; i < chosen_.size() && chosen_in_[i] < in; ++i) {
    check(i < log.size(), where + " leads with a log that ends at " + std::to_string(log.size()) +
                              ", committed are " + std::to_string(chosen_.size()));
    check(log[i] == chosen_[i], where + " leads without committed entry " + std::to_string(i + 1));
  }
}

void checker::saw_committed(replica_id who, term in, log_index from, committed_place to,
                            const log_image& log) {
  const std::string where = "replica " + std::to_string(who.value) + " at entry ";
  check(to.index.value <= log.size(), where + std::to_string(to.index.value) + ": beyond its log");
  for (std::uint64_t i = from.value; i < to.index.value; ++i) {
    const position before = i == 0 ? position{} : log[i - 1].last;
    check(log[i].first == before.next(), where + std::to_string(i + 1) + ": a gap of positions");
    if (i < chosen_.size()) {
      check(log[i] == chosen_[i], where + std::to_string(i + 1) + ": another entry is committed");
    } else {
      check(i == chosen_.size(), where + std::to_string(i + 1) + ": commits beyond a gap");
      chosen_.push_back(log[i]);
      chosen_in_.push_back(in);
    }
  }
  check(to.index.value == 0 || log[to.index.value - 1].last == to.at,
        where + std::to_string(to.index.value) + ": committed at another position");
}

void checker::saw_acknowledged(std::uint64_t command, log_index at, term in) {
  const std::string where =
      "command " + std::to_string(command) + " at entry " + std::to_string(at.value);
  check(at.value <= chosen_.size(), where + ": acknowledged, and not committed");
  check(chosen_[at.value - 1].term == in.value,
        where + ": acknowledged by the leader of term " + std::to_string(in.value) +
            ", committed is an entry of term " + std::to_string(chosen_[at.value - 1].term));
  check(acknowledged_.insert(command).second, where + ": acknowledged twice");
}

void checker::compare_logs(const log_image& one, const log_image& other) {
  bool shared = false;
  for (std::size_t i = std::min(one.size(), other.size()); i > 0; --i) {
    const bool same = one[i - 1].term == other[i - 1].term;
    if (same || shared) {
      check(one[i - 1] == other[i - 1], "logs differ at entry " + std::to_string(i) +
                                            ", which they share by its term or one behind it");
    }
    shared = shared || same;
  }
}

}  // namespace reprise::cluster::simulation
