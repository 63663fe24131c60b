// SPDX-License-Identifier: Apache-2.0
#include "persistence/sealing.hpp"

#include "persistence/sealed_payload.hpp"

#include <mutex>
#include <utility>

namespace reprise::persistence {

void sealing::learn(messages::schema_bundle schema) {
  const aggregate_type_id type = schema.type();
  auto shared = std::make_shared<const messages::schema_bundle>(std::move(schema));
  {
    const std::lock_guard hold(mutex_);
    schemas_[type] = std::move(shared);
  }
  any_.store(true, std::memory_order_release);
}

sealing::known_schema sealing::find(aggregate_type_id type) const {
  if (!any_.load(std::memory_order_acquire)) return nullptr;
  const std::shared_lock hold(mutex_);
  const auto found = schemas_.find(type);
  return found == schemas_.end() ? nullptr : found->second;
}

void sealing::seal(append_request& request) const {
  const known_schema known = find(request.aggregate.type);
  if (known == nullptr) return;
  for (new_event& event : request.events) {
    const auto parted = known->part_event(event.payload);
    if (!parted) {
      request.refused = parted.error();
      return;
    }
    if (parted->parts.empty()) continue;
    event.payload =
        persistence::seal(*parted, {.type = request.aggregate.type, .event = event.type}, *keys_);
  }
}

result<bytes> sealing::seal_state(aggregate_type_id type, bytes state) const {
  const known_schema known = find(type);
  if (known == nullptr) return state;
  const auto parted = known->part_state(state);
  if (!parted) return parted.error();
  if (parted->parts.empty()) return state;
  return persistence::seal(*parted, {.type = type, .event = {}}, *keys_);
}

}  // namespace reprise::persistence
