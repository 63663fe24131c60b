// SPDX-License-Identifier: Apache-2.0
//
// What the calls of one connection may take, and have taken.
//
// Threading: the loop's thread.

#pragma once

#include "cluster/rpc/client_server.hpp"

#include <reprise/result.hpp>

#include <kj/memory.h>
#include <kj/refcount.h>

#include <cstddef>
#include <optional>
#include <string>

namespace reprise::cluster {

class call_quota : public kj::Refcounted {
 public:
  explicit call_quota(const client_limits& limits) : limits_(limits) {}

  /// What one call takes of it; given back when it dies.
  class share {
   public:
    share(kj::Own<call_quota> of, std::size_t bytes) : of_(kj::mv(of)), bytes_(bytes) {
      ++of_->calls_;
      of_->bytes_ += bytes_;
    }
    ~share() noexcept(false) {
      --of_->calls_;
      of_->bytes_ -= bytes_;
    }
    KJ_DISALLOW_COPY(share);

   private:
    kj::Own<call_quota> of_;
    std::size_t bytes_;
  };

  /// Why a call of that size gets none, if it does not: `overloaded`.
  [[nodiscard]] std::optional<error> objection(std::size_t bytes) const {
    if (calls_ < limits_.calls_in_flight_max && bytes_ + bytes <= limits_.bytes_in_flight_max) {
      return {};
    }
    return error{errc::overloaded, "this client has too much in flight: " + std::to_string(calls_) +
                                       " calls, " + std::to_string(bytes_) + " bytes"};
  }
  [[nodiscard]] kj::Own<share> take(std::size_t bytes) {
    return kj::heap<share>(kj::addRef(*this), bytes);
  }

 private:
  const client_limits& limits_;
  std::size_t calls_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace reprise::cluster
