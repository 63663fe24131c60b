// SPDX-License-Identifier: Apache-2.0
//
// A client's many commands and their outcomes, in one call each for all of a turn.
//
// Invariants
//  * A command counts as under way until the client has taken its outcome. A client that takes none
//    any more is cut off.
// Threading: the loop's thread.

#pragma once

#include "cluster/rpc/call_port.hpp"
#include "cluster/rpc/call_quota.hpp"
#include "cluster/rpc/client.capnp.h"

#include <kj/async.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace reprise::cluster {

/// An outcome, and for a reply who leads, as `calls` knows. What no message holds is told as an
/// error: `reply_failed` of a reply, since the command was carried out, else `too_large`.
void write_outcome(const result<detail::raw_answer>& from, const call_port& calls,
                   std::size_t message_bytes_max, wire::Outcome::Builder to);

class conversation final : public wire::Conversation::Server {
 public:
  /// `calls` must outlive it. Calls `cut_off` when the client is to be cut off.
  conversation(call_port& calls, kj::Own<call_quota> quota, std::size_t message_bytes_max,
               wire::Answers::Client answers, std::function<void(kj::Exception)> cut_off);
  virtual ~conversation() noexcept(false);

  kj::Promise<void> ask(AskContext context) override;

 private:
  class outcomes;

  void take(std::uint64_t number, wire::Command::Reader from);

  call_port& calls_;
  kj::Own<call_quota> quota_;
  // Dies with the conversation: what is answered then goes nowhere.
  std::shared_ptr<outcomes> outcomes_;
};

}  // namespace reprise::cluster
