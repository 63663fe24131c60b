// SPDX-License-Identifier: Apache-2.0
//
// The port through which actors append events and read them back.
//
// Invariants, whoever implements it
//  * For each aggregate, sequences are 1..n without gap; for each partition, committed positions
//    are 1..m without gap and never reused.
//  * A request is stored whole or not at all, its records next to each other in the partition.
//  * Nobody reads past committed(partition).
//  * Every append is answered exactly once, and the answers of one partition come in the order in
//    which its appends were made. An answer that rests on records not yet committed (a conflict, an
//    idempotent repeat) waits for them; when they are lost it is lost with them, as an error.
// Threading: every method may be called from any thread. Answers come on a thread of the journal,
// or on the caller's when nothing needs to be waited for.

#pragma once

#include <reprise/envelope.hpp>
#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace reprise::persistence {

/// `error::number` of `errc::unavailable` where another node leads the partition, or nobody does:
/// nothing was done, whoever leads it may be asked.
inline constexpr std::uint64_t led_elsewhere = 1;

/// What the appender believes of the aggregate's head.
struct expectation {
  enum class kind : std::uint8_t { any, none, exists, exact };

  kind what = kind::any;
  /// Only for `exact`.
  reprise::sequence at{};

  static constexpr expectation any() { return {}; }
  static constexpr expectation none() { return {kind::none, {}}; }
  static constexpr expectation exists() { return {kind::exists, {}}; }
  /// exact(0) means none().
  static constexpr expectation exact(reprise::sequence n) {
    return n.value == 0 ? none() : expectation{kind::exact, n};
  }
};

/// What a record of the partition log is. Numbers stand on disk; never reuse one.
enum class record_kind : std::uint8_t {
  event = 1,
  /// The aggregate was deleted; it can be reopened and numbering goes on.
  deletion = 2,
  /// The aggregate was closed for ever.
  tombstone = 3,
  /// Events below a sequence are no longer readable.
  truncation = 4,
};

/// One event to be appended.
struct new_event {
  event_id id{};
  /// Discriminant within the aggregate's event union.
  std::uint32_t type = 0;
  bytes payload{};
  /// Values of the fields that the schema marks as tags.
  attributes tags{};
};

/// One atomic batch for one aggregate.
struct append_request {
  aggregate_key aggregate{};
  expectation expected{};
  std::vector<new_event> events{};
  timestamp time{};
  /// The command that decided the events; empty where there is none. Becomes the causation id.
  command_id command{};
  /// XXH3-64 of the command's type and payload, so that a repeat with another payload is found.
  std::uint64_t command_hash = 0;
  correlation_id correlation{};
  attributes headers{};
  /// For histories that are imported without their beginning: the first event's sequence, if the
  /// aggregate has no event yet. 0 means "the next one".
  reprise::sequence first_sequence{};
  /// Why it cannot be stored, found on its way here: it is refused in its turn, with this.
  std::optional<error> refused{};
};

/// Where the last event of a batch stands (for an empty batch: where the head stands).
struct append_receipt {
  reprise::receipt last{};
  /// The batch had been stored before; nothing was written.
  bool repeated = false;

  bool operator==(const append_receipt&) const = default;
};

struct append_answer {
  /// What the appender passed to append().
  std::uint64_t tag = 0;
  result<append_receipt> outcome;
};

/// Told what became of appends. Must not call back into the journal's append() and wait for it.
class append_listener {
 public:
  virtual ~append_listener() = default;
  /// All answers of one commit for one listener at once, in the order of their appends.
  virtual void appended(std::span<append_answer> answers) = 0;
};

/// Told that a partition's committed position has moved on.
class commit_listener {
 public:
  virtual ~commit_listener() = default;
  /// Runs on a thread that commits, which waits for it, and outside of every partition's lock. It
  /// may only make a note of it. Told once for several commits at times, and at times for none.
  virtual void committed_moved(partition_id partition) = 0;
};

/// Where an aggregate stands.
struct aggregate_head {
  reprise::sequence last{};
  position at{};
  enum class state : std::uint8_t { absent, live, deleted, tombstoned };
  state is = state::absent;
  /// First sequence of the present life: 1, or the one after the last deletion. A fold of the
  /// aggregate starts there, from nothing.
  reprise::sequence begins{1};
  /// Events below it are not readable: they were truncated, or belong to a life that was deleted.
  reprise::sequence first_readable{1};

  bool operator==(const aggregate_head&) const = default;
};

/// One record as stored. Views are valid only during the call that hands it out.
struct stored_record {
  record_kind kind = record_kind::event;
  aggregate_type_id type{};
  std::string_view tenant{};
  std::string_view id{};
  std::uint32_t event_type = 0;
  reprise::event_id event{};
  /// Which event of its batch it is, from 0.
  std::uint16_t batch_index = 0;
  partition_id partition{};
  position at{};
  /// Position of the aggregate's previous record; 0 for its first.
  position previous{};
  reprise::sequence sequence{};
  timestamp time{};
  command_id command{};
  std::uint64_t command_hash = 0;
  correlation_id correlation{};
  attributes headers{};
  attributes tags{};
  bytes_view payload{};
  /// What the record takes in the log, header and names included.
  std::uint64_t stored_bytes = 0;
};

enum class direction : std::uint8_t { forward, backward };

/// Called for each record, outside of any transaction of the store, so it may take its time.
/// Returning false stops the read.
using record_visitor = std::function<bool(const stored_record&)>;

struct aggregate_range {
  reprise::sequence from{1};
  reprise::sequence to{std::numeric_limits<std::uint64_t>::max()};
  /// At least 1.
  std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();
  direction order = direction::forward;
};

/// How a read of one aggregate ended.
struct aggregate_page {
  std::uint64_t records = 0;
  /// Nothing of the range is left beyond what was visited.
  bool end = false;
};

/// Which records of a partition a scan hands out; an empty list means "all".
struct record_filter {
  std::vector<aggregate_type_id> types{};
  /// Pairs of aggregate type and event type.
  std::vector<std::pair<aggregate_type_id, std::uint32_t>> events{};
  std::string id_prefix{};
};

struct partition_range {
  /// First position to look at (for a backward scan: the last). A backward scan from beyond the
  /// end starts at the end.
  position from{1};
  /// How many records to hand out at most, and how many to look at (the search window). At least 1.
  std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t window = std::numeric_limits<std::uint64_t>::max();
  direction order = direction::forward;
  record_filter filter{};
};

/// How a scan ended.
struct partition_page {
  std::uint64_t records = 0;
  /// Where to go on: the next position to look at (backward: 0 when the start was reached).
  position next{};
  /// The partition's last committed position when the scan ended.
  position last{};
  bool end = false;
};

class journal {
 public:
  virtual ~journal() = default;

  [[nodiscard]] virtual std::uint32_t partitions() const = 0;
  /// The partition that an aggregate lives in; a pure function of key and partitions().
  [[nodiscard]] virtual partition_id partition_of(const aggregate_key& aggregate) const = 0;
  /// True while an append would be answered `overloaded`.
  [[nodiscard]] virtual bool saturated(partition_id partition) const = 0;

  /// Answers `listener` with `tag`, exactly once. The listener must outlive the answer.
  virtual void append(append_request request, append_listener& listener, std::uint64_t tag) = 0;
  /// Closes or reopens an aggregate, or hides a prefix of its events; stored as a record of its
  /// own. `before` counts only for truncation: the first sequence that stays readable.
  virtual void retire(const aggregate_key& aggregate, record_kind how, expectation expected,
                      reprise::sequence before, timestamp time, append_listener& listener,
                      std::uint64_t tag) = 0;

  /// The committed head. An aggregate that never wrote has state `absent`; that is no error.
  [[nodiscard]] virtual result<aggregate_head> head(const aggregate_key& aggregate) const = 0;
  /// Last committed position; 0 when empty.
  [[nodiscard]] virtual position committed(partition_id partition) const = 0;
  /// Last position that stands in the log, no less than committed(). More in a cluster: what a node
  /// knew to be committed before it was opened it has to hear of again.
  [[nodiscard]] virtual position stored(partition_id partition) const {
    return committed(partition);
  }

  /// Hands out events (only those) of one aggregate. `not_found`, `deleted`, `tombstoned` and
  /// `history_gone` (the whole range lies below first_readable) by name; `corrupt` with the
  /// position.
  [[nodiscard]] virtual result<aggregate_page> read(const aggregate_key& aggregate,
                                                    const aggregate_range& range,
                                                    const record_visitor& visit) const = 0;
  /// Hands out records of every kind of one partition in position order.
  [[nodiscard]] virtual result<partition_page> scan(partition_id partition,
                                                    const partition_range& range,
                                                    const record_visitor& visit) const = 0;
  /// First position whose record's time is at or after `time`; committed + 1 when there is none.
  /// Times within a partition never decrease.
  [[nodiscard]] virtual result<position> first_at_or_after(partition_id partition,
                                                           timestamp time) const = 0;

  /// Tells `listener` of each commit from now on; what was committed before is for it to look at
  /// after this. Neither this nor unwatch() may be called from within a listener.
  virtual void watch(commit_listener& listener) = 0;
  /// Once it has returned, the listener is not told any more.
  virtual void unwatch(commit_listener& listener) = 0;

  /// Refuses new appends, answers those under way, writes what makes the next open fast.
  virtual void close() = 0;
};

}  // namespace reprise::persistence
