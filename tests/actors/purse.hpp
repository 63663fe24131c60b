// SPDX-License-Identifier: Apache-2.0
//
// The smallest aggregate with every outcome, without a schema: a purse of coins. Payloads are one
// little number.
//
// Threading: confined to the test.

#pragma once

#include <reprise/detail/aggregate_type.hpp>

#include <cstring>
#include <memory>
#include <string>

namespace reprise::actors::testing {

inline bytes number(std::uint64_t n) {
  bytes out(8);
  std::memcpy(out.data(), &n, 8);
  return out;
}
inline std::uint64_t number_in(bytes_view b) {
  std::uint64_t n = 0;
  if (b.size() == 8) std::memcpy(&n, b.data(), 8);
  return n;
}

/// Commands by number, as a purse understands them.
struct purse_command {
  static constexpr std::uint32_t put = 0;        // one event `put`; replies with the sum
  static constexpr std::uint32_t take = 1;       // one event `taken`, or rejected "empty"
  static constexpr std::uint32_t look = 2;       // read-only; replies with the sum
  static constexpr std::uint32_t shake = 3;      // decides nothing; replies with the sum
  static constexpr std::uint32_t put_twice = 4;  // two events
  static constexpr std::uint32_t tear = 5;       // the handler throws
  static constexpr std::uint32_t mumble = 6;     // one event, but the reply cannot be made
  static constexpr std::uint32_t give_away = 7;  // one event `put`, which finishes the purse
};
struct purse_event {
  static constexpr std::uint32_t put = 0;
  static constexpr std::uint32_t taken = 1;
  static constexpr std::uint32_t cursed = 2;  // no applier accepts it
};

class purse final : public detail::hosted {
 public:
  [[nodiscard]] detail::handled handle(std::uint32_t command, bytes_view payload, const context&,
                                       const detail::payload_limits&) override {
    const std::uint64_t n = number_in(payload);
    detail::handled out;
    const auto decide = [&](std::uint32_t type) {
      out.events.push_back({.type = type, .payload = number(n)});
      static_cast<void>(apply(type, out.events.back().payload));
    };
    switch (command) {
      case purse_command::put:
        decide(purse_event::put);
        break;
      case purse_command::put_twice:
        decide(purse_event::put);
        decide(purse_event::put);
        break;
      case purse_command::take:
        if (n > sum_) {
          out.rejected = rejection{"empty", "there are " + std::to_string(sum_)};
          return out;
        }
        decide(purse_event::taken);
        break;
      case purse_command::give_away:
        decide(purse_event::put);
        out.finished = true;
        break;
      case purse_command::look:
      case purse_command::shake:
        break;
      case purse_command::mumble:
        decide(purse_event::put);
        out.reply_failed = error{errc::reply_failed, "mumbled"};
        return out;
      case purse_command::tear:
        out.failed = error{errc::handler_failed, "torn"};
        return out;
      default:
        out.failed = error{errc::unknown_command, "?"};
        return out;
    }
    out.reply = number(sum_);
    return out;
  }
  [[nodiscard]] result<bytes> answer(std::uint32_t command, bytes_view) const override {
    if (command == purse_command::mumble) return error{errc::reply_failed, "mumbled"};
    return number(sum_);
  }
  [[nodiscard]] result<void> apply(std::uint32_t type, bytes_view payload) override {
    if (type == purse_event::cursed) return error{errc::replay_failed, "cursed"};
    sum_ = type == purse_event::put ? sum_ + number_in(payload) : sum_ - number_in(payload);
    return {};
  }
  [[nodiscard]] bytes save() const override { return number(sum_); }
  [[nodiscard]] result<void> load(bytes_view state) override {
    sum_ = number_in(state);
    return {};
  }

 private:
  std::uint64_t sum_ = 0;
};

inline constexpr aggregate_type_id purse_id{0x9a5e};

inline detail::aggregate_type purse_type(const options& settings = {}) {
  return {.id = purse_id,
          .name = "Purse",
          .schema = {},
          .settings = settings,
          .make = []() -> std::unique_ptr<detail::hosted> { return std::make_unique<purse>(); },
          .is_readonly = [](std::uint32_t command) -> std::optional<bool> {
            return command == purse_command::look;
          }};
}

}  // namespace reprise::actors::testing
