// SPDX-License-Identifier: Apache-2.0
#include "cluster/peer_schemas.hpp"

#include <algorithm>
#include <utility>

namespace reprise::cluster {

using persistence::stored_schema;

result<void> peer_schemas::handle(const stored_schema& type) {
  auto schema = messages::schema_bundle::open(type.bundle);
  if (!schema) return std::move(schema).error();
  own_.insert_or_assign(type.type, own_type{.stored = type, .schema = std::move(*schema)});
  for (auto& [peer, types] : theirs_) {
    const auto same = types.find(type.type);
    if (same == types.end()) continue;
    auto found = compare(type.type, same->second.bundle);
    if (!found) return std::move(found).error();
    same->second.found = std::move(*found);
  }
  return {};
}

result<void> peer_schemas::hear(const std::string& peer, const stored_schema& type) {
  auto& types = theirs_[peer];
  if (types.size() >= types_max && !types.contains(type.type)) {
    return error{errc::too_large, "it handles more than " + std::to_string(types_max) + " types"};
  }
  auto found = compare(type.type, type.bundle);
  if (!found) return std::move(found).error();
  types.insert_or_assign(type.type, peer_type{.bundle = type.bundle, .found = std::move(*found)});
  return {};
}

result<peer_schemas::comparison> peer_schemas::compare(aggregate_type_id type,
                                                       bytes_view theirs) const {
  const auto own = own_.find(type);
  if (own != own_.end() && std::ranges::equal(own->second.stored.bundle, theirs)) {
    return comparison{};
  }
  const auto other = messages::schema_bundle::open(theirs);
  if (!other) return other.error();
  comparison out;
  if (own == own_.end()) return out;
  if (auto reads = own->second.schema.accepts(*other); !reads) out.here = reads.error().message;
  if (auto reads = other->accepts(own->second.schema); !reads) out.there = reads.error().message;
  return out;
}

std::vector<stored_schema> peer_schemas::handled() const {
  std::vector<stored_schema> out;
  out.reserve(own_.size());
  for (const auto& [type, own] : own_) out.push_back(own.stored);
  return out;
}

std::optional<error> peer_schemas::objection(const std::string& peer, newcomer who) const {
  static const std::map<aggregate_type_id, peer_type> nothing;
  const auto known = theirs_.find(peer);
  const auto& types = known == theirs_.end() ? nothing : known->second;
  for (const auto& [type, own] : own_) {
    const auto same = types.find(type);
    if (same == types.end()) {
      if (who != newcomer::there) continue;
      return error{errc::incompatible, "its program does not handle " + own.stored.name + " yet"};
    }
    const comparison& found = same->second.found;
    const bool differs = (who == newcomer::there && !found.there.empty()) ||
                         (who == newcomer::here && !found.here.empty()) ||
                         (!found.here.empty() && !found.there.empty());
    if (!differs) continue;
    if (who == newcomer::here) {
      return error{errc::incompatible,
                   "this node's program does not read what that cluster writes: " + found.here};
    }
    return error{errc::incompatible,
                 "its program does not read what is written here: " + found.there};
  }
  return {};
}

}  // namespace reprise::cluster
