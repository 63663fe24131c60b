// SPDX-License-Identifier: Apache-2.0
#include "cluster/replica_log.hpp"

#include <algorithm>
#include <string>

namespace reprise::cluster {
namespace {

// The term of all that a node alone writes.
constexpr term written_alone{1};

error refused(errc code, partition_id partition, std::string_view what) {
  return {code, "log of partition " + std::to_string(partition.value) + ": " + std::string(what)};
}

// Reads entries from the end backwards and checks that each fits before the one after it.
class backward_reader {
 public:
  backward_reader(const replica_log& log, partition_id partition)
      : log_(log), partition_(partition), next_(log.last()) {}

  [[nodiscard]] bool at_begin() const { return next_.value == 0; }
  [[nodiscard]] log_index next() const { return next_; }
  [[nodiscard]] const messages::entry_header& header() const { return header_; }
  [[nodiscard]] entry_kind kind() const { return kind_; }
  [[nodiscard]] std::vector<bytes>& read() { return read_; }

  [[nodiscard]] result<void> step() {
    auto stored = log_.read(next_);
    if (!stored) return stored.error();
    auto entry = open_log_entry(*stored);
    if (!entry) return entry.error();
    const messages::entry_header& header = entry->header;
    const bool fits =
        read_.empty() || (header.last().next() == header_.first && header.term <= header_.term);
    const bool begins = (header.index == 1) == (header.first.value == 1);
    if (header.partition != partition_ || header.index != next_.value || !fits || !begins ||
        header.committed >= header.first) {
      return refused(errc::corrupt, partition_,
                     "entry " + std::to_string(next_.value) + " contradicts the one after it");
    }
    header_ = header;
    kind_ = entry->kind;
    read_.push_back(*std::move(stored));
    next_ = {next_.value - 1};
    return {};
  }

 private:
  const replica_log& log_;
  partition_id partition_;
  log_index next_;
  messages::entry_header header_{};
  entry_kind kind_{};
  std::vector<bytes> read_;
};

result<void> find_members(const replica_log& log, const recovery_options& options,
                          recovered_log& found) {
  if (found.membership_at.value == 0) {
    // Written by a node alone, on its own disk or filled from there.
    if (found.committed_term != written_alone) {
      return refused(errc::corrupt, options.partition, "nobody takes part in what is committed");
    }
    found.membership_at = {1};
    found.members = {{first_founder, member_role::voter}};
    return {};
  }
  auto stored = log.read(found.membership_at);
  if (!stored) return stored.error();
  auto entry = open_log_entry(*stored);
  if (!entry) return entry.error();
  if (entry->kind != entry_kind::members) {
    return refused(errc::corrupt, options.partition, "its index of memberships is wrong");
  }
  found.members = entry->members;
  return {};
}

// Reads back to what is committed.
result<void> read_uncommitted(backward_reader& reader, partition_id partition, position committed) {
  while (!reader.at_begin()) {
    if (auto stepped = reader.step(); !stepped) return stepped.error();
    if (reader.header().last() <= committed) break;
  }
  if (committed.value > 0 && reader.header().last() != committed) {
    return refused(errc::corrupt, partition,
                   "no entry ends at position " + std::to_string(committed.value) +
                       ", up to where it is committed");
  }
  return {};
}

}  // namespace

result<recovered_log> recover_log(const replica_log& log, const recovery_options& options) {
  auto state = log.state();
  if (!state) return state.error();
  recovered_log found{.state = *state};
  if (log.last() < options.applied) {
    return refused(errc::corrupt, options.partition,
                   "ends at entry " + std::to_string(log.last().value) + ", but " +
                       std::to_string(options.applied.value) + " were applied");
  }
  if (log.last().value == 0) return found;

  auto any_membership = log.membership_at(log.last());
  if (!any_membership) return any_membership.error();
  backward_reader reader(log, options.partition);
  if (auto stepped = reader.step(); !stepped) return stepped.error();
  // A log in which consensus has said nothing yet was written by one node alone, which wrote only
  // what it committed.
  const bool alone = any_membership->value == 0;
  const messages::entry_header last = reader.header();
  if (alone && reader.kind() != entry_kind::records) {
    return refused(errc::corrupt, options.partition, "its index of memberships is lost");
  }
  found.committed.at = alone ? last.last() : last.committed;
  if (!alone) {
    if (auto read = read_uncommitted(reader, options.partition, last.committed); !read) {
      return read.error();
    }
  }
  // A node alone is in term 1 and votes for nobody.
  if (found.state.term.value < last.term) found.state = {.term = {last.term}};
  if (found.committed.at.value > 0) {
    found.committed.index = {reader.header().index};
    found.committed_term = {reader.header().term};
    auto at = log.membership_at(found.committed.index);
    if (!at) return at.error();
    found.membership_at = *at;
    if (auto members = find_members(log, options, found); !members) return members.error();
  }
  std::size_t kept = 0;
  std::size_t count = 0;
  while (!reader.at_begin() && (found.committed.at.value == 0 || kept < options.kept_bytes) &&
         count < options.kept_entries_max) {
    if (auto stepped = reader.step(); !stepped) return stepped.error();
    kept += reader.read().back().size();
    ++count;
  }
  found.first = reader.next().next();
  found.entries = std::move(reader.read());
  std::ranges::reverse(found.entries);
  return found;
}

}  // namespace reprise::cluster
