// SPDX-License-Identifier: Apache-2.0
//
// Sinks: places outside of the store that committed events are written to, one after the other, and
// that are told how far that has come.
//
//   node.feed({.name = "billing", .events = {event_choice::of<trip::ev::paid>()}}, my_sink);
//   node.feed(reprise::sqlite<paid_trips>("trips.db"));       // see reprise/sqlite.hpp
//
// Invariants
//  * Events of one partition come in their order. What was written and not committed, or committed
//    and not remembered, comes again, under the same key: at least once.
//  * A sink that keeps the cursors in what it commits gets each event exactly once.
// Threading: a sink is called by one thread at a time.

#pragma once

#include <reprise/codec.hpp>
#include <reprise/cursor.hpp>
#include <reprise/envelope.hpp>
#include <reprise/ids.hpp>
#include <reprise/projection.hpp>
#include <reprise/result.hpp>
#include <reprise/subscription.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace reprise {

/// One event, as a sink is shown it; valid only during the call.
struct sunk_event {
  /// The same whenever this event is written, different for every event.
  const event_id& key;
  const envelope& meta;
  bytes_view payload{};

  template <class E>
  [[nodiscard]] bool is() const {
    return meta.aggregate.type == E::api::type && meta.event_type == E::tag;
  }
  /// `malformed` when it cannot be decoded; is<E>() must hold.
  template <class E>
  [[nodiscard]] result<E> as() const {
    return codec<E>::decode(payload);
  }
};

/// What throws in one of these counts as `handler_failed`.
class sink {
 public:
  virtual ~sink() = default;
  /// Up to where it has all events, by its own account. Nothing where it keeps none: then the node
  /// does, and this is not asked again.
  [[nodiscard]] virtual result<std::optional<std::vector<partition_cursor>>> taken() {
    return std::optional<std::vector<partition_cursor>>();
  }
  /// Writes one event, or nothing of it.
  [[nodiscard]] virtual result<void> write(const sunk_event& event) = 0;
  /// Makes durable what was written since the last commit; these cursors belong to it.
  [[nodiscard]] virtual result<void> commit(const std::vector<partition_cursor>& cursors) = 0;
  /// Forgets what was written since the last commit, as far as it can: it is written again.
  virtual void undo() {}
};

struct sink_options {
  /// 1 to 200 bytes. How far it has come is kept under name and version, unless the sink keeps it.
  std::string name{};
  /// Another version is another sink, which begins at the beginning.
  std::uint32_t version = 1;
  /// Empty: all events.
  std::vector<event_choice> events{};
  /// What is done with an event that cannot be written; nothing can be parked.
  failure_policy failing{};
  /// Begins where this earlier version has come to, so that what that one has done is not done
  /// again; 0: at the beginning. Once it has begun this is not looked at any more.
  std::uint32_t continues = 0;
  /// A later version that begins at the beginning does again what earlier ones have done. Where the
  /// node keeps the cursors it is refused with `incompatible` unless that is meant.
  bool repeats = false;
};

/// A sink with its options.
struct sink_feed {
  sink_options options{};
  std::shared_ptr<sink> to{};
};

namespace detail {

/// A feed behind its handle.
class live_feed {
 public:
  virtual ~live_feed() = default;
  virtual void pause() = 0;
  virtual void resume() = 0;
  [[nodiscard]] virtual projection_status status() const = 0;
};

}  // namespace detail

/// A sink that is fed until its node is closed. A value; it must not outlive its node, and must not
/// be used from within the sink.
class running_feed {
 public:
  explicit running_feed(std::shared_ptr<detail::live_feed> what) : what_(std::move(what)) {}

  /// Nothing is written once it has returned, until resume().
  void pause() { what_->pause(); }
  /// Also starts one again that has stopped, and lets one that waits try again at once.
  void resume() { what_->resume(); }
  [[nodiscard]] projection_status status() const { return what_->status(); }

 private:
  std::shared_ptr<detail::live_feed> what_;
};

}  // namespace reprise
