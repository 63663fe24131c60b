// SPDX-License-Identifier: Apache-2.0
//
// A command on its way to its aggregate, and the share of the node's memory bound that it holds.
//
// Threading: owned by one thread at a time.

#pragma once

#include "actors/command_span.hpp"
#include "base/clock.hpp"

#include <reprise/detail/delivery.hpp>
#include <reprise/envelope.hpp>
#include <reprise/ids.hpp>
#include <reprise/node.hpp>
#include <reprise/reply.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace reprise::actors {

/// How many bytes of commands wait in the node, and how many may.
/// Threading: any thread.
class admission {
 public:
  explicit admission(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

  /// Gives its bytes back when it is destroyed. The admission must outlive it.
  class share {
   public:
    share() = default;
    share(share&& other) noexcept
        : from_(std::exchange(other.from_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
    share& operator=(share&& other) noexcept {
      std::swap(from_, other.from_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    share(const share&) = delete;
    share& operator=(const share&) = delete;
    ~share() {
      if (from_ != nullptr) from_->waiting_.fetch_sub(bytes_, std::memory_order_relaxed);
    }
    explicit operator bool() const { return from_ != nullptr; }

   private:
    friend class admission;
    share(admission* from, std::uint64_t bytes) : from_(from), bytes_(bytes) {}

    admission* from_ = nullptr;
    std::uint64_t bytes_ = 0;
  };

  /// An empty share when there is no room.
  [[nodiscard]] share admit(std::uint64_t bytes) {
    if (waiting_.fetch_add(bytes, std::memory_order_relaxed) + bytes > bytes_max_) {
      waiting_.fetch_sub(bytes, std::memory_order_relaxed);
      return {};
    }
    return {this, bytes};
  }
  [[nodiscard]] std::uint64_t waiting_bytes() const {
    return waiting_.load(std::memory_order_relaxed);
  }

 private:
  const std::uint64_t bytes_max_;
  std::atomic<std::uint64_t> waiting_{0};
};

struct command_message {
  aggregate_key to{};
  command_id id{};
  std::uint32_t command = 0;
  bytes payload{};
  /// Of command number and payload; equal for every repeat of one command.
  std::uint64_t hash = 0;
  correlation_id correlation{};
  attributes headers{};
  /// For one that came out of a log; it stands in the headers too.
  std::optional<detail::delivery> from{};
  bool linearizable = false;
  base::clock::instant deadline{};
  /// Empty for a one-way command.
  std::shared_ptr<detail::pending_ask> caller{};
  /// Empty unless somebody wants to know what it did.
  std::unique_ptr<command_span> span{};
  admission::share share{};
  /// How often it was decided before, on a state that another writer had changed.
  std::uint32_t attempts = 0;
  /// What it decided once may have been stored.
  bool is_unknown = false;
};

/// What is sent, as it travels: without caller and share. `fresh`: its id unless it has one.
/// `traces`: who is told of its span; null: nobody.
[[nodiscard]] command_message message_of(detail::outgoing_command out, const command_id& fresh,
                                         base::clock::instant now, const tracer* traces = nullptr);

}  // namespace reprise::actors
