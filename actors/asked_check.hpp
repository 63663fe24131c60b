// SPDX-License-Identifier: Apache-2.0
//
// A check of a node's whole store that a client wants: it takes as long as it takes, so the client
// comes back to ask how far it is.
//
// Invariants
//  * One is under way at most, on a thread of its own.
//  * One that nobody has asked about for `patience` ends, and gives way to others.
// Threading: every method may be called from any thread.

#pragma once

#include "base/clock.hpp"
#include "cluster/store_query.hpp"
#include "persistence/store_survey.hpp"

#include <reprise/inspect.hpp>
#include <reprise/result.hpp>

#include <chrono>
#include <mutex>
#include <optional>
#include <thread>

namespace reprise::actors {

class asked_check {
 public:
  static constexpr std::chrono::seconds patience{30};

  /// Both must outlive it.
  asked_check(const persistence::store_survey& of, const base::clock& time)
      : of_(of), time_(time) {}
  ~asked_check() { stop(); }
  asked_check(const asked_check&) = delete;
  asked_check& operator=(const asked_check&) = delete;

  /// How far that one has come, or what it found; begins it where it is not known. `overloaded`
  /// while there is another one, `stopped`, and why it could not be done.
  [[nodiscard]] result<cluster::check_answer> ask(const cluster::check_id& which);
  /// Ends the one that is under way, and waits for it. Idempotent.
  void stop();

 private:
  void run();
  [[nodiscard]] bool goes_on(const read_progress& at);
  [[nodiscard]] bool is_forgotten() const { return time_.steady() - asked_at_ > patience; }

  const persistence::store_survey& of_;
  const base::clock& time_;
  std::mutex mutex_;
  // Guarded by mutex_.
  std::optional<cluster::check_id> which_;
  base::clock::instant asked_at_{};
  read_progress at_{};
  std::optional<result<verification>> outcome_;
  bool told_ = false;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace reprise::actors
