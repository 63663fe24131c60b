// SPDX-License-Identifier: Apache-2.0
#include "consumers/parked_orders.hpp"

#include "messages/little_endian.hpp"

#include <reprise/detail/row_key.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

namespace reprise::consumers {
namespace {

// First bytes of keys, behind those of parked events.
constexpr std::byte retry_rows{0x83};
constexpr std::byte payload_rows{0x84};

constexpr std::size_t size_bytes = sizeof(std::uint64_t);

bytes aggregate_row(std::byte kind, const aggregate_key& aggregate) {
  bytes key{kind};
  detail::row_key<std::uint64_t>::encode(aggregate.type.value, key);
  detail::row_key<std::string>::encode(aggregate.tenant, key);
  detail::row_key<std::string>::encode(aggregate.id, key);
  return key;
}

bytes padded(bytes key) {
  key.resize(messages::padded(key.size()));
  return key;
}

bytes payload_row(const parked_event& what) {
  bytes key = aggregate_row(payload_rows, what.aggregate);
  detail::row_key<std::uint64_t>::encode(what.sequence.value, key);
  return padded(std::move(key));
}

}  // namespace

result<void> order_retry(detail::row_access& rows, const aggregate_key& aggregate) {
  bytes value(size_bytes);
  return rows.put(padded(aggregate_row(retry_rows, aggregate)), value);
}

result<void> forget_order(detail::row_access& rows, const aggregate_key& aggregate) {
  return rows.erase(padded(aggregate_row(retry_rows, aggregate)));
}

result<std::vector<aggregate_key>> ordered_retries(const detail::row_access& rows) {
  std::vector<aggregate_key> out;
  bool damaged = false;
  const auto read = rows.scan({retry_rows}, {payload_rows}, [&](bytes_view key, bytes_view) {
    bytes_view rest = key.subspan(1);
    aggregate_key one;
    damaged = !detail::row_key<std::uint64_t>::decode(rest, one.type.value) ||
              !detail::row_key<std::string>::decode(rest, one.tenant) ||
              !detail::row_key<std::string>::decode(rest, one.id);
    out.push_back(std::move(one));
    return !damaged;
  });
  if (!read) return read.error();
  if (damaged) return error{errc::corrupt, "the row of an order to try again is damaged"};
  return out;
}

result<void> replace_payload(detail::row_access& rows, const parked_event& what, bytes_view payload,
                             const std::string& reason) {
  bytes value(size_bytes + payload.size() + reason.size());
  messages::store(value.data(), std::uint64_t{payload.size()});
  if (!payload.empty()) std::memcpy(value.data() + size_bytes, payload.data(), payload.size());
  if (!reason.empty()) {
    std::memcpy(value.data() + size_bytes + payload.size(), reason.data(), reason.size());
  }
  return rows.put(payload_row(what), value);
}

result<std::optional<bytes>> replaced_payload(const detail::row_access& rows,
                                              const parked_event& what) {
  const auto found = rows.find(payload_row(what));
  if (!found) return found.error();
  if (!*found) return std::optional<bytes>();
  const bytes_view value = **found;
  const error damaged{errc::corrupt, "the row of a replaced payload is damaged"};
  if (value.size() < size_bytes) return damaged;
  const auto size = messages::load<std::uint64_t>(value.data());
  if (size > value.size() - size_bytes) return damaged;
  const bytes_view payload = value.subspan(size_bytes, static_cast<std::size_t>(size));
  return std::optional<bytes>(bytes(payload.begin(), payload.end()));
}

result<void> forget_replaced(detail::row_access& rows, const parked_event& what) {
  return rows.erase(payload_row(what));
}

std::vector<aggregate_key> chosen_queues(const std::vector<parked_event>& parked,
                                         const parked_choice& choice) {
  std::vector<const parked_event*> firsts;
  for (const parked_event& e : parked) {
    if (!firsts.empty() && firsts.back()->aggregate == e.aggregate) continue;
    const aggregate_key& whose = e.aggregate;
    const bool meant = (choice.types.empty() ||
                        std::ranges::find(choice.types, whose.type) != choice.types.end()) &&
                       (!choice.only || *choice.only == whose);
    if (meant) firsts.push_back(&e);
  }
  std::ranges::stable_sort(firsts, {}, [](const parked_event* e) { return e->last_tried; });
  if (firsts.size() > choice.queues_max) {
    firsts.resize(static_cast<std::size_t>(choice.queues_max));
  }
  std::vector<aggregate_key> out;
  out.reserve(firsts.size());
  for (const parked_event* e : firsts) out.push_back(e->aggregate);
  return out;
}

}  // namespace reprise::consumers
