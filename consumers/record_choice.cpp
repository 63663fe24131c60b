// SPDX-License-Identifier: Apache-2.0
#include "consumers/record_choice.hpp"

#include "base/checksum.hpp"

#include <algorithm>
#include <span>
#include <string>

namespace reprise::consumers {
namespace {

using persistence::record_kind;
using persistence::stored_record;

bool is_of(const stored_record& record, const aggregate_key& key) {
  return record.type == key.type && record.tenant == key.tenant && record.id == key.id;
}

// Text whose parts cannot run into each other.
void add(std::string& text, std::string_view part) {
  text += std::to_string(part.size());
  text += ':';
  text += part;
}

template <class T, class Name>
void add_sorted(std::string& text, std::vector<T> all, const Name& name) {
  std::ranges::sort(all);
  text += '[';
  for (const T& one : all) add(text, name(one));
  text += ']';
}

}  // namespace

record_choice::record_choice(const subscription_options& options, const persistence::journal& log)
    : options_(options), partitions_(options.partitions) {
  if (options.only) {
    const partition_id home = log.partition_of(*options.only);
    if (partitions_.empty() || std::ranges::find(partitions_, home) != partitions_.end()) {
      partitions_ = {home};
    } else {
      partitions_.clear();
    }
  } else if (partitions_.empty()) {
    for (std::uint32_t i = 0; i < log.partitions(); ++i) partitions_.push_back({i});
  }
  std::ranges::sort(partitions_);
  const auto repeated = std::unique(partitions_.begin(), partitions_.end());
  partitions_.erase(repeated, partitions_.end());

  filter_.types = options.types;
  filter_.id_prefix = options.only ? options.only->id : options.id_prefix;
  // The scan's list of events leaves out what is no event.
  if (!options.notes && !options.only) {
    for (const event_choice& e : options.events) filter_.events.emplace_back(e.type, e.event);
  }
}

bool record_choice::shows(const stored_record& record, const envelope& meta) const {
  if (options_.only && !is_of(record, *options_.only)) return false;
  if (!record.id.starts_with(options_.id_prefix)) return false;
  if (record.kind != record_kind::event) return options_.notes || ends_with(record);
  if (!options_.events.empty()) {
    const event_choice found{record.type, record.event_type};
    if (std::ranges::find(options_.events, found) == options_.events.end()) return false;
  }
  return !options_.where || options_.where(meta);
}

bool record_choice::ends_with(const stored_record& record) const {
  return record.kind == record_kind::tombstone && options_.only && is_of(record, *options_.only);
}

std::uint64_t record_choice::fingerprint() const {
  std::string text;
  add_sorted(text, partitions_, [](partition_id p) { return std::to_string(p.value); });
  add_sorted(text, options_.types, [](aggregate_type_id t) { return std::to_string(t.value); });
  add_sorted(text, options_.events, [](const event_choice& e) {
    return std::to_string(e.type.value) + "." + std::to_string(e.event);
  });
  if (options_.only) {
    add(text, std::to_string(options_.only->type.value));
    add(text, options_.only->tenant);
    add(text, options_.only->id);
  }
  add(text, options_.id_prefix);
  text += options_.notes ? '+' : '-';
  return base::checksum64(std::as_bytes(std::span(text)));
}

}  // namespace reprise::consumers
