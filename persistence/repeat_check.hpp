// SPDX-License-Identifier: Apache-2.0
//
// Whether a batch repeats events that are stored already, by their event ids.
//
// Only a part of the history is looked at, so that an append costs no more for a long one: a batch
// is recognised while at most `events_behind_max` events follow it (`with_any`: 64), however large
// it is itself. A repeat that comes later than that is a conflict, or with `any` is appended anew.
// Threading: confined to the append.

#pragma once

#include "persistence/journal.hpp"
#include "persistence/record_lookup.hpp"

#include <cstdint>

namespace reprise::persistence {

class repeat_check {
 public:
  /// Events that may follow a batch for which the place is known (`none`, `exact`).
  static constexpr std::uint64_t events_behind_max = 1024;
  /// The same where the place must be searched for (`any`).
  static constexpr std::uint64_t events_behind_max_any = 64;

  enum class verdict : std::uint8_t {
    /// The first event is not the one stored there.
    fresh,
    /// All events are stored, one behind the other.
    repeated,
    /// The first event is stored there, and the rest of the batch or a payload is not.
    inconsistent,
  };
  struct finding {
    verdict is = verdict::fresh;
    /// Of the batch's last event when it is `repeated`.
    position at{};
    reprise::sequence last{};
  };

  /// `head` must be live, `request` not empty.
  repeat_check(const record_lookup& records, const aggregate_head& head,
               const append_request& request)
      : records_(records), head_(head), request_(request) {}

  /// Compares the batch with the events from `first` on.
  [[nodiscard]] result<finding> against(sequence first) const;
  /// Compares it with those from where its first event id is stored, if it is.
  [[nodiscard]] result<finding> anywhere() const;

 private:
  const record_lookup& records_;
  const aggregate_head& head_;
  const append_request& request_;
};

/// The id of the request's event with that index: its own, or the derived one.
[[nodiscard]] event_id id_of_event(const append_request& request, std::size_t index);

}  // namespace reprise::persistence
