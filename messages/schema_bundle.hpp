// SPDX-License-Identifier: Apache-2.0
//
// The schema of one aggregate type as data: what a program carries in its generated code, what the
// store keeps, and what the tools use to name and render records without the user's code.
//
// Threading: immutable after open(); every method may be called from any thread.

#pragma once

#include "messages/personal_parts.hpp"

#include <reprise/ids.hpp>
#include <reprise/result.hpp>
#include <reprise/schema_check.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::messages {

class schema_bundle {
 public:
  /// Reads what the generated `<type>_api::schema()` returns. `errc::malformed` for anything else.
  [[nodiscard]] static result<schema_bundle> open(bytes_view encoded);

  /// The same bundle for an interface of another id and name, encoded.
  [[nodiscard]] static result<bytes> renamed(bytes_view encoded, aggregate_type_id type,
                                             std::string_view name);

  schema_bundle(schema_bundle&&) noexcept;
  schema_bundle& operator=(schema_bundle&&) noexcept;
  ~schema_bundle();

  /// The interface's id and its name, e.g. `Trip`.
  [[nodiscard]] aggregate_type_id type() const;
  [[nodiscard]] std::string_view name() const;

  /// `requested` for the event with that discriminant; empty when unknown.
  [[nodiscard]] std::string_view event_name(std::uint32_t event_type) const;
  /// All event names, by discriminant.
  [[nodiscard]] std::vector<std::string> event_names() const;

  /// One line of JSON, fields in the schema's order. `malformed` for a payload that is not one.
  [[nodiscard]] result<std::string> event_json(std::uint32_t event_type, bytes_view payload) const;
  [[nodiscard]] result<std::string> state_json(bytes_view payload) const;
  [[nodiscard]] result<std::string> command_json(std::uint32_t command, bytes_view payload) const;
  /// The payload of an event that event_json() shows so. `malformed` for what is no JSON, and for
  /// members that the schema does not know; members that are missing have their defaults.
  [[nodiscard]] result<bytes> event_payload(std::uint32_t event_type, std::string_view json) const;

  /// Whether an event or the state has fields that the schema marks as personal.
  [[nodiscard]] bool has_personal_fields() const;
  /// What of an event is whose. `malformed` for a payload that is not one.
  [[nodiscard]] result<parted_message> part_event(bytes_view payload) const;
  [[nodiscard]] result<parted_message> part_state(bytes_view payload) const;

  /// Success when everything written under `older` can be read under this one; otherwise
  /// `errc::incompatible`, naming the field that was removed, renumbered or retyped.
  [[nodiscard]] result<void> accepts(const schema_bundle& older) const;
  /// All that differs between what `older` wrote and what this one reads. `errc::incompatible` when
  /// they are of different types.
  [[nodiscard]] result<std::vector<schema_change>> changes_since(const schema_bundle& older) const;
  /// The schema as a person reads it: commands, events, state, and the types that they use.
  [[nodiscard]] std::string text() const;

 private:
  struct loaded;
  explicit schema_bundle(std::unique_ptr<loaded> state);
  std::unique_ptr<loaded> state_;
};

}  // namespace reprise::messages
