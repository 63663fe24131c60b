// SPDX-License-Identifier: Apache-2.0
//
// Writes committed events to a sink, step by step: pages of events, then a commit with the cursors
// behind them. What makes the steps happen, and on which thread, is another's business.
//
// Invariants
//  * What is remembered never passes an event that the sink has not committed.
//  * A write or a commit that fails is repeated from the last commit on.
// Threading: confined to its owner, one thread at a time.

#pragma once

#include "base/clock.hpp"
#include "consumers/checkpoint_rule.hpp"
#include "consumers/follower.hpp"
#include "consumers/retry_schedule.hpp"
#include "consumers/step_progress.hpp"
#include "persistence/checkpoint_store.hpp"
#include "persistence/journal.hpp"

#include <reprise/cursor.hpp>
#include <reprise/envelope.hpp>
#include <reprise/result.hpp>
#include <reprise/sink.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace reprise::consumers {

class feeder {
 public:
  /// All of it must outlive it.
  struct ports {
    const persistence::journal& log;
    persistence::checkpoint_store& saved;
    const base::clock& time;
    /// Of the chance in waits before a repeat.
    std::uint64_t seed = 0;
  };
  using state = step_state;
  using progress = step_progress;

  /// Goes on behind what the sink says, or what was saved. `invalid_argument` for the options,
  /// `beyond_head` when the log is shorter, `not_found` and `incompatible` as sink_options say, and
  /// what the sink says.
  [[nodiscard]] static result<std::unique_ptr<feeder>> open(const ports& around, sink_feed what);

  /// Writes a page. `interrupted` is asked before each event; when it says so, what was written is
  /// committed and nothing more is written.
  [[nodiscard]] progress advance(const std::function<bool()>& interrupted);
  /// Goes on after it was stopped, and at once where it was waiting to try again.
  void resume();
  /// Commits what is written; nothing follows.
  void finish();

  /// What is committed. What was passed over counts at once.
  [[nodiscard]] const std::vector<partition_cursor>& cursors() const {
    return written_ > 0 ? committed_ : follower_->cursors();
  }
  [[nodiscard]] std::uint64_t lag() const { return follower_->lag(); }
  [[nodiscard]] const std::optional<error>& trouble() const { return trouble_; }
  /// How often in a row it failed.
  [[nodiscard]] std::uint64_t attempts() const { return attempts_; }
  [[nodiscard]] std::uint64_t skipped() const { return skipped_; }

 private:
  feeder(const ports& around, sink_feed what);
  [[nodiscard]] result<void> begin();
  [[nodiscard]] result<std::optional<persistence::checkpoint>> beginning() const;
  void rewind();
  [[nodiscard]] bool take(const persistence::stored_record& record);
  [[nodiscard]] result<void> write(const persistence::stored_record& record);
  [[nodiscard]] result<void> commit();
  [[nodiscard]] bool commit_due() const;
  [[nodiscard]] progress fail(error why);
  void fall_back();
  [[nodiscard]] progress try_later();

  const ports ports_;
  const sink_options options_;
  const std::shared_ptr<sink> to_;
  const std::string saved_as_;
  /// The sink keeps the cursors itself.
  bool keeps_cursors_ = false;
  envelope meta_;
  std::optional<follower> follower_;
  std::vector<partition_cursor> committed_;
  checkpoint_rule rule_;
  retry_schedule waits_;
  /// Events that are not committed, and since when.
  std::uint64_t written_ = 0;
  std::optional<base::clock::instant> written_since_;
  bool stopped_ = false;
  std::optional<error> trouble_;
  std::uint64_t attempts_ = 0;
  std::uint64_t skipped_ = 0;
  std::optional<base::clock::instant> retry_at_;
  std::optional<partition_cursor> failing_;
};

}  // namespace reprise::consumers
