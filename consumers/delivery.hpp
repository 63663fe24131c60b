// SPDX-License-Identifier: Apache-2.0
//
// A subscription step by step: finds out where to begin, shows its subscriber page after page, and
// saves its checkpoint. What makes the steps happen, and on which thread, is another's business.
//
// Invariants
//  * A checkpoint never passes a record that the subscriber was not done with.
//  * What could not be saved ends the subscription; nothing counts as done that is not stored.
//  * After it has ended the subscriber is not called any more; if it ended by itself, the last call
//    was `dropped`.
// Threading: confined to its owner, one thread at a time.

#pragma once

#include "base/clock.hpp"
#include "consumers/checkpoint_rule.hpp"
#include "consumers/follower.hpp"
#include "consumers/record_choice.hpp"
#include "persistence/checkpoint_store.hpp"
#include "persistence/journal.hpp"

#include <reprise/result.hpp>
#include <reprise/subscription.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace reprise::consumers {

/// What a delivery works with; all of it must outlive it.
struct delivery_ports {
  const persistence::journal& log;
  /// Null where there is no name to save under.
  persistence::checkpoint_store* saved = nullptr;
  const base::clock& time;
};

class delivery {
 public:
  enum class state : std::uint8_t {
    /// There may be more at once.
    more,
    /// Nothing to do until something is committed, or until `due`.
    waiting,
    /// Over; the subscriber has been told.
    ended,
  };
  struct progress {
    state is = state::more;
    /// When a checkpoint is to be saved though nothing is committed.
    std::optional<base::clock::instant> due{};
  };

  /// `invalid_argument` for options that break a stated limit. With a checkpoint: `incompatible`
  /// when it was saved with another choice, `beyond_head` when the log is shorter than it.
  [[nodiscard]] static result<std::unique_ptr<delivery>> open(const delivery_ports& ports,
                                                              subscription_options options,
                                                              subscriber whom);

  /// Shows one page. `interrupted` is asked before each call of the subscriber; when it says so,
  /// nothing more is shown in this step.
  [[nodiscard]] progress advance(const std::function<bool()>& interrupted);
  /// Saves what is not saved yet; nothing follows.
  void finish();

  [[nodiscard]] const std::vector<partition_cursor>& cursors() const {
    return follower_->cursors();
  }

 private:
  delivery(const delivery_ports& ports, subscription_options options, subscriber whom);
  [[nodiscard]] result<void> begin();
  [[nodiscard]] result<std::vector<partition_cursor>> starts() const;
  /// False: not taken, for a reason that `stopped_` has if it is the delivery's end.
  [[nodiscard]] bool show(const persistence::stored_record& record,
                          const std::function<bool()>& interrupted);
  [[nodiscard]] result<void> save();
  progress drop(error why, partition_cursor where);

  const delivery_ports ports_;
  const subscription_options options_;
  const subscriber whom_;
  const record_choice choice_;
  std::optional<follower> follower_;
  checkpoint_rule rule_;
  /// Why it ends with the record that was shown last, or instead of it.
  std::optional<drop_notice> stopped_;
  bool ended_ = false;
};

}  // namespace reprise::consumers
