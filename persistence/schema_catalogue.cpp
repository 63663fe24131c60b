// SPDX-License-Identifier: Apache-2.0
#include "persistence/schema_catalogue.hpp"

#include "messages/little_endian.hpp"
#include "persistence/record_envelope.hpp"
#include "persistence/sealed_payload.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>
#include <utility>

namespace reprise {

std::string_view to_string(inspected_kind kind) noexcept {
  switch (kind) {
    case inspected_kind::event:
      return "event";
    case inspected_kind::deletion:
      return "deletion";
    case inspected_kind::tombstone:
      return "tombstone";
    case inspected_kind::truncation:
      return "truncation";
  }
  return "unknown";
}

}  // namespace reprise

namespace reprise::persistence {
namespace {

constexpr std::string_view no_schema = "the store has no schema for this type";

std::string hexadecimal(aggregate_type_id type) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text = "0x";
  for (unsigned shift = 64; shift != 0;) {
    shift -= 4;
    text += digits[(type.value >> shift) & 0xfU];
  }
  return text;
}

// `RideSaga`, `ride_saga` and `ride-saga` are one name to a person.
std::string folded(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '_' || c == '-') continue;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

bool read_type_id(std::string_view text, aggregate_type_id& id) {
  if (!text.starts_with("0x")) return false;
  const char* const end = text.data() + text.size();
  const auto [stopped, failure] = std::from_chars(text.data() + 2, end, id.value, 16);
  return failure == std::errc() && stopped == end;
}

template <class Range, class Name>
std::string listed(const Range& range, Name name_of) {
  std::string text;
  for (const auto& one : range) text += (text.empty() ? "" : ", ") + name_of(one);
  return text.empty() ? "none" : text;
}

stored_type described(const messages::schema_bundle& bundle) {
  return {bundle.type(), std::string(bundle.name()), bundle.event_names()};
}

inspected_kind kind_of(record_kind kind) {
  switch (kind) {
    case record_kind::event:
      break;
    case record_kind::deletion:
      return inspected_kind::deletion;
    case record_kind::tombstone:
      return inspected_kind::tombstone;
    case record_kind::truncation:
      return inspected_kind::truncation;
  }
  return inspected_kind::event;
}

void set_json(result<std::string> json, std::string& rendered, std::string& unrendered) {
  if (json) {
    rendered = std::move(*json);
  } else {
    unrendered = std::move(json).error().message;
  }
}

}  // namespace

result<void> schema_catalogue::refresh() {
  auto stored = schemas_();
  if (!stored) return std::move(stored).error();
  bundles_.clear();
  for (const stored_schema& schema : *stored) {
    auto bundle = messages::schema_bundle::open(schema.bundle);
    if (bundle) bundles_.emplace(schema.type, std::move(*bundle));
  }
  return {};
}

std::vector<stored_type> schema_catalogue::types() const {
  std::vector<stored_type> all;
  for (const auto& [id, bundle] : bundles_) all.push_back(described(bundle));
  std::ranges::sort(all, {}, [](const stored_type& t) { return std::tie(t.name, t.id); });
  return all;
}

result<stored_type> schema_catalogue::type(std::string_view wanted) const {
  std::vector<stored_type> all = types();
  const std::string known = listed(all, [](const stored_type& t) { return t.name; });
  aggregate_type_id id{};
  const bool by_id = read_type_id(wanted, id);
  std::erase_if(all, [&](const stored_type& t) {
    return by_id ? t.id != id : folded(t.name) != folded(wanted);
  });
  if (all.empty()) {
    return error{errc::not_found,
                 "the store has no type '" + std::string(wanted) + "'; the types it has: " + known};
  }
  if (all.size() > 1) {
    return error{errc::invalid_argument,
                 "'" + std::string(wanted) +
                     "' is the name of several types; give one of the ids " +
                     listed(all, [](const stored_type& t) { return hexadecimal(t.id); })};
  }
  return std::move(all.front());
}

result<record_choice> schema_catalogue::choice(std::string_view wanted) const {
  const std::size_t dot = wanted.find('.');
  auto found = type(wanted.substr(0, dot));
  if (!found) return std::move(found).error();
  if (dot == std::string_view::npos) return record_choice{found->id, {}};
  const std::string event = folded(wanted.substr(dot + 1));
  for (std::size_t i = 0; i < found->events.size(); ++i) {
    if (folded(found->events[i]) == event) {
      return record_choice{found->id, static_cast<std::uint32_t>(i)};
    }
  }
  return error{errc::not_found, found->name + " has no event '" +
                                    std::string(wanted.substr(dot + 1)) + "'; its events: " +
                                    listed(found->events, [](const std::string& n) { return n; })};
}

std::string schema_catalogue::name_of(aggregate_type_id type) {
  const messages::schema_bundle* bundle = find(type);
  return bundle == nullptr ? hexadecimal(type) : std::string(bundle->name());
}

inspected_record schema_catalogue::named(const stored_record& record) {
  inspected_record out{.kind = kind_of(record.kind),
                       .meta = envelope_of(record),
                       .type = name_of(record.type),
                       .event = std::string(to_string(kind_of(record.kind))),
                       .payload_size_bytes = record.payload.size()};
  if (record.kind != record_kind::event) return out;
  out.event = std::to_string(record.event_type);
  const messages::schema_bundle* bundle = find(record.type, record.event_type);
  if (bundle == nullptr) return out;
  if (const auto name = bundle->event_name(record.event_type); !name.empty()) out.event = name;
  return out;
}

inspected_record schema_catalogue::render(const stored_record& record) {
  inspected_record out = named(record);
  if (record.kind == record_kind::truncation && record.payload.size() == 8) {
    // The one payload that no schema describes: the first sequence that stays readable.
    out.payload = "{\"firstReadable\":" +
                  std::to_string(messages::load<std::uint64_t>(record.payload.data())) + "}";
  }
  if (record.kind != record_kind::event) return out;
  const messages::schema_bundle* bundle = find(record.type, record.event_type);
  if (bundle == nullptr) {
    out.unrendered = no_schema;
    return out;
  }
  bytes_view payload = record.payload;
  if (is_sealed(payload)) {
    // Nobody opened it, as in an export: what is sealed shows as its defaults.
    const auto rest = without_sealed(payload);
    if (!rest) {
      out.unrendered = rest.error().message;
      return out;
    }
    payload = *rest;
  }
  set_json(bundle->event_json(record.event_type, payload), out.payload, out.unrendered);
  return out;
}

inspected_snapshot schema_catalogue::render(aggregate_type_id type, const snapshot& saved) {
  inspected_snapshot out{.at = saved.at, .place = saved.place, .time = saved.time};
  const messages::schema_bundle* bundle = find(type);
  if (bundle == nullptr) {
    out.unrendered = no_schema;
  } else {
    set_json(bundle->state_json(saved.state), out.state, out.unrendered);
  }
  return out;
}

const messages::schema_bundle* schema_catalogue::find(aggregate_type_id type,
                                                      std::uint32_t event_type) {
  const auto known = [&] {
    const auto found = bundles_.find(type);
    return found == bundles_.end() ? nullptr : &found->second;
  };
  const auto names_event = [&] { return known() && !known()->event_name(event_type).empty(); };
  // A live node may have begun to host the type, or a newer version of it, since.
  if (!names_event() && !missing_.contains({type, event_type}) && refresh() && !names_event()) {
    missing_.emplace(type, event_type);
  }
  return known();
}

}  // namespace reprise::persistence
