// SPDX-License-Identifier: Apache-2.0
#include "sagas/hosted_saga.hpp"

#include "messages/schema_bundle.hpp"
#include "sagas/saga_fold.hpp"
#include "sagas/saga_instance.hpp"
#include "sagas/taken_keys.hpp"

#include <reprise/codec.hpp>

#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace reprise::sagas {
namespace {

using detail::handled;
using log::saga_api;

constexpr std::size_t name_bytes_max = 100;

template <class Variant, class F>
bool dispatch(std::uint32_t tag, F&& f) {
  return [&]<class... T>(std::type_identity<std::variant<T...>>) {
    return ((tag == T::tag ? (f(std::type_identity<T>{}), true) : false) || ...);
  }(std::type_identity<Variant>{});
}

// So that whoever looks for keys need not decode what changes none.
attributes key_tags(const log::change& change) {
  attributes out;
  for (const log::key_change& k : change.keys) out.emplace_back(key_tag, k.key);
  return out;
}

// Without what was answered: that is kept for those who replay it, where there is room.
void encode_bare(log::saga_ev::answered e, bytes& out) {
  e.content.clear();
  e.hasContent = false;
  out.clear();
  codec<log::saga_ev::answered>::encode(e, out);
}

class hosted_saga final : public detail::hosted {
 public:
  explicit hosted_saga(std::shared_ptr<const saga_code> code)
      : code_(std::move(code)), instance_(code_->type, code_->node) {}

  handled handle(std::uint32_t command, bytes_view payload, const context& around,
                 const detail::payload_limits& limits) override {
    handled out;
    const bool known = dispatch<saga_api::command>(command, [&]<class C>(std::type_identity<C>) {
      handle_as<C>(payload, around, limits, out);
    });
    if (!known) out.failed = unknown(command);
    return out;
  }

  result<bytes> answer(std::uint32_t command, bytes_view) const override {
    bytes out;
    if (command == saga_api::cmd::look::tag) codec<log::saga_state>::encode(instance_.state(), out);
    return out;
  }

  result<void> apply(std::uint32_t event_type, bytes_view payload) override {
    auto event = decode_event(event_type, payload);
    if (!event) return error{errc::replay_failed, event.error().message};
    instance_.apply(*event);
    return {};
  }

  bytes save() const override {
    bytes out;
    codec<log::saga_state>::encode(instance_.state(), out);
    return out;
  }

  result<void> load(bytes_view state) override {
    auto decoded = codec<log::saga_state>::decode(state);
    if (!decoded) return std::move(decoded).error();
    instance_.restore(std::move(*decoded));
    return {};
  }

 private:
  static error unknown(std::uint32_t command) {
    return {errc::unknown_command, "a saga knows no command " + std::to_string(command)};
  }

  template <class C>
  void handle_as(bytes_view payload, const context& around, const detail::payload_limits& limits,
                 handled& out) {
    auto command = codec<C>::decode(payload);
    if (!command) {
      out.failed = std::move(command).error();
      return;
    }
    auto decided = instance_.decide(*command, around.aggregate().id, around);
    if (!decided) {
      out.failed = std::move(decided).error();
      return;
    }
    if (decided->is_rejection()) {
      out.rejected = decided->why();
      return;
    }
    for (const saga_api::event& event : decided->events()) {
      detail::encoded_event encoded;
      std::visit(
          [&]<class E>(const E& e) {
            encoded.type = E::tag;
            if constexpr (requires { e.change; }) encoded.tags = key_tags(e.change);
            codec<E>::encode(e, encoded.payload);
            if constexpr (requires { e.hasContent; }) {
              if (encoded.payload.size() > limits.payload_bytes_max)
                encode_bare(e, encoded.payload);
            }
          },
          event);
      if (encoded.payload.size() > limits.payload_bytes_max) {
        out.failed = error{errc::too_large,
                           "what the saga decided takes " + std::to_string(encoded.payload.size()) +
                               " bytes, the limit is " + std::to_string(limits.payload_bytes_max)};
        out.events.clear();
        return;
      }
      out.events.push_back(std::move(encoded));
    }
    for (const saga_api::event& event : decided->events()) instance_.apply(event);
    if (C::tag == saga_api::cmd::look::tag) out.reply = save();
  }

  const std::shared_ptr<const saga_code> code_;
  saga_instance instance_;
};

}  // namespace

result<std::shared_ptr<const saga_code>> make_saga_code(detail::saga_type type, node_view node) {
  const auto wrong = [&](const std::string& why) {
    return error{errc::invalid_argument, "the saga " + type.name + " " + why};
  };
  if (type.name.empty() || type.name.size() > name_bytes_max) {
    return wrong("has a name of " + std::to_string(type.name.size()) + " bytes, it must be 1 to " +
                 std::to_string(name_bytes_max));
  }
  const failure_policy& failing = type.settings.failing;
  if (failing.first_delay.count() < 1 || failing.delay_max.count() < 1) {
    return wrong("waits less than 1 ms before it tries again");
  }
  if (failing.parked_events_max == 0)
    return wrong("may park nothing: the limit must be at least 1");
  if (type.settings.steps_open_max == 0) {
    return wrong("may ask for nothing: steps_open_max must be at least 1");
  }
  auto schema = messages::schema_bundle::renamed(saga_api::schema(), type.id, type.name);
  if (!schema) return std::move(schema).error();
  return std::make_shared<const saga_code>(
      saga_code{std::move(type), std::move(node), std::move(*schema)});
}

detail::aggregate_type as_aggregate(const std::shared_ptr<const saga_code>& code) {
  return {.id = code->type.id,
          .name = code->type.name,
          .schema = code->schema,
          .settings = {},
          .make = [code]() -> std::unique_ptr<detail::hosted> {
            return std::make_unique<hosted_saga>(code);
          },
          .is_readonly = [](std::uint32_t command) -> std::optional<bool> {
            return command == saga_api::cmd::look::tag;
          },
          .command_name = &detail::command_name<saga_api::command>};
}

}  // namespace reprise::sagas
