// SPDX-License-Identifier: Apache-2.0
//
// What carries between the log and aggregates: follows the log, sends commands, and takes their
// answers. Step by step and without threads of its own, so the same code runs under a seed.
//
// Threading: confined to its owner, one thread at a time.

#pragma once

#include "base/clock.hpp"

#include <reprise/envelope.hpp>
#include <reprise/ids.hpp>
#include <reprise/node.hpp>
#include <reprise/reply.hpp>
#include <reprise/result.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace reprise::sagas {

/// How long a command has to be answered; then it is sent again.
inline constexpr std::chrono::milliseconds answer_within{30'000};

/// A function outside, to be called.
struct outgoing_call {
  std::string handler{};
  /// The same whenever this call is repeated.
  command_id key{};
  bytes request{};
  /// Those in which a trace travels.
  attributes headers{};
};

/// A function that may not be called yet.
struct call_wait {
  base::clock::instant until{};
  /// Empty where it is only for the rate.
  std::string why{};
};

/// How commands leave. Each token is answered through courier::answered() once, later, never from
/// within the call.
class command_sender {
 public:
  virtual ~command_sender() = default;
  virtual void send(std::uint64_t token, detail::outgoing_command command) = 0;
  /// Nothing: the function may be called, and the call counts as begun. Otherwise when to ask
  /// again.
  [[nodiscard]] virtual std::optional<call_wait> hold_call(const std::string& handler) = 0;
  virtual void call(std::uint64_t token, outgoing_call what) = 0;
  /// As send(), for a partition that this node leads; it goes nowhere else.
  virtual void send_here(std::uint64_t token, detail::outgoing_command command) = 0;
  /// In which term what the log of that partition asks for is this node's to do. 0: another node
  /// does it, and the log will tell; it may become this node's at any time.
  [[nodiscard]] virtual std::uint64_t tenure(partition_id partition) const = 0;
  [[nodiscard]] bool acts_for(partition_id partition) const { return tenure(partition) != 0; }
};

class courier {
 public:
  enum class state : std::uint8_t {
    /// There may be more at once.
    more,
    /// Nothing to do until something is committed or answered, or until `due`.
    waiting,
    /// Over, because of trouble().
    stopped,
  };
  struct progress {
    state is = state::more;
    std::optional<base::clock::instant> due{};
  };

  virtual ~courier() = default;
  [[nodiscard]] virtual progress advance() = 0;
  virtual void answered(std::uint64_t token, result<detail::raw_answer> outcome) = 0;
  /// Keeps what it knows; nothing follows.
  virtual void finish() = 0;
  /// Committed records that it has not looked at.
  [[nodiscard]] virtual std::uint64_t lag() const = 0;
  [[nodiscard]] virtual const std::optional<error>& trouble() const = 0;
};

}  // namespace reprise::sagas
