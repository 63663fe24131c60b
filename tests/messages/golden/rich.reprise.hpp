// Made by capnpc-reprise from rich.capnp; changes here are lost.

#pragma once

#include "shared.reprise.hpp"

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

namespace test::rich {

enum class colour : std::uint16_t {
  red,
  darkGreen,
  default_,
};

enum class nested_kind : std::uint16_t {
  plain,
  kind,
};

/// Only the event's content is no value type; what it declares is.
enum class box_event_filled_reason : std::uint16_t {
  bored,
  told,
};

struct empty {
  bool operator==(const empty&) const = default;
};

/// Every kind of value that has a fixed size.
struct scalars {
  bool flag{};
  std::int8_t tiny{};
  std::int16_t small{};
  std::int32_t medium{};
  std::int64_t large{};
  std::uint8_t unsignedTiny{};
  std::uint16_t unsignedSmall{};
  std::uint32_t unsignedMedium{};
  std::uint64_t unsignedLarge{};
  /// Sixteen million and one cannot be told from sixteen million.
  ///
  /// It has a second paragraph, too.
  float single{};
  double twofold{};
  ::test::rich::colour colour{};

  bool operator==(const scalars&) const = default;
};

/// What the union Defaults can hold.
struct defaults_case {
  struct by_number {
    std::uint32_t value{7};

    bool operator==(const by_number&) const = default;
  };

  struct by_name {
    std::string value{"seven"};

    bool operator==(const by_name&) const = default;
  };
};
using defaults_choice = std::variant<defaults_case::by_number, defaults_case::by_name>;

/// Stands between the types that use it.
struct shape_frame {
  std::uint32_t width{};
  ::test::rich::colour colour{};

  bool operator==(const shape_frame&) const = default;
};

/// What the union Shape can hold.
struct shape_case {
  struct nothing {
    bool operator==(const nothing&) const = default;
  };

  struct corners {
    std::uint16_t value{};

    bool operator==(const corners&) const = default;
  };

  struct round {
    double radius{};
    bool filled{};

    bool operator==(const round&) const = default;
  };

  struct picture {
    reprise::bytes value{};

    bool operator==(const picture&) const = default;
  };

  struct frame {
    shape_frame value{};

    bool operator==(const frame&) const = default;
  };

  struct parts {
    std::vector<std::string> value{};

    bool operator==(const parts&) const = default;
  };
};
using shape_choice = std::variant<
    shape_case::nothing,
    shape_case::corners,
    shape_case::round,
    shape_case::picture,
    shape_case::frame,
    shape_case::parts>;

struct shape {
  std::string label{};
  shape_choice choice{};

  bool operator==(const shape&) const = default;
};

struct defaults {
  bool flag{true};
  std::int8_t tiny{-128};
  std::int64_t large{-9223372036854775807 - 1};
  std::uint64_t unsignedLarge{18446744073709551615U};
  float single{0.1F};
  double twofold{std::numeric_limits<double>::infinity()};
  ::test::rich::colour colour{::test::rich::colour::darkGreen};
  std::string text{"say \"hi\"\012\000 7, \303\244", 16};
  reprise::bytes data{std::byte{0}, std::byte{255}, std::byte{16}};
  ::shared_schema::money money{.cents = 250, .currency = ::shared_schema::currency::usd};
  std::vector<std::int16_t> numbers{1, -2};
  std::vector<std::string> words{std::string("one"), std::string("two")};
  std::vector<std::vector<std::string>> pairs{std::vector<std::string>{std::string("a"), std::string("b")}, std::vector<std::string>{}};
  ::test::rich::shape shape{.label = std::string(""), .choice = ::test::rich::shape_case::round{.radius = 2.5, .filled = false}};
  std::vector<::test::rich::shape> shapes{::test::rich::shape{.label = std::string(""), .choice = ::test::rich::shape_case::corners{.value = 3}}, ::test::rich::shape{.label = std::string("none"), .choice = ::test::rich::shape_case::nothing{}}};
  defaults_choice choice{};
  std::vector<bool> flags{true, false, true};

  bool operator==(const defaults&) const = default;
};

/// What the union Nested.address.where can hold.
struct nested_address_where_case {
  struct nowhere {
    bool operator==(const nowhere&) const = default;
  };

  struct floor {
    std::int16_t value{};

    bool operator==(const floor&) const = default;
  };

  struct room {
    std::uint32_t number{};
    ::test::rich::colour colour{};

    bool operator==(const room&) const = default;
  };
};
using nested_address_where_choice = std::variant<
    nested_address_where_case::nowhere,
    nested_address_where_case::floor,
    nested_address_where_case::room>;

struct nested_address_exact_group {
  double x{};
  double y{};

  bool operator==(const nested_address_exact_group&) const = default;
};

struct nested_address_group {
  std::string street{};
  std::vector<std::string> tags{};
  nested_address_where_choice where{};
  nested_address_exact_group exact{};

  bool operator==(const nested_address_group&) const = default;
};

/// What the union Nested.method can hold.
struct nested_method_case {
  struct cash {
    bool operator==(const cash&) const = default;
  };

  /// The last four digits.
  struct card {
    std::string value{};

    bool operator==(const card&) const = default;
  };

  struct gift {
    ::shared_schema::money value{};

    bool operator==(const gift&) const = default;
  };
};
using nested_method_choice = std::variant<
    nested_method_case::cash,
    nested_method_case::card,
    nested_method_case::gift>;

struct nested_inner_deepest {
  ::test::rich::colour colour{};
  std::vector<::test::rich::colour> colours{};

  bool operator==(const nested_inner_deepest&) const = default;
};

struct nested_inner {
  nested_kind kind{};
  ::test::rich::colour colour{};
  nested_inner_deepest deepest{};

  bool operator==(const nested_inner&) const = default;
};

struct nested {
  nested_kind kind{};
  /// Called like its own type.
  nested_inner inner{};
  std::vector<nested_inner> others{};
  nested_address_group address{};
  nested_method_choice method{};
  std::string class_{};
  nested_kind namespace_{};

  bool operator==(const nested&) const = default;
};

struct lists {
  std::vector<bool> flags{};
  std::vector<std::int64_t> numbers{};
  std::vector<float> singles{};
  std::vector<std::string> words{};
  std::vector<reprise::bytes> blobs{};
  std::vector<colour> colours{};
  std::vector<shape> shapes{};
  std::vector<std::vector<std::uint32_t>> table{};
  std::vector<std::vector<std::vector<std::string>>> cube{};
  std::vector<std::monostate> nothings{};
  std::vector<nested_kind> kinds{};
  std::vector<::shared_schema::money> amounts{};
  std::vector<empty> empties{};
  std::vector<std::vector<shape>> grids{};

  bool operator==(const lists&) const = default;
};

/// Declared in the interface, which is no type in C++.
struct box_height {
  double metres{};

  bool operator==(const box_height&) const = default;
};

/// What the union Box.Event.colour.how can hold.
struct box_event_colour_how_case {
  struct brush {
    bool operator==(const brush&) const = default;
  };

  struct spray {
    float value{};

    bool operator==(const spray&) const = default;
  };
};
using box_event_colour_how_choice = std::variant<
    box_event_colour_how_case::brush,
    box_event_colour_how_case::spray>;

struct box_state {
  ::test::rich::scalars scalars{};
  ::test::rich::lists lists{};
  ::test::rich::nested nested{};
  ::test::rich::defaults defaults{};
  ::test::rich::shape shape{};
  ::test::rich::empty empty{};
  std::string boxState{};

  bool operator==(const box_state&) const = default;
};

struct door_state {
  bool open{};

  bool operator==(const door_state&) const = default;
};

// The schema's name; empty for a number that this version does not know.
[[nodiscard]] std::string_view to_string(colour value) noexcept;
[[nodiscard]] std::string_view to_string(nested_kind value) noexcept;
[[nodiscard]] std::string_view to_string(box_event_filled_reason value) noexcept;

struct box_api;

/// The commands of Box.
struct box_cmd {
  struct fill {
    using api = box_api;
    using reply = box_state;
    static constexpr std::uint32_t tag = 0;
    static constexpr std::string_view name = "fill";

    ::test::rich::scalars scalars{};
    ::test::rich::lists lists{};
    ::test::rich::nested nested{};

    bool operator==(const fill&) const = default;
  };

  /// Every parameter is called like something that commands declare themselves.
  struct rename {
    using api = box_api;
    static constexpr std::uint32_t tag = 1;
    static constexpr std::string_view name = "rename";

    std::string name_{};
    std::string tag_{};
    std::string api_{};
    std::string reply_{};
    bool readonly_{};

    bool operator==(const rename&) const = default;
  };

  struct weigh_reply {
    double kilograms{};
    bool exact{};

    bool operator==(const weigh_reply&) const = default;
  };

  struct weigh {
    using api = box_api;
    using reply = weigh_reply;
    static constexpr std::uint32_t tag = 2;
    static constexpr std::string_view name = "weigh";
    static constexpr bool readonly = true;

    bool operator==(const weigh&) const = default;
  };

  struct look {
    using api = box_api;
    using reply = shape;
    static constexpr std::uint32_t tag = 3;
    static constexpr std::string_view name = "look";
    static constexpr bool readonly = true;

    bool operator==(const look&) const = default;
  };

  struct paint {
    using api = box_api;
    static constexpr std::uint32_t tag = 4;
    static constexpr std::string_view name = "paint";

    std::string label{};
    shape_choice choice{};

    bool operator==(const paint&) const = default;
  };

  struct cost {
    using api = box_api;
    using reply = ::shared_schema::money;
    static constexpr std::uint32_t tag = 5;
    static constexpr std::string_view name = "cost";

    bool operator==(const cost&) const = default;
  };

  struct lid_reply {
    bool open{};

    bool operator==(const lid_reply&) const = default;
  };

  struct lid {
    using api = box_api;
    using reply = lid_reply;
    static constexpr std::uint32_t tag = 6;
    static constexpr std::string_view name = "lid";

    bool operator==(const lid&) const = default;
  };

  struct drop {
    using api = box_api;
    static constexpr std::uint32_t tag = 7;
    static constexpr std::string_view name = "drop";

    box_height from{};

    bool operator==(const drop&) const = default;
  };
};

/// The events of Box.
struct box_ev {
  struct filled {
    using api = box_api;
    static constexpr std::uint32_t tag = 0;
    static constexpr std::string_view name = "filled";

    ::test::rich::scalars scalars{};
    ::test::rich::lists lists{};
    ::test::rich::nested nested{};
    box_event_filled_reason why{};

    bool operator==(const filled&) const = default;
  };

  struct renamed {
    using api = box_api;
    static constexpr std::uint32_t tag = 1;
    static constexpr std::string_view name = "renamed";

    std::string value{};

    bool operator==(const renamed&) const = default;
  };

  struct painted {
    using api = box_api;
    static constexpr std::uint32_t tag = 2;
    static constexpr std::string_view name = "painted";

    std::string label{};
    shape_choice choice{};

    bool operator==(const painted&) const = default;
  };

  struct dropped {
    using api = box_api;
    static constexpr std::uint32_t tag = 3;
    static constexpr std::string_view name = "dropped";

    bool operator==(const dropped&) const = default;
  };

  /// Called like the enum that it uses.
  struct colour {
    using api = box_api;
    static constexpr std::uint32_t tag = 4;
    static constexpr std::string_view name = "colour";

    ::test::rich::colour colour{};
    std::vector<std::string> tags_{};
    box_event_colour_how_choice how{};

    bool operator==(const ::test::rich::box_ev::colour&) const = default;
  };

  struct weighed {
    using api = box_api;
    static constexpr std::uint32_t tag = 5;
    static constexpr std::string_view name = "weighed";

    std::vector<double> value{};

    bool operator==(const weighed&) const = default;
  };

  struct priced {
    using api = box_api;
    static constexpr std::uint32_t tag = 6;
    static constexpr std::string_view name = "priced";

    std::int64_t cents{};
    ::shared_schema::currency currency{::shared_schema::currency::eur};

    bool operator==(const priced&) const = default;
  };

  struct marked {
    using api = box_api;
    static constexpr std::uint32_t tag = 7;
    static constexpr std::string_view name = "marked";
    static reprise::attributes tags(const marked& event);

    std::string text{};
    std::int64_t number{};
    std::uint8_t small{};
    bool flag{};
    ::test::rich::colour colour{};
    std::string owner{};

    bool operator==(const marked&) const = default;
  };
};

/// An aggregate that holds all of it.
struct box_api {
  static constexpr std::string_view name = "Box";
  static constexpr reprise::aggregate_type_id type{0x8ec21156cb9ac0c3};

  using cmd = box_cmd;
  using ev = box_ev;
  using state = box_state;
  using command = std::variant<
      cmd::fill,
      cmd::rename,
      cmd::weigh,
      cmd::look,
      cmd::paint,
      cmd::cost,
      cmd::lid,
      cmd::drop>;
  using event = std::variant<
      ev::filled,
      ev::renamed,
      ev::painted,
      ev::dropped,
      ev::colour,
      ev::weighed,
      ev::priced,
      ev::marked>;

  /// This schema as data, for stores and tools.
  [[nodiscard]] static reprise::bytes_view schema();
};

/// Names each handler and applier that A lacks. Called by reprise::complete<A>().
template <class A>
consteval void check_complete(std::type_identity<A>, box_api) {
  using cmd = box_cmd;
  using ev = box_ev;
  static_assert(reprise::handles<A, cmd::fill>,
                "box is missing: decision on(const cmd::fill&) const");
  static_assert(reprise::handles<A, cmd::rename>,
                "box is missing: decision on(const cmd::rename&) const");
  static_assert(reprise::answers<A, cmd::weigh>,
                "box is missing: cmd::weigh_reply reply(const cmd::weigh&) const");
  static_assert(reprise::answers<A, cmd::look>,
                "box is missing: shape reply(const cmd::look&) const");
  static_assert(reprise::handles<A, cmd::paint>,
                "box is missing: decision on(const cmd::paint&) const");
  static_assert(reprise::handles<A, cmd::cost>,
                "box is missing: decision on(const cmd::cost&) const");
  static_assert(reprise::answers<A, cmd::cost>,
                "box is missing: shared_schema::money reply(const cmd::cost&) const");
  static_assert(reprise::handles<A, cmd::lid>,
                "box is missing: decision on(const cmd::lid&) const");
  static_assert(reprise::answers<A, cmd::lid>,
                "box is missing: cmd::lid_reply reply(const cmd::lid&) const");
  static_assert(reprise::handles<A, cmd::drop>,
                "box is missing: decision on(const cmd::drop&) const");
  static_assert(reprise::applies<A, ev::filled>,
                "box is missing: void apply(const ev::filled&)");
  static_assert(reprise::applies<A, ev::renamed>,
                "box is missing: void apply(const ev::renamed&)");
  static_assert(reprise::applies<A, ev::painted>,
                "box is missing: void apply(const ev::painted&)");
  static_assert(reprise::applies<A, ev::dropped>,
                "box is missing: void apply(const ev::dropped&)");
  static_assert(reprise::applies<A, ev::colour>,
                "box is missing: void apply(const ev::colour&)");
  static_assert(reprise::applies<A, ev::weighed>,
                "box is missing: void apply(const ev::weighed&)");
  static_assert(reprise::applies<A, ev::priced>,
                "box is missing: void apply(const ev::priced&)");
  static_assert(reprise::applies<A, ev::marked>,
                "box is missing: void apply(const ev::marked&)");
}

struct door_api;

/// The commands of Door.
struct door_cmd {
  struct open {
    using api = door_api;
    static constexpr std::uint32_t tag = 0;
    static constexpr std::string_view name = "open";

    bool operator==(const open&) const = default;
  };
};

/// The events of Door.
struct door_ev {
  struct opened {
    using api = door_api;
    static constexpr std::uint32_t tag = 0;
    static constexpr std::string_view name = "opened";

    bool operator==(const opened&) const = default;
  };

  struct closed {
    using api = door_api;
    static constexpr std::uint32_t tag = 1;
    static constexpr std::string_view name = "closed";

    bool operator==(const closed&) const = default;
  };
};

struct door_api {
  static constexpr std::string_view name = "Door";
  static constexpr reprise::aggregate_type_id type{0xba07c703994a7178};

  using cmd = door_cmd;
  using ev = door_ev;
  using state = door_state;
  using command = std::variant<cmd::open>;
  using event = std::variant<ev::opened, ev::closed>;

  /// This schema as data, for stores and tools.
  [[nodiscard]] static reprise::bytes_view schema();
};

/// Names each handler and applier that A lacks. Called by reprise::complete<A>().
template <class A>
consteval void check_complete(std::type_identity<A>, door_api) {
  using cmd = door_cmd;
  using ev = door_ev;
  static_assert(reprise::handles<A, cmd::open>,
                "door is missing: decision on(const cmd::open&) const");
  static_assert(reprise::applies<A, ev::opened>,
                "door is missing: void apply(const ev::opened&)");
  static_assert(reprise::applies<A, ev::closed>,
                "door is missing: void apply(const ev::closed&)");
}

}  // namespace test::rich

template <>
struct reprise::codec<test::rich::empty> {
  static void encode(const test::rich::empty& value, bytes& out);
  static result<test::rich::empty> decode(bytes_view message);
  static std::string json(const test::rich::empty& value);
};

template <>
struct reprise::codec<test::rich::scalars> {
  static void encode(const test::rich::scalars& value, bytes& out);
  static result<test::rich::scalars> decode(bytes_view message);
  static std::string json(const test::rich::scalars& value);
};

template <>
struct reprise::codec<test::rich::shape_frame> {
  static void encode(const test::rich::shape_frame& value, bytes& out);
  static result<test::rich::shape_frame> decode(bytes_view message);
  static std::string json(const test::rich::shape_frame& value);
};

template <>
struct reprise::codec<test::rich::shape> {
  static void encode(const test::rich::shape& value, bytes& out);
  static result<test::rich::shape> decode(bytes_view message);
  static std::string json(const test::rich::shape& value);
};

template <>
struct reprise::codec<test::rich::defaults> {
  static void encode(const test::rich::defaults& value, bytes& out);
  static result<test::rich::defaults> decode(bytes_view message);
  static std::string json(const test::rich::defaults& value);
};

template <>
struct reprise::codec<test::rich::nested_inner_deepest> {
  static void encode(const test::rich::nested_inner_deepest& value, bytes& out);
  static result<test::rich::nested_inner_deepest> decode(bytes_view message);
  static std::string json(const test::rich::nested_inner_deepest& value);
};

template <>
struct reprise::codec<test::rich::nested_inner> {
  static void encode(const test::rich::nested_inner& value, bytes& out);
  static result<test::rich::nested_inner> decode(bytes_view message);
  static std::string json(const test::rich::nested_inner& value);
};

template <>
struct reprise::codec<test::rich::nested> {
  static void encode(const test::rich::nested& value, bytes& out);
  static result<test::rich::nested> decode(bytes_view message);
  static std::string json(const test::rich::nested& value);
};

template <>
struct reprise::codec<test::rich::lists> {
  static void encode(const test::rich::lists& value, bytes& out);
  static result<test::rich::lists> decode(bytes_view message);
  static std::string json(const test::rich::lists& value);
};

template <>
struct reprise::codec<test::rich::box_height> {
  static void encode(const test::rich::box_height& value, bytes& out);
  static result<test::rich::box_height> decode(bytes_view message);
  static std::string json(const test::rich::box_height& value);
};

template <>
struct reprise::codec<test::rich::box_state> {
  static void encode(const test::rich::box_state& value, bytes& out);
  static result<test::rich::box_state> decode(bytes_view message);
  static std::string json(const test::rich::box_state& value);
};

template <>
struct reprise::codec<test::rich::door_state> {
  static void encode(const test::rich::door_state& value, bytes& out);
  static result<test::rich::door_state> decode(bytes_view message);
  static std::string json(const test::rich::door_state& value);
};

template <>
struct reprise::codec<test::rich::box_cmd::fill> {
  static void encode(const test::rich::box_cmd::fill& value, bytes& out);
  static result<test::rich::box_cmd::fill> decode(bytes_view message);
  static std::string json(const test::rich::box_cmd::fill& value);
};

template <>
struct reprise::codec<test::rich::box_cmd::rename> {
  static void encode(const test::rich::box_cmd::rename& value, bytes& out);
  static result<test::rich::box_cmd::rename> decode(bytes_view message);
  static std::string json(const test::rich::box_cmd::rename& value);
};

template <>
struct reprise::codec<test::rich::box_cmd::weigh> {
  static void encode(const test::rich::box_cmd::weigh& value, bytes& out);
  static result<test::rich::box_cmd::weigh> decode(bytes_view message);
  static std::string json(const test::rich::box_cmd::weigh& value);
};

template <>
struct reprise::codec<test::rich::box_cmd::weigh_reply> {
  static void encode(const test::rich::box_cmd::weigh_reply& value, bytes& out);
  static result<test::rich::box_cmd::weigh_reply> decode(bytes_view message);
  static std::string json(const test::rich::box_cmd::weigh_reply& value);
};

template <>
struct reprise::codec<test::rich::box_cmd::look> {
  static void encode(const test::rich::box_cmd::look& value, bytes& out);
  static result<test::rich::box_cmd::look> decode(bytes_view message);
  static std::string json(const test::rich::box_cmd::look& value);
};

template <>
struct reprise::codec<test::rich::box_cmd::paint> {
  static void encode(const test::rich::box_cmd::paint& value, bytes& out);
  static result<test::rich::box_cmd::paint> decode(bytes_view message);
  static std::string json(const test::rich::box_cmd::paint& value);
};

template <>
struct reprise::codec<test::rich::box_cmd::cost> {
  static void encode(const test::rich::box_cmd::cost& value, bytes& out);
  static result<test::rich::box_cmd::cost> decode(bytes_view message);
  static std::string json(const test::rich::box_cmd::cost& value);
};

template <>
struct reprise::codec<test::rich::box_cmd::lid> {
  static void encode(const test::rich::box_cmd::lid& value, bytes& out);
  static result<test::rich::box_cmd::lid> decode(bytes_view message);
  static std::string json(const test::rich::box_cmd::lid& value);
};

template <>
struct reprise::codec<test::rich::box_cmd::lid_reply> {
  static void encode(const test::rich::box_cmd::lid_reply& value, bytes& out);
  static result<test::rich::box_cmd::lid_reply> decode(bytes_view message);
  static std::string json(const test::rich::box_cmd::lid_reply& value);
};

template <>
struct reprise::codec<test::rich::box_cmd::drop> {
  static void encode(const test::rich::box_cmd::drop& value, bytes& out);
  static result<test::rich::box_cmd::drop> decode(bytes_view message);
  static std::string json(const test::rich::box_cmd::drop& value);
};

template <>
struct reprise::codec<test::rich::box_ev::filled> {
  static void encode(const test::rich::box_ev::filled& value, bytes& out);
  static result<test::rich::box_ev::filled> decode(bytes_view message);
  static std::string json(const test::rich::box_ev::filled& value);
};

template <>
struct reprise::codec<test::rich::box_ev::renamed> {
  static void encode(const test::rich::box_ev::renamed& value, bytes& out);
  static result<test::rich::box_ev::renamed> decode(bytes_view message);
  static std::string json(const test::rich::box_ev::renamed& value);
};

template <>
struct reprise::codec<test::rich::box_ev::painted> {
  static void encode(const test::rich::box_ev::painted& value, bytes& out);
  static result<test::rich::box_ev::painted> decode(bytes_view message);
  static std::string json(const test::rich::box_ev::painted& value);
};

template <>
struct reprise::codec<test::rich::box_ev::dropped> {
  static void encode(const test::rich::box_ev::dropped& value, bytes& out);
  static result<test::rich::box_ev::dropped> decode(bytes_view message);
  static std::string json(const test::rich::box_ev::dropped& value);
};

template <>
struct reprise::codec<test::rich::box_ev::colour> {
  static void encode(const test::rich::box_ev::colour& value, bytes& out);
  static result<test::rich::box_ev::colour> decode(bytes_view message);
  static std::string json(const test::rich::box_ev::colour& value);
};

template <>
struct reprise::codec<test::rich::box_ev::weighed> {
  static void encode(const test::rich::box_ev::weighed& value, bytes& out);
  static result<test::rich::box_ev::weighed> decode(bytes_view message);
  static std::string json(const test::rich::box_ev::weighed& value);
};

template <>
struct reprise::codec<test::rich::box_ev::priced> {
  static void encode(const test::rich::box_ev::priced& value, bytes& out);
  static result<test::rich::box_ev::priced> decode(bytes_view message);
  static std::string json(const test::rich::box_ev::priced& value);
};

template <>
struct reprise::codec<test::rich::box_ev::marked> {
  static void encode(const test::rich::box_ev::marked& value, bytes& out);
  static result<test::rich::box_ev::marked> decode(bytes_view message);
  static std::string json(const test::rich::box_ev::marked& value);
};

template <>
struct reprise::codec<test::rich::door_cmd::open> {
  static void encode(const test::rich::door_cmd::open& value, bytes& out);
  static result<test::rich::door_cmd::open> decode(bytes_view message);
  static std::string json(const test::rich::door_cmd::open& value);
};

template <>
struct reprise::codec<test::rich::door_ev::opened> {
  static void encode(const test::rich::door_ev::opened& value, bytes& out);
  static result<test::rich::door_ev::opened> decode(bytes_view message);
  static std::string json(const test::rich::door_ev::opened& value);
};

template <>
struct reprise::codec<test::rich::door_ev::closed> {
  static void encode(const test::rich::door_ev::closed& value, bytes& out);
  static result<test::rich::door_ev::closed> decode(bytes_view message);
  static std::string json(const test::rich::door_ev::closed& value);
};
