// Made by capnpc-reprise from clinic.capnp; changes here are lost.

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

namespace clinic {

enum class mood : std::uint16_t {
  calm,
  upset,
  gone,
};

struct note {
  std::uint64_t about{};
  std::string text{};

  bool operator==(const note&) const = default;
};

struct visit_state {
  std::string patient{};
  std::string called{"somebody"};
  std::vector<note> notes{};
  std::uint32_t visits{};

  bool operator==(const visit_state&) const = default;
};

struct bell_state {
  std::uint32_t rings{};

  bool operator==(const bell_state&) const = default;
};

struct address {
  std::string street{"no street"};
  std::uint16_t number{7};

  bool operator==(const address&) const = default;
};

/// What the union Guest.pay can hold.
struct guest_pay_case {
  struct cash {
    bool operator==(const cash&) const = default;
  };

  struct card {
    std::string holder{};
    std::string number{};
    std::uint16_t code{111};

    bool operator==(const card&) const = default;
  };
};
using guest_pay_choice = std::variant<guest_pay_case::cash, guest_pay_case::card>;

struct guest {
  std::int32_t id{};
  std::string name{"a guest"};
  address home{.street = std::string("withheld"), .number = 1};
  guest_pay_choice pay{};

  bool operator==(const guest&) const = default;
};

// The schema's name; empty for a number that this version does not know.
[[nodiscard]] std::string_view to_string(mood value) noexcept;

struct visit_api;

/// The commands of Visit.
struct visit_cmd {
  struct admit {
    using api = visit_api;
    static constexpr std::uint32_t tag = 0;
    static constexpr std::string_view name = "admit";

    std::string patient{};
    std::string called{};

    bool operator==(const admit&) const = default;
  };

  struct note {
    using api = visit_api;
    static constexpr std::uint32_t tag = 1;
    static constexpr std::string_view name = "note";

    std::uint64_t about{};
    std::string text{};

    bool operator==(const note&) const = default;
  };

  struct leave {
    using api = visit_api;
    static constexpr std::uint32_t tag = 2;
    static constexpr std::string_view name = "leave";

    bool operator==(const leave&) const = default;
  };

  struct get {
    using api = visit_api;
    using reply = visit_state;
    static constexpr std::uint32_t tag = 3;
    static constexpr std::string_view name = "get";
    static constexpr bool readonly = true;

    bool operator==(const get&) const = default;
  };
};

/// The events of Visit.
struct visit_ev {
  struct admitted {
    using api = visit_api;
    static constexpr std::uint32_t tag = 0;
    static constexpr std::string_view name = "admitted";

    std::string patient{};
    std::string called{"somebody"};

    bool operator==(const admitted&) const = default;
  };

  struct noted {
    using api = visit_api;
    static constexpr std::uint32_t tag = 1;
    static constexpr std::string_view name = "noted";

    std::uint64_t about{};
    std::string text{};

    bool operator==(const noted&) const = default;
  };

  struct left {
    using api = visit_api;
    static constexpr std::uint32_t tag = 2;
    static constexpr std::string_view name = "left";

    bool operator==(const left&) const = default;
  };

  struct measured {
    using api = visit_api;
    static constexpr std::uint32_t tag = 3;
    static constexpr std::string_view name = "measured";

    std::string patient{};
    bool flag{true};
    bool other{};
    std::int8_t i8{-3};
    std::int16_t i16{};
    std::int32_t i32{77};
    std::int64_t i64{};
    std::uint8_t u8{};
    std::uint64_t u64{5U};
    float f32{1.5F};
    double f64{};
    ::clinic::mood mood{::clinic::mood::gone};
    std::string text{"none"};
    reprise::bytes data{std::byte{1}, std::byte{2}};
    std::vector<std::string> words{std::string("a"), std::string("b")};
    std::vector<address> places{::clinic::address{.street = std::string("x"), .number = 7}};
    address home{.street = std::string("withheld"), .number = 3};
    address plain{};
    std::string doctor{};
    std::string remark{};

    bool operator==(const measured&) const = default;
  };

  struct received {
    using api = visit_api;
    static constexpr std::uint32_t tag = 4;
    static constexpr std::string_view name = "received";

    std::string room{};
    std::vector<guest> table{};
    std::vector<std::vector<guest>> rows{};
    guest first{};

    bool operator==(const received&) const = default;
  };
};

struct visit_api {
  static constexpr std::string_view name = "Visit";
  static constexpr reprise::aggregate_type_id type{0x92d495bcabdbd5dc};

  using cmd = visit_cmd;
  using ev = visit_ev;
  using state = visit_state;
  using command = std::variant<cmd::admit, cmd::note, cmd::leave, cmd::get>;
  using event = std::variant<ev::admitted, ev::noted, ev::left, ev::measured, ev::received>;

  /// This schema as data, for stores and tools.
  [[nodiscard]] static reprise::bytes_view schema();
};

/// Names each handler and applier that A lacks. Called by reprise::complete<A>().
template <class A>
consteval void check_complete(std::type_identity<A>, visit_api) {
  using cmd = visit_cmd;
  using ev = visit_ev;
  static_assert(reprise::handles<A, cmd::admit>,
                "visit is missing: decision on(const cmd::admit&) const");
  static_assert(reprise::handles<A, cmd::note>,
                "visit is missing: decision on(const cmd::note&) const");
  static_assert(reprise::handles<A, cmd::leave>,
                "visit is missing: decision on(const cmd::leave&) const");
  static_assert(reprise::applies<A, ev::admitted>,
                "visit is missing: void apply(const ev::admitted&)");
  static_assert(reprise::applies<A, ev::noted>,
                "visit is missing: void apply(const ev::noted&)");
  static_assert(reprise::applies<A, ev::left>,
                "visit is missing: void apply(const ev::left&)");
  static_assert(reprise::applies<A, ev::measured>,
                "visit is missing: void apply(const ev::measured&)");
  static_assert(reprise::applies<A, ev::received>,
                "visit is missing: void apply(const ev::received&)");
}

struct bell_api;

/// The commands of Bell.
struct bell_cmd {
  struct ring {
    using api = bell_api;
    static constexpr std::uint32_t tag = 0;
    static constexpr std::string_view name = "ring";

    bool operator==(const ring&) const = default;
  };
};

/// The events of Bell.
struct bell_ev {
  struct rung {
    using api = bell_api;
    static constexpr std::uint32_t tag = 0;
    static constexpr std::string_view name = "rung";

    bool operator==(const rung&) const = default;
  };

  struct broken {
    using api = bell_api;
    static constexpr std::uint32_t tag = 1;
    static constexpr std::string_view name = "broken";

    bool operator==(const broken&) const = default;
  };
};

struct bell_api {
  static constexpr std::string_view name = "Bell";
  static constexpr reprise::aggregate_type_id type{0xfca5b37dabba3e04};

  using cmd = bell_cmd;
  using ev = bell_ev;
  using state = bell_state;
  using command = std::variant<cmd::ring>;
  using event = std::variant<ev::rung, ev::broken>;

  /// This schema as data, for stores and tools.
  [[nodiscard]] static reprise::bytes_view schema();
};

/// Names each handler and applier that A lacks. Called by reprise::complete<A>().
template <class A>
consteval void check_complete(std::type_identity<A>, bell_api) {
  using cmd = bell_cmd;
  using ev = bell_ev;
  static_assert(reprise::handles<A, cmd::ring>,
                "bell is missing: decision on(const cmd::ring&) const");
  static_assert(reprise::applies<A, ev::rung>,
                "bell is missing: void apply(const ev::rung&)");
  static_assert(reprise::applies<A, ev::broken>,
                "bell is missing: void apply(const ev::broken&)");
}

}  // namespace clinic

template <>
struct reprise::codec<clinic::note> {
  static void encode(const clinic::note& value, bytes& out);
  static result<clinic::note> decode(bytes_view message);
  static std::string json(const clinic::note& value);
  static constexpr bool holds_personal_data = true;
};

template <>
struct reprise::codec<clinic::visit_state> {
  static void encode(const clinic::visit_state& value, bytes& out);
  static result<clinic::visit_state> decode(bytes_view message);
  static std::string json(const clinic::visit_state& value);
  static constexpr bool holds_personal_data = true;
};

template <>
struct reprise::codec<clinic::bell_state> {
  static void encode(const clinic::bell_state& value, bytes& out);
  static result<clinic::bell_state> decode(bytes_view message);
  static std::string json(const clinic::bell_state& value);
};

template <>
struct reprise::codec<clinic::address> {
  static void encode(const clinic::address& value, bytes& out);
  static result<clinic::address> decode(bytes_view message);
  static std::string json(const clinic::address& value);
};

template <>
struct reprise::codec<clinic::guest> {
  static void encode(const clinic::guest& value, bytes& out);
  static result<clinic::guest> decode(bytes_view message);
  static std::string json(const clinic::guest& value);
  static constexpr bool holds_personal_data = true;
};

template <>
struct reprise::codec<clinic::visit_cmd::admit> {
  static void encode(const clinic::visit_cmd::admit& value, bytes& out);
  static result<clinic::visit_cmd::admit> decode(bytes_view message);
  static std::string json(const clinic::visit_cmd::admit& value);
};

template <>
struct reprise::codec<clinic::visit_cmd::note> {
  static void encode(const clinic::visit_cmd::note& value, bytes& out);
  static result<clinic::visit_cmd::note> decode(bytes_view message);
  static std::string json(const clinic::visit_cmd::note& value);
};

template <>
struct reprise::codec<clinic::visit_cmd::leave> {
  static void encode(const clinic::visit_cmd::leave& value, bytes& out);
  static result<clinic::visit_cmd::leave> decode(bytes_view message);
  static std::string json(const clinic::visit_cmd::leave& value);
};

template <>
struct reprise::codec<clinic::visit_cmd::get> {
  static void encode(const clinic::visit_cmd::get& value, bytes& out);
  static result<clinic::visit_cmd::get> decode(bytes_view message);
  static std::string json(const clinic::visit_cmd::get& value);
};

template <>
struct reprise::codec<clinic::visit_ev::admitted> {
  static void encode(const clinic::visit_ev::admitted& value, bytes& out);
  static result<clinic::visit_ev::admitted> decode(bytes_view message);
  static std::string json(const clinic::visit_ev::admitted& value);
};

template <>
struct reprise::codec<clinic::visit_ev::noted> {
  static void encode(const clinic::visit_ev::noted& value, bytes& out);
  static result<clinic::visit_ev::noted> decode(bytes_view message);
  static std::string json(const clinic::visit_ev::noted& value);
};

template <>
struct reprise::codec<clinic::visit_ev::left> {
  static void encode(const clinic::visit_ev::left& value, bytes& out);
  static result<clinic::visit_ev::left> decode(bytes_view message);
  static std::string json(const clinic::visit_ev::left& value);
};

template <>
struct reprise::codec<clinic::visit_ev::measured> {
  static void encode(const clinic::visit_ev::measured& value, bytes& out);
  static result<clinic::visit_ev::measured> decode(bytes_view message);
  static std::string json(const clinic::visit_ev::measured& value);
};

template <>
struct reprise::codec<clinic::visit_ev::received> {
  static void encode(const clinic::visit_ev::received& value, bytes& out);
  static result<clinic::visit_ev::received> decode(bytes_view message);
  static std::string json(const clinic::visit_ev::received& value);
};

template <>
struct reprise::codec<clinic::bell_cmd::ring> {
  static void encode(const clinic::bell_cmd::ring& value, bytes& out);
  static result<clinic::bell_cmd::ring> decode(bytes_view message);
  static std::string json(const clinic::bell_cmd::ring& value);
};

template <>
struct reprise::codec<clinic::bell_ev::rung> {
  static void encode(const clinic::bell_ev::rung& value, bytes& out);
  static result<clinic::bell_ev::rung> decode(bytes_view message);
  static std::string json(const clinic::bell_ev::rung& value);
};

template <>
struct reprise::codec<clinic::bell_ev::broken> {
  static void encode(const clinic::bell_ev::broken& value, bytes& out);
  static result<clinic::bell_ev::broken> decode(bytes_view message);
  static std::string json(const clinic::bell_ev::broken& value);
};
