// SPDX-License-Identifier: Apache-2.0
//
// Which instances of a saga have keys beside their own: follows the saga's own log, where they note
// what they take on and give up, and keeps an index of it in rows.
//
// Invariants
//  * What is known counts for events by where these stand in the log. So it may be known late, or
//    be read anew from the beginning, and each event still reaches the same instances, but for
//    events that were committed while the change of the key was on its way into the log: these may
//    have been given out before it was known.
//  * A key that was given up is forgotten only when all events that it counts for are done with.
// Threading: confined to its owner, one thread at a time.

#pragma once

#include "consumers/follower.hpp"
#include "consumers/row_overlay.hpp"
#include "persistence/journal.hpp"
#include "persistence/row_store.hpp"
#include "saga_log.reprise.hpp"

#include <reprise/cursor.hpp>
#include <reprise/detail/saga_type.hpp>
#include <reprise/ids.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::sagas {

/// Each event of an instance that changes its keys has tags of this name.
inline constexpr std::string_view key_tag = "key";

/// An event, by its key and its place.
struct keyed_event {
  std::string tenant{};
  std::string key{};
  partition_cursor at{};
};

class taken_keys {
 public:
  /// All of it must outlive it.
  struct ports {
    const persistence::journal& log;
    persistence::row_store& rows;
  };

  /// `beyond_head` when the log is shorter than what is kept.
  [[nodiscard]] static result<std::unique_ptr<taken_keys>> open(const ports& around,
                                                                const detail::saga_type& type);
  ~taken_keys();

  /// Reads on, and keeps what it has read where that is much. True once all is known that stands
  /// before these ends.
  [[nodiscard]] result<bool> know(const std::vector<position>& ends);
  /// The instances that the event reaches by the key, in no order. It must not stand behind what is
  /// known. `unavailable` while that is read again, after a commit that failed.
  [[nodiscard]] result<std::vector<std::string>> whom(const keyed_event& event);
  /// Keeps what is known, if that is worth it; `always` if there is anything. Events up to `done`
  /// will not be asked for again.
  [[nodiscard]] result<void> save(const std::vector<partition_cursor>& done, bool always);
  /// Lets go of the moment of the store that it reads.
  void rest();

 private:
  struct tables;

  taken_keys(const ports& around, const detail::saga_type& type);
  [[nodiscard]] result<void> begin();
  [[nodiscard]] result<void> rewind();
  [[nodiscard]] result<void> read_rows();
  [[nodiscard]] bool take(const persistence::stored_record& record);
  void note(const aggregate_key& instance, const log::key_change& change,
            const std::vector<std::uint64_t>& ends);
  [[nodiscard]] result<bool> read_on();
  [[nodiscard]] result<void> keep();
  void forget(const std::vector<partition_cursor>& done);

  const ports ports_;
  const aggregate_type_id type_;
  const std::string name_;
  consumers::row_overlay rows_;
  std::unique_ptr<tables> tables_;
  std::optional<consumers::follower> follower_;
  std::vector<partition_cursor> committed_;
  // Records that were passed since they were.
  std::uint64_t unsaved_ = 0;
  // There may be rows.
  bool any_ = false;
  // What was asked for last, and whether less than that may be known.
  std::vector<position> needed_;
  bool rewound_ = false;
  // Why the last record was not taken.
  std::optional<error> wrong_;
};

}  // namespace reprise::sagas
