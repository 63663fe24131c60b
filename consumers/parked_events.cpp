// SPDX-License-Identifier: Apache-2.0
#include "consumers/parked_events.hpp"

#include "consumers/parked_orders.hpp"
#include "messages/little_endian.hpp"
#include "persistence/record_envelope.hpp"

#include <reprise/detail/row_key.hpp>

#include <cstring>
#include <numeric>
#include <utility>

namespace reprise::consumers {
namespace {

// First bytes of keys; tables begin with smaller ones.
constexpr std::byte parked_rows{0x80};
constexpr std::byte skipped_rows{0x81};
constexpr std::byte built_row{0x82};

constexpr std::size_t value_header_bytes = 40;

bytes padded(bytes key) {
  key.resize(messages::padded(key.size()));
  return key;
}

bytes aggregate_prefix(const aggregate_key& aggregate) {
  bytes key{parked_rows};
  detail::row_key<std::uint64_t>::encode(aggregate.type.value, key);
  detail::row_key<std::string>::encode(aggregate.tenant, key);
  detail::row_key<std::string>::encode(aggregate.id, key);
  return key;
}

bytes key_of(const aggregate_key& aggregate, reprise::sequence at) {
  bytes key = aggregate_prefix(aggregate);
  detail::row_key<std::uint64_t>::encode(at.value, key);
  return padded(std::move(key));
}

std::uint64_t micros(timestamp t) {
  return static_cast<std::uint64_t>(t.time_since_epoch().count());
}

timestamp from_micros(std::uint64_t t) {
  return timestamp{std::chrono::microseconds{static_cast<std::int64_t>(t)}};
}

bytes encode(const parked_event& e) {
  bytes out(value_header_bytes + e.cause.size());
  messages::store(out.data(), std::uint64_t{e.partition.value});
  messages::store(out.data() + 8, e.at.value);
  messages::store(out.data() + 16, e.attempts);
  messages::store(out.data() + 24, micros(e.first_tried));
  messages::store(out.data() + 32, micros(e.last_tried));
  if (!e.cause.empty()) {
    std::memcpy(out.data() + value_header_bytes, e.cause.data(), e.cause.size());
  }
  return out;
}

result<parked_event> decode(bytes_view key, bytes_view value) {
  const error damaged{errc::corrupt, "the row of a parked event is damaged"};
  parked_event e;
  bytes_view rest = key.subspan(1);
  if (!detail::row_key<std::uint64_t>::decode(rest, e.aggregate.type.value) ||
      !detail::row_key<std::string>::decode(rest, e.aggregate.tenant) ||
      !detail::row_key<std::string>::decode(rest, e.aggregate.id) ||
      !detail::row_key<std::uint64_t>::decode(rest, e.sequence.value) ||
      value.size() < value_header_bytes) {
    return damaged;
  }
  e.partition.value = static_cast<std::uint32_t>(messages::load<std::uint64_t>(value.data()));
  e.at.value = messages::load<std::uint64_t>(value.data() + 8);
  e.attempts = messages::load<std::uint64_t>(value.data() + 16);
  e.first_tried = from_micros(messages::load<std::uint64_t>(value.data() + 24));
  e.last_tried = from_micros(messages::load<std::uint64_t>(value.data() + 32));
  e.cause.resize(value.size() - value_header_bytes);
  if (!e.cause.empty()) {
    std::memcpy(e.cause.data(), value.data() + value_header_bytes, e.cause.size());
  }
  return e;
}

// Shows the parked events whose keys begin so, until `visit` returns false.
template <class F>
result<void> each(const detail::row_access& rows, const bytes& from, F&& visit) {
  result<void> outcome;
  const auto read = rows.scan(from, detail::behind(from), [&](bytes_view key, bytes_view value) {
    result<parked_event> e = decode(key, value);
    if (!e) {
      outcome = std::move(e).error();
      return false;
    }
    return visit(std::move(*e));
  });
  return read ? outcome : read;
}

}  // namespace

result<void> parked_events::load(const detail::row_access& rows,
                                 const std::function<bool(partition_id)>& meant) {
  counts_.clear();
  return each(rows, {parked_rows}, [&](const parked_event& e) {
    if (!meant || meant(e.partition)) ++counts_[e.aggregate];
    return true;
  });
}

bool parked_events::holds(const persistence::stored_record& record) const {
  return !counts_.empty() && counts_.contains(persistence::aggregate_of(record));
}

result<void> parked_events::park(detail::row_access& rows, const persistence::stored_record& record,
                                 std::string cause, std::uint64_t attempts, timestamp now) {
  aggregate_key aggregate = persistence::aggregate_of(record);
  const auto found = counts_.find(aggregate);
  if (found == counts_.end() && counts_.size() >= keys_max_) {
    return error{errc::overloaded, "events of " + std::to_string(counts_.size()) +
                                       " aggregates are parked, which is the limit"};
  }
  if (found != counts_.end() && found->second >= events_max_) {
    return error{errc::overloaded, std::to_string(found->second) + " events of " + aggregate.id +
                                       " are parked, which is the limit"};
  }
  const parked_event e{.aggregate = aggregate,
                       .sequence = record.sequence,
                       .partition = record.partition,
                       .at = record.at,
                       .cause = std::move(cause),
                       .attempts = attempts,
                       .first_tried = now,
                       .last_tried = now};
  if (auto put = update(rows, e); !put) return put;
  ++counts_[std::move(aggregate)];
  return {};
}

result<std::optional<parked_event>> parked_events::first(const detail::row_access& rows,
                                                         const aggregate_key& aggregate) const {
  std::optional<parked_event> found;
  const auto read = each(rows, aggregate_prefix(aggregate), [&](parked_event e) {
    found = std::move(e);
    return false;
  });
  if (!read) return read.error();
  return found;
}

result<void> parked_events::update(detail::row_access& rows, const parked_event& what) {
  bytes value = encode(what);
  return rows.put(key_of(what.aggregate, what.sequence), value);
}

result<void> parked_events::remove(detail::row_access& rows, const parked_event& what) {
  if (auto gone = rows.erase(key_of(what.aggregate, what.sequence)); !gone) return gone;
  if (auto gone = forget_replaced(rows, what); !gone) return gone;
  const auto found = counts_.find(what.aggregate);
  if (found != counts_.end() && --found->second == 0) counts_.erase(found);
  return {};
}

result<std::vector<parked_event>> parked_events::list(const detail::row_access& rows) {
  std::vector<parked_event> all;
  const auto read = each(rows, {parked_rows}, [&](parked_event e) {
    all.push_back(std::move(e));
    return true;
  });
  if (!read) return read.error();
  for (parked_event& e : all) {
    const auto replaced = replaced_payload(rows, e);
    if (!replaced) return replaced.error();
    e.edited = replaced->has_value();
  }
  return all;
}

std::uint64_t parked_events::events() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& one) { return sum + one.second; });
}

result<void> note_skipped(detail::row_access& rows, const partition_cursor& where,
                          const std::string& cause, timestamp now) {
  bytes key{skipped_rows};
  detail::row_key<std::uint64_t>::encode(where.partition.value, key);
  detail::row_key<std::uint64_t>::encode(where.through.value, key);
  bytes value = encode({.partition = where.partition,
                        .at = where.through,
                        .cause = cause,
                        .attempts = 1,
                        .first_tried = now,
                        .last_tried = now});
  return rows.put(padded(std::move(key)), value);
}

result<std::uint64_t> count_skipped(const detail::row_access& rows) {
  std::uint64_t found = 0;
  const auto read = rows.scan({skipped_rows}, {built_row}, [&](bytes_view, bytes_view) {
    ++found;
    return true;
  });
  if (!read) return read.error();
  return found;
}

result<bool> is_built(const detail::row_access& rows) {
  const auto found = rows.find(padded({built_row}));
  if (!found) return found.error();
  return found->has_value();
}

result<void> mark_built(detail::row_access& rows) {
  bytes value(8);
  return rows.put(padded({built_row}), value);
}

}  // namespace reprise::consumers
