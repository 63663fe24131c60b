// Made by capnpc-reprise from trip.capnp; changes here are lost.

#pragma once

#include <reprise/aggregate.hpp>
#include <reprise/codec.hpp>
#include <reprise/envelope.hpp>
#include <reprise/ids.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace ride {

enum class phase : std::uint16_t {
  none,
  requested,
  assigned,
  arrived,
  inProgress,
  completed,
  paid,
  cancelled,
};

/// A taxi zone of the city.
struct place {
  std::string zone{};
  std::string borough{};

  bool operator==(const place&) const = default;
};

struct trip_state {
  ::ride::phase phase{};
  std::string rider{};
  std::string driver{};
  place pickup{};
  place dropoff{};
  std::uint16_t passengers{};
  std::uint32_t fareCents{};
  std::uint32_t tipCents{};
  std::uint32_t tollsCents{};
  std::uint32_t totalCents{};
  double distanceMiles{};
  std::string payment{};

  bool operator==(const trip_state&) const = default;
};

// The schema's name; empty for a number that this version does not know.
[[nodiscard]] std::string_view to_string(phase value) noexcept;

struct trip_api;

/// The commands of Trip.
struct trip_cmd {
  /// Somebody wants to be driven.
  struct request {
    using api = trip_api;
    using reply = trip_state;
    static constexpr std::uint32_t tag = 0;
    static constexpr std::string_view name = "request";

    std::string rider{};
    place pickup{};
    place dropoff{};
    std::uint16_t passengers{};

    bool operator==(const request&) const = default;
  };

  /// A driver takes the trip.
  struct assign {
    using api = trip_api;
    static constexpr std::uint32_t tag = 1;
    static constexpr std::string_view name = "assign";

    std::string driver{};

    bool operator==(const assign&) const = default;
  };

  /// The driver is at the place of pickup.
  struct arrive {
    using api = trip_api;
    static constexpr std::uint32_t tag = 2;
    static constexpr std::string_view name = "arrive";

    bool operator==(const arrive&) const = default;
  };

  /// The passenger is in the car.
  struct start {
    using api = trip_api;
    static constexpr std::uint32_t tag = 3;
    static constexpr std::string_view name = "start";

    bool operator==(const start&) const = default;
  };

  /// The passenger is where they wanted to be.
  struct complete {
    using api = trip_api;
    static constexpr std::uint32_t tag = 4;
    static constexpr std::string_view name = "complete";

    std::uint32_t fareCents{};
    std::uint32_t tipCents{};
    std::uint32_t tollsCents{};
    std::uint32_t totalCents{};
    double distanceMiles{};

    bool operator==(const complete&) const = default;
  };

  struct pay {
    using api = trip_api;
    static constexpr std::uint32_t tag = 5;
    static constexpr std::string_view name = "pay";

    std::string method{};

    bool operator==(const pay&) const = default;
  };

  /// Only before it starts.
  struct cancel {
    using api = trip_api;
    static constexpr std::uint32_t tag = 6;
    static constexpr std::string_view name = "cancel";

    std::string reason{};

    bool operator==(const cancel&) const = default;
  };

  struct get {
    using api = trip_api;
    using reply = trip_state;
    static constexpr std::uint32_t tag = 7;
    static constexpr std::string_view name = "get";
    static constexpr bool readonly = true;

    bool operator==(const get&) const = default;
  };
};

/// The events of Trip.
struct trip_ev {
  struct requested {
    using api = trip_api;
    static constexpr std::uint32_t tag = 0;
    static constexpr std::string_view name = "requested";

    std::string rider{};
    place pickup{};
    place dropoff{};
    std::uint16_t passengers{};

    bool operator==(const requested&) const = default;
  };

  struct assigned {
    using api = trip_api;
    static constexpr std::uint32_t tag = 1;
    static constexpr std::string_view name = "assigned";
    static reprise::attributes tags(const assigned& event);

    std::string driver{};

    bool operator==(const assigned&) const = default;
  };

  struct arrived {
    using api = trip_api;
    static constexpr std::uint32_t tag = 2;
    static constexpr std::string_view name = "arrived";

    bool operator==(const arrived&) const = default;
  };

  struct started {
    using api = trip_api;
    static constexpr std::uint32_t tag = 3;
    static constexpr std::string_view name = "started";

    bool operator==(const started&) const = default;
  };

  struct completed {
    using api = trip_api;
    static constexpr std::uint32_t tag = 4;
    static constexpr std::string_view name = "completed";

    std::uint32_t fareCents{};
    std::uint32_t tipCents{};
    std::uint32_t tollsCents{};
    std::uint32_t totalCents{};
    double distanceMiles{};

    bool operator==(const completed&) const = default;
  };

  struct paid {
    using api = trip_api;
    static constexpr std::uint32_t tag = 5;
    static constexpr std::string_view name = "paid";

    std::string method{};

    bool operator==(const paid&) const = default;
  };

  struct cancelled {
    using api = trip_api;
    static constexpr std::uint32_t tag = 6;
    static constexpr std::string_view name = "cancelled";

    std::string reason{};

    bool operator==(const cancelled&) const = default;
  };
};

/// One ride of one passenger, from the request to the payment.
struct trip_api {
  static constexpr std::string_view name = "Trip";
  static constexpr reprise::aggregate_type_id type{0x9d4cc13c60e8f1fc};

  using cmd = trip_cmd;
  using ev = trip_ev;
  using state = trip_state;
  using command = std::variant<
      cmd::request,
      cmd::assign,
      cmd::arrive,
      cmd::start,
      cmd::complete,
      cmd::pay,
      cmd::cancel,
      cmd::get>;
  using event = std::variant<
      ev::requested,
      ev::assigned,
      ev::arrived,
      ev::started,
      ev::completed,
      ev::paid,
      ev::cancelled>;

  /// This schema as data, for stores and tools.
  [[nodiscard]] static reprise::bytes_view schema();
};

/// Names each handler and applier that A lacks. Called by reprise::complete<A>().
template <class A>
consteval void check_complete(std::type_identity<A>, trip_api) {
  using cmd = trip_cmd;
  using ev = trip_ev;
  static_assert(reprise::handles<A, cmd::request>,
                "trip is missing: decision on(const cmd::request&) const");
  static_assert(reprise::handles<A, cmd::assign>,
                "trip is missing: decision on(const cmd::assign&) const");
  static_assert(reprise::handles<A, cmd::arrive>,
                "trip is missing: decision on(const cmd::arrive&) const");
  static_assert(reprise::handles<A, cmd::start>,
                "trip is missing: decision on(const cmd::start&) const");
  static_assert(reprise::handles<A, cmd::complete>,
                "trip is missing: decision on(const cmd::complete&) const");
  static_assert(reprise::handles<A, cmd::pay>,
                "trip is missing: decision on(const cmd::pay&) const");
  static_assert(reprise::handles<A, cmd::cancel>,
                "trip is missing: decision on(const cmd::cancel&) const");
  static_assert(reprise::applies<A, ev::requested>,
                "trip is missing: void apply(const ev::requested&)");
  static_assert(reprise::applies<A, ev::assigned>,
                "trip is missing: void apply(const ev::assigned&)");
  static_assert(reprise::applies<A, ev::arrived>,
                "trip is missing: void apply(const ev::arrived&)");
  static_assert(reprise::applies<A, ev::started>,
                "trip is missing: void apply(const ev::started&)");
  static_assert(reprise::applies<A, ev::completed>,
                "trip is missing: void apply(const ev::completed&)");
  static_assert(reprise::applies<A, ev::paid>,
                "trip is missing: void apply(const ev::paid&)");
  static_assert(reprise::applies<A, ev::cancelled>,
                "trip is missing: void apply(const ev::cancelled&)");
}

}  // namespace ride

template <>
struct reprise::codec<ride::place> {
  static void encode(const ride::place& value, bytes& out);
  static result<ride::place> decode(bytes_view message);
  static std::string json(const ride::place& value);
};

template <>
struct reprise::codec<ride::trip_state> {
  static void encode(const ride::trip_state& value, bytes& out);
  static result<ride::trip_state> decode(bytes_view message);
  static std::string json(const ride::trip_state& value);
};

template <>
struct reprise::codec<ride::trip_cmd::request> {
  static void encode(const ride::trip_cmd::request& value, bytes& out);
  static result<ride::trip_cmd::request> decode(bytes_view message);
  static std::string json(const ride::trip_cmd::request& value);
};

template <>
struct reprise::codec<ride::trip_cmd::assign> {
  static void encode(const ride::trip_cmd::assign& value, bytes& out);
  static result<ride::trip_cmd::assign> decode(bytes_view message);
  static std::string json(const ride::trip_cmd::assign& value);
};

template <>
struct reprise::codec<ride::trip_cmd::arrive> {
  static void encode(const ride::trip_cmd::arrive& value, bytes& out);
  static result<ride::trip_cmd::arrive> decode(bytes_view message);
  static std::string json(const ride::trip_cmd::arrive& value);
};

template <>
struct reprise::codec<ride::trip_cmd::start> {
  static void encode(const ride::trip_cmd::start& value, bytes& out);
  static result<ride::trip_cmd::start> decode(bytes_view message);
  static std::string json(const ride::trip_cmd::start& value);
};

template <>
struct reprise::codec<ride::trip_cmd::complete> {
  static void encode(const ride::trip_cmd::complete& value, bytes& out);
  static result<ride::trip_cmd::complete> decode(bytes_view message);
  static std::string json(const ride::trip_cmd::complete& value);
};

template <>
struct reprise::codec<ride::trip_cmd::pay> {
  static void encode(const ride::trip_cmd::pay& value, bytes& out);
  static result<ride::trip_cmd::pay> decode(bytes_view message);
  static std::string json(const ride::trip_cmd::pay& value);
};

template <>
struct reprise::codec<ride::trip_cmd::cancel> {
  static void encode(const ride::trip_cmd::cancel& value, bytes& out);
  static result<ride::trip_cmd::cancel> decode(bytes_view message);
  static std::string json(const ride::trip_cmd::cancel& value);
};

template <>
struct reprise::codec<ride::trip_cmd::get> {
  static void encode(const ride::trip_cmd::get& value, bytes& out);
  static result<ride::trip_cmd::get> decode(bytes_view message);
  static std::string json(const ride::trip_cmd::get& value);
};

template <>
struct reprise::codec<ride::trip_ev::requested> {
  static void encode(const ride::trip_ev::requested& value, bytes& out);
  static result<ride::trip_ev::requested> decode(bytes_view message);
  static std::string json(const ride::trip_ev::requested& value);
};

template <>
struct reprise::codec<ride::trip_ev::assigned> {
  static void encode(const ride::trip_ev::assigned& value, bytes& out);
  static result<ride::trip_ev::assigned> decode(bytes_view message);
  static std::string json(const ride::trip_ev::assigned& value);
};

template <>
struct reprise::codec<ride::trip_ev::arrived> {
  static void encode(const ride::trip_ev::arrived& value, bytes& out);
  static result<ride::trip_ev::arrived> decode(bytes_view message);
  static std::string json(const ride::trip_ev::arrived& value);
};

template <>
struct reprise::codec<ride::trip_ev::started> {
  static void encode(const ride::trip_ev::started& value, bytes& out);
  static result<ride::trip_ev::started> decode(bytes_view message);
  static std::string json(const ride::trip_ev::started& value);
};

template <>
struct reprise::codec<ride::trip_ev::completed> {
  static void encode(const ride::trip_ev::completed& value, bytes& out);
  static result<ride::trip_ev::completed> decode(bytes_view message);
  static std::string json(const ride::trip_ev::completed& value);
};

template <>
struct reprise::codec<ride::trip_ev::paid> {
  static void encode(const ride::trip_ev::paid& value, bytes& out);
  static result<ride::trip_ev::paid> decode(bytes_view message);
  static std::string json(const ride::trip_ev::paid& value);
};

template <>
struct reprise::codec<ride::trip_ev::cancelled> {
  static void encode(const ride::trip_ev::cancelled& value, bytes& out);
  static result<ride::trip_ev::cancelled> decode(bytes_view message);
  static std::string json(const ride::trip_ev::cancelled& value);
};
