// SPDX-License-Identifier: Apache-2.0
#include "persistence/options.hpp"

#include "messages/entry.hpp"
#include "messages/record.hpp"

#include <algorithm>
#include <string>

namespace reprise::persistence {
namespace {

constexpr std::uint64_t entry_bytes_max = std::uint64_t{4} << 20U;
constexpr std::uint64_t small = std::uint64_t{4} << 10U;
constexpr std::uint64_t map_size_min = std::uint64_t{1} << 20U;
// Up to so many ids are compared each with each; more are sorted.
constexpr std::size_t few = 16;

result<void> within(std::string_view name, std::uint64_t value, std::uint64_t least,
                    std::uint64_t most) {
  if (value >= least && value <= most) return {};
  return error{errc::invalid_argument, std::string(name) + " is " + std::to_string(value) +
                                           ", it must be from " + std::to_string(least) + " to " +
                                           std::to_string(most)};
}

// Ids derived from a command are distinct by their index; only given ones can repeat.
bool carries_an_id_twice(const std::vector<new_event>& events) {
  if (events.size() <= few) {
    for (std::size_t i = 0; i < events.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (!events[i].id.empty() && events[i].id == events[j].id) return true;
      }
    }
    return false;
  }
  std::vector<event_id> given;
  given.reserve(events.size());
  for (const new_event& e : events) {
    if (!e.id.empty()) given.push_back(e.id);
  }
  std::ranges::sort(given);
  return std::ranges::adjacent_find(given) != given.end();
}

}  // namespace

error too_large(std::string_view what, std::uint64_t size, std::uint64_t limit,
                std::string_view unit) {
  return {errc::too_large, std::string(what) + " has " + std::to_string(size) + " " +
                               std::string(unit) + ", the limit is " + std::to_string(limit)};
}

result<void> check(const append_limits& limits) {
  if (auto fine = within("payload_bytes_max", limits.payload_bytes_max, 1, entry_bytes_max);
      !fine) {
    return fine;
  }
  if (auto fine =
          within("batch_events_max", limits.batch_events_max, 1, messages::entry_records_max);
      !fine) {
    return fine;
  }
  if (auto fine = within("batch_bytes_max", limits.batch_bytes_max, small, entry_bytes_max);
      !fine) {
    return fine;
  }
  return within("staged_bytes_max", limits.staged_bytes_max, small, std::uint64_t{1} << 40U);
}

result<void> check(const store_options& options) {
  if (options.directory.empty()) return error{errc::invalid_argument, "a store needs a directory"};
  if (auto fine = within("partitions", options.partitions, 0, partitions_max); !fine) return fine;
  if (auto fine =
          within("checkpoint_records", options.checkpoint_records, 1, std::uint64_t{1} << 32U);
      !fine) {
    return fine;
  }
  for (const std::uint64_t size : {options.map_size_bytes, options.snapshot_map_size_bytes}) {
    if (auto fine = within("map size", size, map_size_min, std::uint64_t{1} << 46U); !fine) {
      return fine;
    }
  }
  return check(options.limits);
}

result<void> check(const aggregate_key& aggregate) {
  if (aggregate.id.empty() || aggregate.id.size() > messages::record_id_bytes_max) {
    return error{errc::invalid_argument, "an aggregate id has 1 to 1024 bytes, this one has " +
                                             std::to_string(aggregate.id.size())};
  }
  if (aggregate.tenant.size() > messages::record_tenant_bytes_max) {
    return error{errc::invalid_argument, "a tenant has at most 255 bytes, this one has " +
                                             std::to_string(aggregate.tenant.size())};
  }
  return {};
}

result<void> check(const append_request& request, const append_limits& limits) {
  if (auto fine = check(request.aggregate); !fine) return fine;
  if (request.refused) return *request.refused;
  if (request.events.size() > limits.batch_events_max) {
    return too_large("a batch", request.events.size(), limits.batch_events_max, "events");
  }
  std::uint64_t sum = 0;
  for (const new_event& e : request.events) {
    if (e.payload.size() > limits.payload_bytes_max) {
      return too_large("a payload", e.payload.size(), limits.payload_bytes_max);
    }
    if (e.id.empty() && request.command.empty()) {
      return error{errc::invalid_argument,
                   "an event needs an id of its own, or a command from which to derive one"};
    }
    sum += e.payload.size();
  }
  if (sum > limits.batch_bytes_max) return too_large("a batch", sum, limits.batch_bytes_max);
  if (carries_an_id_twice(request.events)) {
    return error{errc::invalid_argument, "a batch carries one event id twice"};
  }
  // Twice the range that any history needs; it keeps sums below from wrapping round.
  if (request.first_sequence.value >> 62U != 0) {
    return error{errc::invalid_argument, "first_sequence is beyond 2^62"};
  }
  return {};
}

}  // namespace reprise::persistence
