// SPDX-License-Identifier: Apache-2.0
//
// What becomes of an append before and after the disk: the expectation is checked, sequences and
// positions are given, records are encoded and staged; when they are committed heads move on and
// answers fall due, and when they are lost everything that rested on them is lost with them.
//
// Invariants
//  * Committed heads, positions and times change in committed() only.
//  * Staged entries are committed or lost in the order in which they were staged.
//  * Answers fall due in the order of the appends. One that rests on a staged record waits for it.
//  * Times within a partition never decrease; an earlier one is set to the last one.
// Threading: confined to whoever guards the partition. No I/O but through `earlier`.

#pragma once

#include "messages/entry.hpp"
#include "persistence/aggregate_hash.hpp"
#include "persistence/head_map.hpp"
#include "persistence/journal.hpp"
#include "persistence/options.hpp"
#include "persistence/record_lookup.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace reprise::persistence {

/// An answer on its way.
struct pending_answer {
  append_listener* listener = nullptr;
  std::uint64_t tag = 0;
  result<append_receipt> outcome{append_receipt{}};
  /// It would be untrue if what is staged before it were lost.
  bool rests = false;
};

/// The answer's address: whom to tell, and what about.
struct reply_to {
  append_listener* listener = nullptr;
  std::uint64_t tag = 0;
};

/// What retire() of the journal is asked for.
struct retirement {
  record_kind how = record_kind::deletion;
  expectation expected{};
  /// Only for a truncation.
  sequence before{};
  timestamp time{};
};

/// Records that will be one entry of the log.
struct staged_entry {
  messages::entry_header header{};
  bytes body{};
  /// Where each record begins within the body.
  std::vector<std::uint32_t> offsets{};
  /// None where its one record is the log's own, which shares its entry with no other.
  std::vector<std::pair<aggregate_hash, aggregate_head>> heads{};
  std::vector<pending_answer> answers{};
  timestamp last_time{};
  /// The committer has it: its records and header no longer change.
  bool taken = false;
};

/// Where a partition stands.
struct partition_tail {
  /// Of the last record.
  position last{};
  /// Number of entries.
  std::uint64_t index = 0;
  timestamp last_time = timestamp::min();

  bool operator==(const partition_tail&) const = default;
};

class partition_log final : public record_lookup {
 public:
  /// `earlier` reads committed records; it must outlive this.
  partition_log(partition_id partition, const append_limits& limits, const record_lookup& earlier)
      : partition_(partition), limits_(limits), earlier_(earlier) {}

  /// What recovery found. Before anything is staged.
  void restore(head_map heads, const partition_tail& tail);

  /// Stages a batch that passed check(); its answer falls due sooner or later. Returns how many
  /// bytes were staged.
  std::uint64_t append(const append_request& request, const aggregate_hash& aggregate,
                       reply_to whom);
  /// The same for a retirement of a key that passed check().
  std::uint64_t retire(const aggregate_key& key, const aggregate_hash& aggregate,
                       const retirement& how, reply_to whom);
  /// Stages records of the log's own, up to `last`, where nothing of anybody is to stand; none when
  /// it ends there already.
  std::uint64_t pass(position last, reply_to whom);
  /// An answer that rests on nothing, in its turn.
  void refuse(reply_to whom, error why);

  /// The oldest entry that was not taken yet, or null.
  [[nodiscard]] const staged_entry* next() const;
  /// Takes what next() shows. It stays where it is, unchanged, until its fate is told.
  const staged_entry* take();
  /// The oldest taken entry is durable. Returns how many bytes of what was staged that was.
  /// With `instead`, those who wait for it are told that, because nobody knew for a while.
  std::uint64_t committed(const std::optional<error>& instead = {});
  /// The oldest entry that waits for its fate, or null.
  [[nodiscard]] const staged_entry* oldest() const {
    return staged_.empty() ? nullptr : &staged_.front();
  }
  /// Folds the next entry, which is committed and was not staged here; nothing may be staged. Notes
  /// whose heads moved, with repetitions. Damage as fold_head() says; the rest is not folded then.
  [[nodiscard]] std::optional<error> adopt(const messages::entry& entry, std::uint64_t hash_seed,
                                           std::vector<aggregate_hash>& changed);
  /// Everything staged is lost: taken entries as `taken` says, what came behind them as `rest`
  /// says. Returns how many bytes that was.
  std::uint64_t lost(const error& taken, const error& rest);

  /// Answers to give now, oldest first; they are the caller's from here on.
  [[nodiscard]] std::vector<pending_answer> take_due() { return std::exchange(due_, {}); }
  [[nodiscard]] bool has_due() const { return !due_.empty(); }

  [[nodiscard]] aggregate_head head(const aggregate_hash& aggregate) const {
    return heads_.find(aggregate);
  }
  [[nodiscard]] const partition_tail& tail() const { return tail_; }
  [[nodiscard]] const head_map& heads() const { return heads_; }

  /// Reads a record, committed or staged.
  [[nodiscard]] result<void> look(position at, const record_visit& visit) const override;

 private:
  // Records that were encoded and not yet put into an entry.
  struct encoded_batch {
    bytes body{};
    std::vector<std::uint32_t> offsets{};
    bytes headers{};
    bytes tags{};

    void clear();
  };

  [[nodiscard]] aggregate_head staged_head(const aggregate_hash& aggregate) const;
  void answer(reply_to whom, result<append_receipt> outcome, bool rests);
  [[nodiscard]] append_receipt receipt_of(position at, sequence n, bool repeated) const;
  [[nodiscard]] result<append_receipt> decide(const append_request& request,
                                              const aggregate_hash& aggregate);
  [[nodiscard]] result<append_receipt> decide(const aggregate_key& key,
                                              const aggregate_hash& aggregate,
                                              const retirement& how);
  [[nodiscard]] result<append_receipt> encode(const append_request& request,
                                              const aggregate_hash& aggregate,
                                              const aggregate_head& head);
  void stage(const aggregate_hash& aggregate, const aggregate_head& head, timestamp time);
  staged_entry& stage_of_log();

  const partition_id partition_;
  const append_limits limits_;
  const record_lookup& earlier_;

  head_map heads_;
  partition_tail tail_;
  std::deque<staged_entry> staged_;
  /// Heads of aggregates with staged records.
  head_map overlay_;
  /// Where the partition will stand when everything staged is committed.
  partition_tail staged_tail_;
  std::vector<pending_answer> due_;
  encoded_batch batch_;
};

}  // namespace reprise::persistence
