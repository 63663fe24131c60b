// SPDX-License-Identifier: Apache-2.0
//
// What a call that can fail returns: a value, or an error with one documented code.
//
// Invariants
//  * A domain rejection is never an error: it is a value of its own (see reprise/decision.hpp).
//  * `commit_unknown` and `timed_out` are neither success nor failure: the outcome is not known.
//    Repeating the command with the same command id is safe.
// Threading: values; no shared state.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace reprise {

/// Why a call did not do what it was asked to. One code has one meaning everywhere.
enum class errc : std::uint8_t {
  /// An argument breaks a stated limit or rule; the call can never succeed as it is.
  invalid_argument,
  /// The aggregate has never written an event, or the thing named does not exist.
  not_found,
  /// The aggregate was deleted; it can be written again, numbering goes on.
  deleted,
  /// The aggregate was closed for ever.
  tombstoned,
  /// The expected sequence is not the actual one, which `error::number` holds. Nothing was written.
  sequence_conflict,
  /// The first event id repeats a stored one and the others do not. Nothing was written.
  inconsistent_retry,
  /// The command id was used before with another payload. Nothing was written.
  id_conflict,
  /// Something exceeds a size limit; both sizes are in the message. Nothing was written.
  too_large,
  /// A bounded queue is full. Nothing was done; try again later.
  overloaded,
  /// The disk or the store is full. Nothing was written; reads go on.
  disk_full,
  /// Cannot be served now; nothing was done; try again.
  unavailable,
  /// The deadline passed before the command was handled. Nothing was done.
  expired,
  /// The deadline passed and the outcome is unknown.
  timed_out,
  /// The append may or may not have been written.
  commit_unknown,
  /// Stored bytes do not match their checksum or contradict each other; `error::number` holds
  /// the position where that is known.
  corrupt,
  /// The format, schema or version is unknown to this program, or contradicts what is stored.
  incompatible,
  /// Somebody else has it open; the message names the process.
  locked,
  /// The operating system refused; the message holds its reason.
  io_error,
  /// The aggregate type does not know this command.
  unknown_command,
  /// Bytes could not be decoded.
  malformed,
  /// The user's command handler or applier threw. Nothing was written.
  handler_failed,
  /// The user's applier refused a stored event, so the aggregate cannot be activated.
  replay_failed,
  /// The events are stored, but computing the reply threw.
  reply_failed,
  /// The events asked for were truncated; `error::number` holds the first sequence still there.
  history_gone,
  /// The sequence asked for is above the head, which `error::number` holds.
  beyond_head,
  /// This node hosts no aggregate of that type.
  not_hosted,
  /// The node or store is shutting down. Nothing was done.
  stopped,
};

/// The code's name as written above, for log lines, JSON and metrics.
[[nodiscard]] std::string_view to_string(errc code) noexcept;
/// One sentence that says what the code means.
[[nodiscard]] std::string_view describe(errc code) noexcept;
/// True when the same call may succeed later without being changed.
[[nodiscard]] bool is_retryable(errc code) noexcept;
/// True when the call may or may not have taken effect.
[[nodiscard]] bool is_unknown(errc code) noexcept;

/// An error: its code, what was tried with which ids and what happened, and for some codes a
/// number.
struct error {
  errc code{};
  std::string message{};
  /// Meaning by code, see errc; 0 where the code names none.
  std::uint64_t number = 0;

  bool operator==(const error&) const = default;
};

/// `code: message`.
[[nodiscard]] std::string to_string(const error& e);

namespace detail {
struct nothing_held {
  bool operator==(const nothing_held&) const = default;
};
}  // namespace detail

/// Either a T or an error. Spelled like std::expected, which GCC 12 lacks in C++20.
template <class T>
class [[nodiscard]] result {
  using held = std::conditional_t<std::is_void_v<T>, detail::nothing_held, T>;

 public:
  using value_type = T;

  // Implicit on purpose: `return value;` and `return error{...};` read best.
  result()  // NOLINT(google-explicit-constructor)
      requires std::is_void_v<T> : state_(std::in_place_index<0>) {}
  result(held value) : state_(std::in_place_index<0>, std::move(value)) {}    // NOLINT
  result(reprise::error e) : state_(std::in_place_index<1>, std::move(e)) {}  // NOLINT

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  /// Must hold a value.
  [[nodiscard]] held& value() & { return std::get<0>(state_); }
  [[nodiscard]] const held& value() const& { return std::get<0>(state_); }
  [[nodiscard]] held&& value() && { return std::get<0>(std::move(state_)); }
  held& operator*() & { return value(); }
  const held& operator*() const& { return value(); }
  held&& operator*() && { return std::move(*this).value(); }
  held* operator->() { return &value(); }
  const held* operator->() const { return &value(); }
  [[nodiscard]] held value_or(held other) const { return has_value() ? value() : std::move(other); }

  /// Must hold an error.
  [[nodiscard]] const reprise::error& error() const& { return std::get<1>(state_); }
  [[nodiscard]] reprise::error&& error() && { return std::get<1>(std::move(state_)); }

  bool operator==(const result&) const = default;

 private:
  std::variant<held, reprise::error> state_;
};

}  // namespace reprise
