// SPDX-License-Identifier: Apache-2.0
#include "consumers/group_rows.hpp"

#include "messages/little_endian.hpp"

#include <reprise/detail/row_key.hpp>

#include <chrono>
#include <cstdint>
#include <cstring>
#include <utility>

namespace reprise::consumers {
namespace {

constexpr std::string_view group_prefix = "group:";
// First bytes of keys.
constexpr std::byte parked_rows{1};
constexpr std::byte ordered_rows{2};
constexpr std::size_t parked_header_bytes = 16;

// The kind, the partition and the position.
bytes row_of(std::byte kind, const partition_cursor& where) {
  bytes key{kind};
  detail::row_key<std::uint64_t>::encode(where.partition.value, key);
  detail::row_key<std::uint64_t>::encode(where.through.value, key);
  key.resize(messages::padded(key.size()));
  return key;
}

// Rows of one kind: `from` and all before `below`.
struct key_range {
  bytes from;
  bytes below;
};

key_range rows_of(std::byte kind, std::optional<partition_id> of) {
  key_range out{{kind}, {}};
  if (!of) {
    out.below = {std::byte{static_cast<unsigned char>(std::to_integer<unsigned>(kind) + 1)}};
    return out;
  }
  out.below = out.from;
  detail::row_key<std::uint64_t>::encode(of->value, out.from);
  detail::row_key<std::uint64_t>::encode(std::uint64_t{of->value} + 1, out.below);
  return out;
}

std::optional<partition_cursor> place_in(bytes_view key) {
  partition_cursor out;
  bytes_view rest = key.subspan(1);
  std::uint64_t partition = 0;
  if (!detail::row_key<std::uint64_t>::decode(rest, partition) ||
      !detail::row_key<std::uint64_t>::decode(rest, out.through.value)) {
    return {};
  }
  out.partition.value = static_cast<std::uint32_t>(partition);
  return out;
}

bytes encode(const group_parked_event& e) {
  bytes out(parked_header_bytes + e.cause.size());
  messages::store(out.data(), std::uint64_t{e.assignments});
  messages::store(out.data() + 8,
                  static_cast<std::uint64_t>(e.parked_at.time_since_epoch().count()));
  if (!e.cause.empty()) {
    std::memcpy(out.data() + parked_header_bytes, e.cause.data(), e.cause.size());
  }
  return out;
}

std::optional<group_parked_event> decode(bytes_view key, bytes_view value) {
  const auto where = place_in(key);
  if (!where || value.size() < parked_header_bytes) return {};
  group_parked_event out{.partition = where->partition, .at = where->through};
  out.assignments = static_cast<std::uint32_t>(messages::load<std::uint64_t>(value.data()));
  out.parked_at = timestamp(std::chrono::microseconds(
      static_cast<std::int64_t>(messages::load<std::uint64_t>(value.data() + 8))));
  const bytes_view cause = value.subspan(parked_header_bytes);
  out.cause.assign(reinterpret_cast<const char*>(cause.data()), cause.size());
  return out;
}

}  // namespace

std::string group_rows(const std::string& name) {
  return std::string(group_prefix) + name;
}

std::optional<std::string> group_of_rows(const std::string& stored) {
  if (!stored.starts_with(group_prefix)) return {};
  return stored.substr(group_prefix.size());
}

result<std::vector<group_parked_event>> parked_in(const persistence::row_snapshot& rows,
                                                  std::optional<partition_id> of) {
  std::vector<group_parked_event> out;
  bool damaged = false;
  const auto [from, below] = rows_of(parked_rows, of);
  const auto read = rows.scan(from, below, [&](bytes_view key, bytes_view value) {
    auto one = decode(key, value);
    damaged = !one;
    if (one) out.push_back(std::move(*one));
    return !damaged;
  });
  if (!read) return read.error();
  if (damaged) return error{errc::corrupt, "the row of a parked event is damaged"};
  return out;
}

result<std::vector<partition_cursor>> ordered_in(const persistence::row_snapshot& rows,
                                                 std::optional<partition_id> of) {
  std::vector<partition_cursor> out;
  bool damaged = false;
  const auto [from, below] = rows_of(ordered_rows, of);
  const auto read = rows.scan(from, below, [&](bytes_view key, bytes_view) {
    const auto one = place_in(key);
    damaged = !one;
    if (one) out.push_back(*one);
    return !damaged;
  });
  if (!read) return read.error();
  if (damaged) return error{errc::corrupt, "the row of an order to try again is damaged"};
  return out;
}

void note_parked(const group_parked_event& what, persistence::row_changes& changes) {
  changes[row_of(parked_rows, {what.partition, what.at})] = encode(what);
}

void note_ordered(const partition_cursor& where, persistence::row_changes& changes) {
  changes[row_of(ordered_rows, where)] = bytes(sizeof(std::uint64_t));
}

void forget_ordered(const partition_cursor& where, persistence::row_changes& changes) {
  changes[row_of(ordered_rows, where)] = std::nullopt;
}

void forget_parked(const partition_cursor& where, persistence::row_changes& changes) {
  changes[row_of(parked_rows, where)] = std::nullopt;
  forget_ordered(where, changes);
}

}  // namespace reprise::consumers
