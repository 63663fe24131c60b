// SPDX-License-Identifier: Apache-2.0
//
// What the services that clients call need of the server.
//
// Threading: the loop's thread.

#pragma once

#include <reprise/ids.hpp>
#include <reprise/node.hpp>
#include <reprise/reply.hpp>
#include <reprise/result.hpp>

#include <kj/function.h>

#include <cstdint>
#include <string>

namespace reprise::cluster {

class call_port {
 public:
  using told = kj::Function<void(result<detail::raw_answer>)>;

  /// Calls `then` in a later turn; not at all once the server stops.
  virtual void ask(detail::outgoing_command command, told then) = 0;
  /// As client_requests says.
  [[nodiscard]] virtual std::uint32_t partitions() const = 0;
  [[nodiscard]] virtual std::string leads_elsewhere(partition_id partition) const = 0;
  [[nodiscard]] virtual std::string status_json() = 0;

 protected:
  ~call_port() = default;
};

}  // namespace reprise::cluster
