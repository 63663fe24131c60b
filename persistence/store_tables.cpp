// SPDX-License-Identifier: Apache-2.0
#include "persistence/store_tables.hpp"

#include "base/checksum.hpp"
#include "messages/little_endian.hpp"

#include <bit>
#include <cstring>
#include <string>

namespace reprise::persistence {
namespace {

using messages::load;
using messages::store;

constexpr std::array<char, 8> store_name{'s', 't', 'o', 'r', 'e'};
constexpr std::array<char, 8> indexed_name{'i', 'n', 'd', 'e', 'x', 'e', 'd'};
constexpr std::size_t meta_bytes = 64;
constexpr std::size_t head_bytes = 32;
constexpr std::size_t rare_head_bytes = 48;
constexpr std::size_t places_header_bytes = 8;
constexpr std::size_t place_bytes = 16;

bytes_view name_of(const std::array<char, 8>& name) {
  return std::as_bytes(std::span(name));
}

// Keys that LMDB compares byte by byte are written big end first, so that they sort as numbers.
std::uint64_t big_endian(std::uint64_t value) {
  return __builtin_bswap64(value);
}

std::array<std::byte, 16> two_words(std::uint64_t first, std::uint64_t second) {
  std::array<std::byte, 16> key{};
  store(key.data(), big_endian(first));
  store(key.data() + 8, big_endian(second));
  return key;
}

std::array<std::byte, meta_bytes> encode(const store_meta& meta) {
  std::array<std::byte, meta_bytes> value{};
  store(value.data() + 8, meta.format);
  store(value.data() + 12, meta.partitions);
  std::memcpy(value.data() + 16, meta.uuid.data(), meta.uuid.size());
  store(value.data() + 32, meta.hash_seed);
  store(value.data() + 40, std::int64_t{meta.created.time_since_epoch().count()});
  store(value.data() + 48, std::uint32_t{meta.of_replica ? 1U : 0U});
  store(value.data(), base::checksum64(bytes_view(value).subspan(8)));
  return value;
}

result<store_meta> decode_meta(const std::optional<bytes_view>& value) {
  if (!value || value->size() != meta_bytes ||
      load<std::uint64_t>(value->data()) != base::checksum64(value->subspan(8))) {
    return error{errc::corrupt, "the store's description of itself is damaged"};
  }
  store_meta meta{
      .format = load<std::uint32_t>(value->data() + 8),
      .partitions = load<std::uint32_t>(value->data() + 12),
      .uuid = {},
      .hash_seed = load<std::uint64_t>(value->data() + 32),
      .created = timestamp(std::chrono::microseconds(load<std::int64_t>(value->data() + 40))),
      .of_replica = load<std::uint32_t>(value->data() + 48) != 0};
  std::memcpy(meta.uuid.data(), value->data() + 16, meta.uuid.size());
  if (meta.format != store_format) {
    return error{errc::incompatible, "the store has format " + std::to_string(meta.format) +
                                         ", this program knows format " +
                                         std::to_string(store_format)};
  }
  return meta;
}

struct table_name {
  const char* name;
  unsigned flags;
  MDB_dbi store_tables::*handle;
};
constexpr std::array<table_name, 5> table_names{{{"log", MDB_INTEGERKEY, &store_tables::log},
                                                 {"heads", 0, &store_tables::heads},
                                                 {"places", 0, &store_tables::places},
                                                 {"meta", 0, &store_tables::meta},
                                                 {"schemas", 0, &store_tables::schemas}}};

}  // namespace

result<store_meta> open_tables(lmdb_environment& environment, const store_meta& fresh,
                               store_tables& tables) {
  auto transaction = lmdb_write::begin(environment);
  if (!transaction) return std::move(transaction).error();
  // The tables are made in one transaction, so all are there or none.
  for (const table_name& t : table_names) {
    const auto opened = transaction->open_table(t.name, t.flags | MDB_CREATE);
    if (!opened) return opened.error();
    tables.*t.handle = *opened;
  }
  MDB_stat rows{};
  mdb_stat(transaction->handle(), tables.meta, &rows);
  store_meta meta = fresh;
  if (rows.ms_entries == 0) {
    if (auto put = write_store_meta(*transaction, tables.meta, fresh); !put) {
      return std::move(put).error();
    }
  } else {
    MDB_val key{store_name.size(), const_cast<char*>(store_name.data())};  // NOLINT(*-const-cast)
    MDB_val value{};
    const bool there = mdb_get(transaction->handle(), tables.meta, &key, &value) == 0;
    const auto read = decode_meta(
        there
            ? std::optional(bytes_view(static_cast<const std::byte*>(value.mv_data), value.mv_size))
            : std::nullopt);
    if (!read) return read.error();
    meta = *read;
  }
  if (auto done = transaction->commit(); !done) return std::move(done).error();
  return meta;
}

result<store_meta> open_tables_to_read(const lmdb_environment& environment, store_tables& tables) {
  for (const table_name& t : table_names) {
    const auto opened = environment.table(t.name, t.flags);
    if (!opened) return opened.error();
    tables.*t.handle = *opened;
  }
  const auto read = environment.read();
  if (!read) return read.error();
  const auto value = read->get(tables.meta, name_of(store_name));
  if (!value) return value.error();
  return decode_meta(*value);
}

result<void> write_store_meta(lmdb_write& transaction, MDB_dbi table, const store_meta& meta) {
  return transaction.put(table, name_of(store_name), encode(meta));
}

result<std::uint64_t> read_indexed_upto(const lmdb_read& transaction, const store_tables& tables) {
  const auto value = transaction.get(tables.meta, name_of(indexed_name));
  if (!value) return value.error();
  if (!*value) return std::uint64_t{0};
  if ((*value)->size() != 16 ||
      load<std::uint64_t>((*value)->data()) != base::checksum64((*value)->subspan(8))) {
    return error{errc::corrupt, "the note of how far the store is indexed is damaged"};
  }
  return load<std::uint64_t>((*value)->data() + 8);
}

result<void> write_indexed_upto(lmdb_write& transaction, const store_tables& tables,
                                std::uint64_t key) {
  std::array<std::byte, 16> value{};
  store(value.data() + 8, key);
  store(value.data(), base::checksum64(bytes_view(value).subspan(8)));
  return transaction.put(tables.meta, name_of(indexed_name), value);
}

result<void> write_head(lmdb_write& transaction, const store_tables& tables, const head_row& row) {
  const aggregate_head& head = row.head;
  std::array<std::byte, rare_head_bytes> value{};
  const bool rare = head.begins.value != 1 || head.first_readable.value != 1;
  const std::size_t size = rare ? rare_head_bytes : head_bytes;
  store(value.data() + 8, head.at.value);
  store(value.data() + 16, head.last.value);
  store(value.data() + 24, row.partition.value);
  store(value.data() + 28, static_cast<std::uint32_t>(head.is));
  if (rare) {
    store(value.data() + 32, head.begins.value);
    store(value.data() + 40, head.first_readable.value);
  }
  const bytes_view used = bytes_view(value).first(size);
  store(value.data(), base::checksum64(used.subspan(8), row.aggregate.low));
  return transaction.put(tables.heads, two_words(row.aggregate.low, row.aggregate.high), used);
}

std::optional<head_row> read_head(const lmdb_cursor::row& row) {
  if (row.key.size() != 16) return {};
  const std::size_t size = row.value.size();
  if (size != head_bytes && size != rare_head_bytes) return {};
  const std::byte* const value = row.value.data();
  head_row read;
  read.aggregate = {big_endian(load<std::uint64_t>(row.key.data())),
                    big_endian(load<std::uint64_t>(row.key.data() + 8))};
  if (load<std::uint64_t>(value) != base::checksum64(row.value.subspan(8), read.aggregate.low)) {
    return {};
  }
  read.head.at = {load<std::uint64_t>(value + 8)};
  read.head.last = {load<std::uint64_t>(value + 16)};
  read.partition = {load<std::uint32_t>(value + 24)};
  const auto state = load<std::uint32_t>(value + 28);
  if (state == 0 || state > 3 || read.head.at.value == 0) return {};
  read.head.is = static_cast<aggregate_head::state>(state);
  if (size == rare_head_bytes) {
    read.head.begins = {load<std::uint64_t>(value + 32)};
    read.head.first_readable = {load<std::uint64_t>(value + 40)};
  }
  return read;
}

std::array<std::byte, 16> places_key(partition_id partition, position first) {
  return two_words(partition.value, first.value);
}

result<void> write_places(lmdb_write& transaction, const store_tables& tables,
                          partition_id partition, std::span<const place> places) {
  std::array<std::byte, places_header_bytes + places_per_row * place_bytes> value{};
  store(value.data(), std::uint64_t{places.size()});
  std::byte* to = value.data() + places_header_bytes;
  for (const place& p : places) {
    store(to, p.first.value);
    store(to + 8, p.key);
    to += place_bytes;
  }
  const std::size_t size = places_header_bytes + places.size() * place_bytes;
  return transaction.put(tables.places, places_key(partition, places.front().first),
                         bytes_view(value).first(size));
}

stored_places::stored_places(bytes_view value) {
  if (value.size() < places_header_bytes) return;
  const auto count = load<std::uint64_t>(value.data());
  if (count == 0 || count > places_per_row ||
      value.size() != places_header_bytes + count * place_bytes) {
    return;
  }
  value_ = value.subspan(places_header_bytes);
  count_ = count;
}

place stored_places::operator[](std::size_t i) const {
  const std::byte* const from = value_.data() + i * place_bytes;
  return {{load<std::uint64_t>(from)}, load<std::uint64_t>(from + 8)};
}

std::optional<place> stored_places::find(position at) const {
  std::size_t low = 0;
  std::size_t high = count_;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if ((*this)[middle].first <= at) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == 0) return {};
  return (*this)[low - 1];
}

result<stored_places> read_places(const lmdb_read& transaction, const store_tables& tables,
                                  partition_id partition, position at) {
  auto cursor = lmdb_cursor::open(transaction.handle(), tables.places);
  if (!cursor) return std::move(cursor).error();
  const auto key = places_key(partition, at);
  auto found = cursor->seek(key);
  if (!found) return std::move(found).error();
  const bool exact = *found && std::ranges::equal((*found)->key, key);
  if (!exact) {
    // From behind the last row one step back is the last row.
    found = cursor->move(*found ? MDB_PREV : MDB_LAST);
    if (!found) return std::move(found).error();
  }
  if (!*found || (*found)->key.size() != 16 ||
      std::memcmp((*found)->key.data(), key.data(), 8) != 0) {
    return stored_places{};
  }
  return stored_places((*found)->value);
}

result<std::uint64_t> last_log_key(const lmdb_environment& environment,
                                   const store_tables& tables) {
  const auto transaction = environment.read();
  if (!transaction) return transaction.error();
  auto cursor = lmdb_cursor::open(transaction->handle(), tables.log);
  if (!cursor) return std::move(cursor).error();
  const auto last = cursor->move(MDB_LAST);
  if (!last) return last.error();
  if (!*last) return std::uint64_t{0};
  return load<std::uint64_t>((*last)->key.data());
}

}  // namespace reprise::persistence
