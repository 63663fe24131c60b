// SPDX-License-Identifier: Apache-2.0
//
// A node whose log the test can read, for the cases about what is stored beside an event. The
// public API has no view of that yet.
//
// Threading: confined to the test.

#pragma once

#include "actors/node.hpp"
#include "base/clock.hpp"
#include "persistence/journal.hpp"
#include "tests/actors/conformance/node_world.hpp"

#include <reprise/detail/aggregate_type.hpp>
#include <reprise/envelope.hpp>
#include <reprise/metrics.hpp>
#include <reprise/node.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace reprise::conformance {

/// A stored event without its payload.
struct stored_event {
  std::uint32_t type = 0;
  reprise::sequence sequence{};
  position at{};
  partition_id partition{};
  command_id command{};
  correlation_id correlation{};
  attributes headers{};
  attributes tags{};
};

/// A node on either storage, cramped as in node_world.hpp.
class open_log_node {
 public:
  explicit open_log_node(storage where);

  template <class A>
  void host() {
    if (result<void> done = core_->host(detail::describe<A>()); !done) throw failed(done.error());
  }
  template <class A>
  [[nodiscard]] ref<A> of(std::string id) const {
    return {*core_, {A::api::type, {}, std::move(id)}};
  }

  [[nodiscard]] std::vector<stored_event> events(const aggregate_key& key) const;
  /// Appends an event as a program would that knows that type.
  void append(const aggregate_key& key, std::uint32_t event_type, bytes payload);
  /// Events before that sequence are no longer readable.
  void truncate(const aggregate_key& key, reprise::sequence before);

 private:
  std::optional<temporary_folder> folder_;
  // The core's; valid until it is gone.
  persistence::journal* log_ = nullptr;
  std::unique_ptr<detail::node_core> core_;
};

}  // namespace reprise::conformance
