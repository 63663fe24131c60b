// SPDX-License-Identifier: Apache-2.0
#include "messages/schema_bundle.hpp"

#include "base/checksum.hpp"
#include "bundle.capnp.h"
#include "messages/loaded_schema.hpp"
#include "messages/message_parting.hpp"
#include "messages/schema_text.hpp"

#include <reprise/generated/payload.hpp>

#include <capnp/compat/json.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace reprise::messages {
namespace {

// Loading looks at each node several times; a bundle is small and comes with the program or the
// store, so it may.
constexpr std::uint64_t bundle_traversals = 64;

template <class Render>
result<std::string> rendered(bytes_view payload, capnp::StructSchema type,
                             const personal_fields& personal, Render render) {
  if (auto refused = generated::refuse_size(payload)) return std::move(*refused);
  try {
    generated::reader message(payload);
    if (personal.find(type) == nullptr) return render(message.root(type));
    generated::writer copy;
    auto root = copy.root<capnp::AnyPointer>();
    root.set(message.root<capnp::AnyPointer>());
    auto whole = root.getAs<capnp::DynamicStruct>(type);
    write_out_defaults(whole, personal);
    return render(whole.asReader());
  } catch (const kj::Exception& e) {
    return generated::malformed(e);
  } catch (const generated::unreadable& e) {
    return generated::malformed(e);
  }
}

result<parted_message> parted(bytes_view payload, capnp::StructSchema type,
                              const personal_fields& fields) {
  if (auto refused = generated::refuse_size(payload)) return std::move(*refused);
  try {
    return part_message(payload, type, fields);
  } catch (const kj::Exception& e) {
    return generated::malformed(e);
  }
}

// The inverse of generated::member_to_json().
void set_from_json(capnp::DynamicStruct::Builder root, capnp::StructSchema::Field member,
                   std::string_view json) {
  const kj::ArrayPtr<const char> text(json.data(), json.size());
  capnp::JsonCodec codec;
  codec.setRejectUnknownFields(true);
  const capnp::Type type = member.getType();
  if (type.isStruct()) {
    codec.decode(text, root.init(member).as<capnp::DynamicStruct>());
    return;
  }
  capnp::MallocMessageBuilder raw;
  auto value = raw.initRoot<capnp::JsonValue>();
  codec.decodeRaw(text, value);
  if (!value.isObject()) throw generated::unreadable{"it is no JSON object"};
  if (type.isVoid()) {
    if (value.getObject().size() > 0) throw generated::unreadable{"this event has no members"};
    root.set(member, capnp::VOID);
    return;
  }
  for (const auto field : value.asReader().getObject()) {
    if (field.getName() != "value") continue;
    auto held =
        codec.decode(field.getValue(), type, capnp::Orphanage::getForMessageContaining(root));
    root.adopt(member, kj::mv(held));
    return;
  }
  throw generated::unreadable{"it has no member `value`"};
}

}  // namespace

loaded_schema::loaded_schema(bytes_view encoded) {
  generated::reader message(encoded, bundle_traversals);
  const auto bundle = message.root<wire::Bundle>();
  for (const auto& node : bundle.getNodes()) loader.load(node);
  interface = loader.get(bundle.getInterfaceId()).asInterface();
  events = loader.get(bundle.getEventsId()).asStruct();
  state = loader.get(bundle.getStateId()).asStruct();
  event_names.resize(events.getUnionFields().size());
  for (const capnp::StructSchema::Field field : events.getUnionFields()) {
    const auto name = field.getProto().getName();
    event_names.at(field.getProto().getDiscriminantValue()) = {name.begin(), name.size()};
  }
  personal.add(events);
  personal.add(state);
}

result<schema_bundle> schema_bundle::open(bytes_view encoded) {
  if (auto refused = generated::refuse_size(encoded)) return std::move(*refused);
  const bytes_view segment = encoded.first(encoded.size() - sizeof(std::uint64_t));
  std::uint64_t checksum = 0;
  std::memcpy(&checksum, encoded.data() + segment.size(), sizeof checksum);
  if (checksum != base::checksum64(segment)) {
    return error{errc::malformed, "a schema bundle does not match its checksum"};
  }
  try {
    return schema_bundle(std::make_unique<loaded>(segment));
  } catch (const kj::Exception& e) {
    return generated::malformed(e);
  } catch (const std::out_of_range&) {
    return error{errc::malformed, "the event union of the schema is not numbered without gaps"};
  }
}

result<bytes> schema_bundle::renamed(bytes_view encoded, aggregate_type_id type,
                                     std::string_view name) {
  if (auto fine = open(encoded); !fine) return std::move(fine).error();
  generated::reader from(encoded.first(encoded.size() - sizeof(std::uint64_t)), bundle_traversals);
  const auto old = from.root<wire::Bundle>();
  generated::writer message;
  auto bundle = message.root<wire::Bundle>();
  bundle.setInterfaceId(type.value);
  bundle.setEventsId(old.getEventsId());
  bundle.setStateId(old.getStateId());
  bundle.setNodes(old.getNodes());
  for (auto node : bundle.getNodes()) {
    if (node.getId() != old.getInterfaceId()) continue;
    node.setId(type.value);
    node.setDisplayName(std::string(name));
    node.setDisplayNamePrefixLength(0);
  }
  bytes out;
  message.append_to(out);
  const std::uint64_t checksum = base::checksum64(out);
  const std::size_t size = out.size();
  out.resize(size + sizeof checksum);
  std::memcpy(out.data() + size, &checksum, sizeof checksum);
  return out;
}

schema_bundle::schema_bundle(std::unique_ptr<loaded> state) : state_(std::move(state)) {}
schema_bundle::schema_bundle(schema_bundle&&) noexcept = default;
schema_bundle& schema_bundle::operator=(schema_bundle&&) noexcept = default;
schema_bundle::~schema_bundle() = default;

aggregate_type_id schema_bundle::type() const {
  return {state_->interface.getProto().getId()};
}

std::string_view schema_bundle::name() const {
  const auto name = state_->interface.getShortDisplayName();
  return {name.begin(), name.size()};
}

std::string_view schema_bundle::event_name(std::uint32_t event_type) const {
  if (event_type >= state_->event_names.size()) return {};
  return state_->event_names[event_type];
}

std::vector<std::string> schema_bundle::event_names() const {
  return state_->event_names;
}

result<std::string> schema_bundle::event_json(std::uint32_t event_type, bytes_view payload) const {
  if (event_type >= state_->event_names.size()) {
    return error{errc::malformed, std::string(name()) + " has no event with the number " +
                                      std::to_string(event_type)};
  }
  return rendered(payload, state_->events, state_->personal,
                  [&](capnp::DynamicStruct::Reader root) {
                    KJ_IF_MAYBE (held, root.which()) {
                      const unsigned member = held->getProto().getDiscriminantValue();
                      if (member == event_type) return generated::member_to_json(root);
                      generated::throw_unreadable(name(), member);
                    }
                    throw generated::unreadable{std::string(name()) +
                                                ": an event that its schema does not know"};
                  });
}

result<std::string> schema_bundle::state_json(bytes_view payload) const {
  return rendered(payload, state_->state, state_->personal, generated::to_json);
}

result<std::string> schema_bundle::command_json(std::uint32_t command, bytes_view payload) const {
  const auto methods = state_->interface.getMethods();
  if (command >= methods.size()) {
    return error{errc::malformed, std::string(name()) + " has no command with the number " +
                                      std::to_string(command)};
  }
  return rendered(payload, methods[command].getParamType(), state_->personal, generated::to_json);
}

result<bytes> schema_bundle::event_payload(std::uint32_t event_type, std::string_view json) const {
  for (const capnp::StructSchema::Field member : state_->events.getUnionFields()) {
    if (member.getProto().getDiscriminantValue() != event_type) continue;
    try {
      generated::writer message;
      auto root = message.root<capnp::AnyPointer>().initAs<capnp::DynamicStruct>(state_->events);
      set_from_json(root, member, json);
      bytes out;
      message.append_to(out);
      return out;
    } catch (const kj::Exception& e) {
      return error{errc::malformed, "this is no payload of " + std::string(event_name(event_type)) +
                                        ": " + generated::malformed(e).message};
    } catch (const generated::unreadable& e) {
      return generated::malformed(e);
    }
  }
  return error{errc::malformed,
               std::string(name()) + " has no event with the number " + std::to_string(event_type)};
}

bool schema_bundle::has_personal_fields() const {
  return !state_->personal.empty();
}

result<parted_message> schema_bundle::part_event(bytes_view payload) const {
  return parted(payload, state_->events, state_->personal);
}

result<parted_message> schema_bundle::part_state(bytes_view payload) const {
  return parted(payload, state_->state, state_->personal);
}

result<std::vector<schema_change>> schema_bundle::changes_since(const schema_bundle& older) const {
  const auto refuse = [&](const std::string& why) {
    return error{errc::incompatible, "schema of " + std::string(name()) + ": " + why};
  };
  if (type() != older.type()) {
    return refuse("it is compared with that of another type, " + std::string(older.name()));
  }
  try {
    return find_changes(*older.state_, *state_);
  } catch (const kj::Exception& e) {
    return refuse({e.getDescription().begin(), e.getDescription().size()});
  }
}

result<void> schema_bundle::accepts(const schema_bundle& older) const {
  const auto changes = changes_since(older);
  if (!changes) return changes.error();
  const auto refused =
      std::ranges::find(*changes, schema_change::kind::refused, &schema_change::is);
  if (refused == changes->end()) return {};
  return error{errc::incompatible, "schema of " + std::string(name()) + ": " + refused->what};
}

std::string schema_bundle::text() const {
  return schema_text(*state_);
}

}  // namespace reprise::messages
