// SPDX-License-Identifier: Apache-2.0
//
// What is known of one command that a client has sent, perhaps several times.
//
// Invariants
//  * An attempt of which no answer came, or none that says what became of it, may have been carried
//    out. A later "nothing was done" speaks of its own attempt only, so what is unknown stays so
//    until a node says what the command decided.
// Threading: confined to its owner. No clock, no socket.

#pragma once

#include <reprise/reply.hpp>
#include <reprise/result.hpp>

#include <optional>
#include <string>
#include <utility>

namespace reprise::cluster {

class command_attempts {
 public:
  using outcome = result<detail::raw_answer>;

  /// An attempt was sent, and its connection ended before an answer.
  void lost(error why) {
    is_unknown_ = true;
    last_ = std::move(why);
  }
  /// No attempt could be sent.
  void unreachable(error why) { last_ = std::move(why); }
  /// An attempt was sent, and the node did not look at it.
  void declined(error why) {
    in_flight_ = false;
    last_ = std::move(why);
  }
  /// An attempt is on its way: until it is answered, nothing is known.
  void sent() { in_flight_ = true; }

  /// What the caller gets, or nothing when another attempt may help.
  [[nodiscard]] std::optional<outcome> answered(outcome how) {
    in_flight_ = false;
    if (how) return how;
    if (is_unknown(how.error().code)) is_unknown_ = true;
    // Of a node that cannot help, another one can; of an unknown outcome, the command id.
    if (goes_on(how.error().code)) {
      last_ = how.error();
      return {};
    }
    // What it says of its own attempt is true, and not enough.
    if (is_unknown_ && is_retryable(how.error().code) && !is_unknown(how.error().code)) {
      return unknown(how.error());
    }
    return how;
  }

  /// What the caller gets when no attempt helped in time.
  [[nodiscard]] outcome at_deadline() const {
    if (is_unknown_ || in_flight_) {
      return error{errc::timed_out,
                   "the deadline passed, the command may have been carried out" + last_words()};
    }
    if (!last_) {
      return error{errc::expired, "the deadline passed before the command could be sent"};
    }
    return error{errc::unavailable, "no node could handle the command in time" + last_words()};
  }
  [[nodiscard]] outcome at_stop() const {
    if (is_unknown_ || in_flight_) {
      return error{errc::commit_unknown, "the client stopped before the command was answered"};
    }
    return error{errc::stopped, "the client stopped before the command was sent"};
  }

 private:
  static bool goes_on(errc code) {
    // An attempt has less time than the command.
    return code == errc::unavailable || code == errc::stopped || code == errc::commit_unknown ||
           code == errc::expired || code == errc::timed_out;
  }
  static outcome unknown(const error& why) {
    return error{errc::commit_unknown,
                 "an earlier attempt may have been carried out; the last one: " + to_string(why)};
  }
  [[nodiscard]] std::string last_words() const {
    return last_ ? "; the last that is known: " + to_string(*last_) : "";
  }

  bool is_unknown_ = false;
  bool in_flight_ = false;
  std::optional<error> last_{};
};

}  // namespace reprise::cluster
