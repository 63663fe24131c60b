// SPDX-License-Identifier: Apache-2.0
//
// A user's projection with its type erased. What it throws is caught here.
//
// Threading: an instance is used by one thread at a time.

#pragma once

#include <reprise/codec.hpp>
#include <reprise/detail/aggregate_type.hpp>
#include <reprise/detail/fold.hpp>
#include <reprise/envelope.hpp>
#include <reprise/ids.hpp>
#include <reprise/projection.hpp>
#include <reprise/result.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace reprise::detail {

class hosted_projection {
 public:
  virtual ~hosted_projection() = default;
  /// Folds one event; `handler_failed` when that throws, `malformed` when it cannot be decoded.
  [[nodiscard]] virtual result<void> fold(const envelope& meta, bytes_view payload) = 0;
};

struct projection_type {
  std::string name{};
  std::uint32_t version = 1;
  failure_policy failing{};
  std::uint32_t building_percent = 100;
  std::uint32_t lanes = 1;
  /// The events that it wants to see.
  std::vector<std::pair<aggregate_type_id, std::uint32_t>> events{};
  /// Throws what the projection's constructor throws.
  std::function<std::unique_ptr<hosted_projection>(row_access& rows)> make{};
};

template <class P, class E>
concept folds_with_envelope = requires(P& p, const E& e, const envelope& m) {
  p.on(e, m);
};
template <class P, class E>
concept folds = folds_with_envelope<P, E> || requires(P& p, const E& e) {
  p.on(e);
};
/// It has an `on` for E, or for what A makes of it.
template <class P, class A, class E>
concept wants = folds<P, E> || upcasts<A, E>;

/// How P sees the events of its aggregates.
template <class P>
class event_folds {
 public:
  /// Those that it wants.
  [[nodiscard]] static std::vector<std::pair<aggregate_type_id, std::uint32_t>> events() {
    std::vector<std::pair<aggregate_type_id, std::uint32_t>> out;
    list_events(typename P::aggregates{}, out);
    return out;
  }
  /// `handler_failed` when `on` throws, `malformed` when the event cannot be decoded.
  [[nodiscard]] static result<void> fold(P& value, const envelope& meta, bytes_view payload) {
    return fold_for(typename P::aggregates{}, value, meta, payload);
  }

 private:
  using listed = std::vector<std::pair<aggregate_type_id, std::uint32_t>>;

  template <class... A>
  static void list_events(aggregates<A...>, listed& out) {
    (list_events_of<A>(std::type_identity<typename A::api::event>{}, out), ...);
  }
  template <class A, class... E>
  static void list_events_of(std::type_identity<std::variant<E...>>, listed& out) {
    const auto add = [&]<class One>(std::type_identity<One>) {
      if constexpr (wants<P, A, One>) out.emplace_back(A::api::type, One::tag);
    };
    (add(std::type_identity<E>{}), ...);
  }

  template <class... A>
  static result<void> fold_for(aggregates<A...>, P& value, const envelope& meta,
                               bytes_view payload) {
    result<void> out;
    (fold_of<A>(std::type_identity<typename A::api::event>{}, value, meta, payload, out), ...);
    return out;
  }

  template <class A, class... E>
  static void fold_of(std::type_identity<std::variant<E...>>, P& value, const envelope& meta,
                      bytes_view payload, result<void>& out) {
    if (meta.aggregate.type != A::api::type) return;
    const auto fold_if = [&]<class One>(std::type_identity<One>) {
      if constexpr (wants<P, A, One>) {
        if (meta.event_type == One::tag) out = fold_as<A, One>(value, meta, payload);
      }
    };
    (fold_if(std::type_identity<E>{}), ...);
  }

  template <class A, class E>
  static result<void> fold_as(P& value, const envelope& meta, bytes_view payload) {
    result<E> event = codec<E>::decode(payload);
    if (!event) return std::move(event).error();
    // What the store said of a row is not the projection's failure.
    std::optional<error> refused;
    static const std::string what = "on(" + std::string(E::name) + ")";
    result<void> done = contained(errc::handler_failed, what, [&] {
      try {
        in_present_form<A>(*event, [&](const auto& e) { show(value, e, meta); });
      } catch (const failed& e) {
        refused = e.error();
      }
    });
    if (refused) return std::move(*refused);
    return done;
  }

  template <class E>
  static void show(P& value, const E& event, const envelope& meta) {
    if constexpr (folds_with_envelope<P, E>) {
      value.on(event, meta);
    } else if constexpr (folds<P, E>) {
      value.on(event);
    }
  }
};

template <class P>
class projection_host final : public hosted_projection {
 public:
  explicit projection_host(row_access& rows) : value_{typename P::projection(rows)} {}

  result<void> fold(const envelope& meta, bytes_view payload) override {
    return event_folds<P>::fold(value_, meta, payload);
  }

 private:
  P value_;
};

/// The erased form of P.
template <class P>
projection_type describe_projection() {
  projection_type out{.name = std::string(P::options.name),
                      .version = P::options.version,
                      .failing = P::options.failing,
                      .building_percent = P::options.building_percent,
                      .lanes = P::options.lanes,
                      .events = event_folds<P>::events()};
  out.make = [](row_access& rows) -> std::unique_ptr<hosted_projection> {
    return std::make_unique<projection_host<P>>(rows);
  };
  return out;
}

}  // namespace reprise::detail
