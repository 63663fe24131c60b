// SPDX-License-Identifier: Apache-2.0
//
// What a command handler may know besides its command and its state. Everything in it is fixed by
// the command, so that deciding again gives the same decision.
//
// Threading: immutable; valid during the handler's call.

#pragma once

#include <reprise/envelope.hpp>
#include <reprise/ids.hpp>

#include <cstdint>
#include <utility>

namespace reprise {

class context {
 public:
  /// `aggregate` must outlive it.
  context(timestamp now, command_id command, correlation_id correlation, attributes headers,
          const aggregate_key& aggregate)
      : now_(now),
        command_(command),
        correlation_(correlation),
        headers_(std::move(headers)),
        aggregate_(&aggregate) {}

  /// When this command is decided; the time that its events carry. Use it instead of a clock.
  [[nodiscard]] timestamp now() const { return now_; }
  [[nodiscard]] const command_id& command() const { return command_; }
  [[nodiscard]] const correlation_id& correlation() const { return correlation_; }
  /// Whom the command is for.
  [[nodiscard]] const aggregate_key& aggregate() const { return *aggregate_; }
  /// What the caller attached to the command; every event of the decision carries it too.
  [[nodiscard]] const attributes& headers() const { return headers_; }

  /// The nth id that this command may give away, e.g. to a new aggregate: 32 hexadecimal digits,
  /// the same for each n whenever the command is decided, different for every command.
  [[nodiscard]] std::string fresh_id(std::uint32_t n = 0) const;
  /// The nth random word of this command, uniform over all 64-bit values, reproducible like ids.
  [[nodiscard]] std::uint64_t random(std::uint32_t n = 0) const;

 private:
  timestamp now_;
  command_id command_;
  correlation_id correlation_;
  attributes headers_;
  const aggregate_key* aggregate_;
};

}  // namespace reprise
