// SPDX-License-Identifier: Apache-2.0
//
// A lane of a projection step by step: folds pages of events of its partitions and commits their
// rows together with the checkpoint behind them. What makes the steps happen, and on which thread,
// is another's business.
//
// Invariants
//  * What is committed is always the fold of the log up to the checkpoint beside it, but for events
//    that the failure policy passed by or put aside.
//  * An event that cannot be folded changes nothing, and those before it are committed.
//  * A commit that fails leaves nothing behind: what it held is folded again. So it is when another
//    lane has changed rows that it rests on.
// Threading: confined to its owner, one thread at a time, but for busy_since().

#pragma once

#include "base/clock.hpp"
#include "consumers/checkpoint_rule.hpp"
#include "consumers/follower.hpp"
#include "consumers/lane_commits.hpp"
#include "consumers/parked_events.hpp"
#include "consumers/retry_schedule.hpp"
#include "consumers/row_overlay.hpp"
#include "consumers/step_progress.hpp"
#include "persistence/journal.hpp"
#include "persistence/row_store.hpp"

#include <reprise/detail/projection_type.hpp>
#include <reprise/result.hpp>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace reprise::consumers {

/// What a projector works with; all of it must outlive it.
struct projector_ports {
  const persistence::journal& log;
  persistence::row_store& rows;
  const base::clock& time;
  /// Of the chance in waits before a repeat.
  std::uint64_t seed = 0;
};

/// What the rows of a projection's version are stored under.
[[nodiscard]] std::string stored_name(std::string_view name, std::uint32_t version);
/// Outboxes of sagas, and groups, keep their rows beside those of projections, under names that
/// begin so: `saga:` and `group:`.
[[nodiscard]] bool is_reserved(std::string_view projection_name);

class projector {
 public:
  using state = step_state;
  using progress = step_progress;

  /// One for each lane, in their order. They go on behind the checkpoint of this name and version,
  /// however many lanes there were before. `invalid_argument` for a name or an option,
  /// `beyond_head` when the log is shorter than the checkpoint, `handler_failed` when the
  /// projection cannot be made.
  [[nodiscard]] static result<std::vector<std::unique_ptr<projector>>> open(
      const projector_ports& ports, const detail::projection_type& type);

  /// Whether somebody waits for rows that have come as far as these cursors, and cannot be read
  /// before they are committed.
  using awaited = std::function<bool(const std::vector<partition_cursor>& folded)>;

  /// Folds a page, and commits when nothing is left, enough was folded, what was folded first has
  /// waited long enough, or somebody waits for it. `interrupted` is asked before each event; when
  /// it says so, what was folded is committed and nothing more is.
  [[nodiscard]] progress advance(const std::function<bool()>& interrupted,
                                 const awaited& waits = {});
  /// Goes on after it was stopped, and at once where it was waiting to try again.
  void resume();
  /// The rows of all lanes were changed by somebody else, and lanes() has forgotten them: what is
  /// not committed is dropped, and it goes on with what is stored now, as if it was opened.
  void begin_anew();
  /// Commits what is not committed yet, unless another lane has the turn; nothing follows.
  void finish();

  /// The lanes that it is one of, and which.
  [[nodiscard]] const std::shared_ptr<lane_commits>& lanes() const { return lanes_; }
  [[nodiscard]] std::uint32_t lane() const { return lane_; }

  /// See running_projection. `unavailable` while another lane has the turn.
  [[nodiscard]] result<std::uint64_t> retry_parked(const aggregate_key& aggregate);
  [[nodiscard]] result<void> skip_parked(const aggregate_key& aggregate);
  [[nodiscard]] const parked_events& parked() const { return parked_; }

  /// How far the rows have come that can be read. What was passed over counts at once.
  [[nodiscard]] const std::vector<partition_cursor>& cursors() const {
    return rows_.changed() ? settled_ : follower_->cursors();
  }
  /// Committed records that it has not looked at.
  [[nodiscard]] std::uint64_t lag() const { return follower_->lag(); }
  /// The rows were complete once: each lane held all that was committed when it began, and was at
  /// the end of the log, or behind it by no more than a page.
  [[nodiscard]] bool built() const { return lanes_->built(); }
  [[nodiscard]] const std::optional<error>& trouble() const { return trouble_; }
  /// How often in a row it failed.
  [[nodiscard]] std::uint64_t attempts() const { return attempts_; }
  [[nodiscard]] std::uint64_t skipped() const { return skipped_; }
  /// Since when `on` has been at work on one event, in nanoseconds of the steady clock; 0: it is
  /// not. From any thread.
  [[nodiscard]] std::int64_t busy_since() const { return busy_since_.load(); }

 private:
  // What folding a page came to.
  struct folded_page {
    bool idle = false;
    bool refused = false;
    bool at_end = false;
    bool completes = false;
    bool interrupted = false;
    std::optional<error> wrong{};
  };

  projector(const projector_ports& ports, const detail::projection_type& type,
            std::shared_ptr<lane_commits> lanes, std::uint32_t lane);
  [[nodiscard]] result<void> begin();
  [[nodiscard]] result<void> ensure_begun();
  void undo();
  [[nodiscard]] result<void> read_on();
  void let_go();
  void leave();
  void note_ends();
  [[nodiscard]] bool has_caught_up();
  [[nodiscard]] progress step(const std::function<bool()>& interrupted, const awaited& waits);
  [[nodiscard]] folded_page fold_page(const std::function<bool()>& interrupted);
  [[nodiscard]] progress settle(const folded_page& page, const awaited& waits,
                                base::clock::instant began);
  [[nodiscard]] bool needs_turn() const;
  [[nodiscard]] progress overtaken();
  [[nodiscard]] progress rest(progress done, base::clock::instant began);
  [[nodiscard]] bool take(const persistence::stored_record& record, base::clock::instant now);
  [[nodiscard]] result<void> fold(const persistence::stored_record& record,
                                  base::clock::instant now);
  [[nodiscard]] bool give_up(const persistence::stored_record& record);
  [[nodiscard]] bool put_aside(const persistence::stored_record& record, std::string cause,
                               std::uint64_t attempts);
  [[nodiscard]] bool is_overdue(base::clock::instant now) const;
  [[nodiscard]] bool commit_due(bool at_a_halt, const awaited& waits) const;
  [[nodiscard]] result<bool> commit(bool completes = false);
  [[nodiscard]] progress fail(error why);
  [[nodiscard]] progress try_later();
  [[nodiscard]] progress stop();
  void recovered();

  [[nodiscard]] result<void> load_orders();
  [[nodiscard]] progress carry_out_order();
  [[nodiscard]] result<void> begin_in_turn();
  [[nodiscard]] result<parked_event> first_parked(const aggregate_key& aggregate);
  [[nodiscard]] result<std::uint64_t> fold_parked(const aggregate_key& aggregate);
  [[nodiscard]] result<void> fold_at(const parked_event& what);
  [[nodiscard]] result<std::uint64_t> committed_or_undone(result<std::uint64_t> done);

  const projector_ports ports_;
  const std::string name_;
  const failure_policy policy_;
  const std::vector<std::pair<aggregate_type_id, std::uint32_t>> events_;
  const std::uint32_t building_percent_;
  const std::shared_ptr<lane_commits> lanes_;
  const std::uint32_t lane_;
  row_overlay rows_;
  std::unique_ptr<detail::hosted_projection> what_;
  /// Of the present event; its texts' memory is used for the next one.
  envelope meta_;
  parked_events parked_;
  /// What follows is what is stored, or goes on from there.
  bool begun_ = false;
  /// It is what the rows say, since they were read last.
  bool parked_known_ = false;
  /// Whose parked events are to be tried again before anything is folded.
  std::deque<aggregate_key> ordered_;
  std::optional<follower> follower_;
  /// What is committed, and behind that what has changed no row.
  std::vector<partition_cursor> settled_;
  /// Where each of them ended when that was looked at last; for who is not complete yet.
  std::vector<position> ends_;
  checkpoint_rule rule_;
  retry_schedule waits_;

  std::uint64_t folded_ = 0;
  /// Of the oldest change that is not committed.
  std::optional<base::clock::instant> changed_at_;
  /// The rows of this lane were complete once.
  bool complete_ = false;
  /// What is left to do once it has the turn.
  std::optional<folded_page> held_;
  /// So many batches are folded with the turn, since one was overtaken by another lane.
  std::uint32_t contended_ = 0;
  bool stopped_ = false;
  std::optional<error> trouble_;
  std::uint64_t attempts_ = 0;
  std::uint64_t skipped_ = 0;
  std::uint64_t skipped_in_batch_ = 0;
  std::optional<base::clock::instant> retry_at_;
  /// Until then it leaves the time to others.
  std::optional<base::clock::instant> rests_until_;
  /// For what it has folded since it last did.
  base::clock::instant::duration rest_owed_{};
  /// The event that `on` failed at last.
  std::optional<partition_cursor> failing_;
  std::atomic<std::int64_t> busy_since_{0};
};

}  // namespace reprise::consumers
