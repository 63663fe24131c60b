// SPDX-License-Identifier: Apache-2.0
//
// Carries out what the instances of one type of saga have asked for: delivers commands, tells the
// sagas what became of them, and lets deadlines fall due. It is a fold of the sagas' own events,
// kept as rows with a checkpoint, so it costs no memory for what lies far ahead, and can be built
// anew.
//
// Invariants
//  * Only what is committed is carried out.
//  * Commands of one partition's instances to one aggregate are sent in the order of the log, the
//    next when the one before is over; aggregates do not wait for each other.
//  * A step is over when its saga has taken note of its end. What comes twice after a crash is
//  known
//    by its place: to the target as the newest from here, to the saga because it is not open.
// Threading: see courier.

#pragma once

#include "base/clock.hpp"
#include "consumers/follower.hpp"
#include "consumers/retry_schedule.hpp"
#include "consumers/row_overlay.hpp"
#include "persistence/journal.hpp"
#include "persistence/row_store.hpp"
#include "saga_log.reprise.hpp"
#include "sagas/courier.hpp"

#include <reprise/detail/saga_type.hpp>
#include <reprise/ids.hpp>
#include <reprise/metrics.hpp>
#include <reprise/result.hpp>
#include <reprise/table.hpp>

#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace reprise::sagas {

class outbox final : public courier {
 public:
  /// All of it must outlive it.
  struct ports {
    const persistence::journal& log;
    persistence::row_store& rows;
    const base::clock& time;
    command_sender& sender;
    reprise::metrics& measured;
    /// Of the chance in waits before a repeat.
    std::uint64_t seed = 0;
  };

  /// `beyond_head` when the log is shorter than its checkpoint.
  [[nodiscard]] static result<std::unique_ptr<outbox>> open(const ports& around,
                                                            const detail::saga_type& type);

  ~outbox() override;

  progress advance() override;
  void answered(std::uint64_t token, result<detail::raw_answer> outcome) override;
  void finish() override;
  std::uint64_t lag() const override { return follower_->lag(); }
  /// What keeps it from its work as a whole; else the newest trouble with a step or a deadline,
  /// until that one goes through.
  const std::optional<error>& trouble() const override { return halted_ ? halted_ : failing_; }

 private:
  // Where an effect was asked for: partition, position, and which one of its record.
  using place = std::tuple<std::uint32_t, std::uint64_t, std::uint32_t>;

  // What a step is about to do next.
  enum class stage : std::uint8_t { deliver, settle, postpone };
  struct step {
    aggregate_key saga{};
    log::effect effect{};
    stage next = stage::deliver;
    bool under_way = false;
    // It waits until its function may be called.
    bool is_held = false;
    // How it ended, for the saga to be told.
    log::saga_cmd::settle how{};
    log::saga_cmd::postpone later{};
    std::uint64_t waits = 0;
  };
  // Partition of the saga, and whom the step is for.
  struct lane_key {
    std::uint32_t partition = 0;
    aggregate_key to{};
    auto operator<=>(const lane_key&) const = default;
  };
  struct timer {
    aggregate_key saga{};
    std::uint64_t number = 0;
    bytes cause{};
    bytes correlation{};
    std::vector<log::header> headers{};
    bool under_way = false;
    std::optional<base::clock::instant> again_at{};
    std::uint64_t waits = 0;
  };
  // Calls of one function that wait, those of one instance behind each other.
  struct held_calls {
    std::deque<lane_key> lanes{};
    base::clock::instant until{};
    std::string why{};
  };
  // A time for which this node does what a partition asks for.
  struct tenure {
    std::uint64_t number = 0;
    // What was committed when it began. Before all of it is read nothing is sent.
    position known{};
  };
  // What an answer is for.
  struct errand {
    place at{};
    bool fires = false;
  };
  struct tables;

  outbox(const ports& around, const detail::saga_type& type);
  [[nodiscard]] result<void> begin();
  [[nodiscard]] result<void> rewind();
  [[nodiscard]] result<void> read_on();
  [[nodiscard]] result<void> load_steps();

  [[nodiscard]] bool take(const persistence::stored_record& record);
  void opened(const persistence::stored_record& record, const aggregate_key& saga,
              const log::change& change);
  void closed(const aggregate_key& saga, std::uint64_t number);
  void postponed(const aggregate_key& saga, std::uint64_t number, std::uint32_t attempts,
                 std::int64_t due);
  void add_step(const place& at, step what);
  // It holds as many as it may, and reads nothing meanwhile.
  [[nodiscard]] bool is_full() const;

  void look_at_tenures();
  void begin_anew(partition_id partition);
  [[nodiscard]] bool acts_for(partition_id partition) const;
  void pump();
  void pump(const lane_key& key);
  void deliver(const lane_key& key, const place& at, step& s);
  void call(const lane_key& key, const place& at, step& s);
  [[nodiscard]] bool may_call(const std::string& handler, held_calls& held);
  void call_now(const place& at, step& s);
  void call_held();
  [[nodiscard]] std::optional<base::clock::instant> next_held() const;
  void tell(const place& at, step& s);
  // Notes that something is under way, and gives it a token.
  [[nodiscard]] std::uint64_t leaves(const errand& what);
  void send(const errand& what, detail::outgoing_command out, const bytes& correlation,
            const bytes& cause);
  void came_back(const place& at, step& s, const result<detail::raw_answer>& outcome);
  void attempt_failed(step& s, const error& why);
  [[nodiscard]] std::string name_of(const step& s) const;
  void in_trouble(const place& at, const std::string& whose, const error& why);
  void out_of_trouble(const place& at);
  void try_later(const lane_key& key, base::clock::instant when);
  void over(const place& at);
  [[nodiscard]] detail::delivery source_of(const place& at) const;
  [[nodiscard]] command_id id_of(const place& at, const step& s) const;
  [[nodiscard]] lane_key lane_of(const place& at, const step& s) const;

  // When it is due, in microseconds since 1970, and where it was asked for.
  using due_key = std::tuple<std::uint64_t, std::uint32_t, std::uint64_t, std::uint32_t>;

  void look_ahead(std::uint64_t now);
  [[nodiscard]] result<void> fire_timers();
  void fire(const place& at, timer& t);
  [[nodiscard]] std::optional<base::clock::instant> next_timer() const;
  [[nodiscard]] base::clock::instant instant_of(std::int64_t micros) const;

  [[nodiscard]] bool commit_due() const;
  [[nodiscard]] result<void> commit();

  const ports ports_;
  const detail::saga_type& type_;
  const std::string name_;
  consumers::row_overlay rows_;
  std::unique_ptr<tables> tables_;
  std::optional<consumers::follower> follower_;
  std::vector<partition_cursor> committed_;
  consumers::retry_schedule waits_;
  /// It has been at the end of the log, so what is known to be open is open.
  bool caught_up_ = false;
  bool stopped_ = false;
  /// Something is due that another node does, unless its lead comes to this one.
  bool waits_for_lead_ = false;
  std::optional<base::clock::instant> uncommitted_since_;
  // Why the last advance came to a halt.
  std::optional<error> halted_;
  // What fails at the moment, and where it was asked for.
  std::optional<error> failing_;
  place failing_at_{};

  std::map<std::uint32_t, tenure> tenures_;
  std::map<place, step> steps_;
  std::map<lane_key, std::deque<place>> lanes_;
  std::set<lane_key> ready_;
  std::multimap<base::clock::instant, lane_key> due_;
  std::map<std::string, held_calls> held_;
  // Deadlines up to `horizon_`, in the order of their time; the first one behind it, if it is
  // known.
  std::map<due_key, std::uint64_t> near_;
  std::uint64_t horizon_ = 0;
  std::optional<std::uint64_t> beyond_;
  std::map<place, timer> firing_;
  std::map<std::uint64_t, errand> tokens_;
  std::uint64_t last_token_ = 0;
  std::uint64_t under_way_ = 0;

  counter& delivered_;
  counter& refused_;
  counter& attempts_failed_;
  counter& fired_;
  counter& open_;
};

}  // namespace reprise::sagas
