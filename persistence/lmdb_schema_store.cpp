// SPDX-License-Identifier: Apache-2.0
#include "persistence/lmdb_schema_store.hpp"

#include "base/checksum.hpp"
#include "messages/little_endian.hpp"

#include <cstring>
#include <string>

namespace reprise::persistence {
namespace {

constexpr std::size_t header_bytes = 16;

bytes encode(const stored_schema& schema) {
  const std::size_t names = header_bytes + schema.name.size();
  bytes value(messages::padded(names + schema.bundle.size()));
  messages::store(value.data() + 8, static_cast<std::uint32_t>(schema.name.size()));
  messages::store(value.data() + 12, static_cast<std::uint32_t>(schema.bundle.size()));
  if (!schema.name.empty()) {
    std::memcpy(value.data() + header_bytes, schema.name.data(), schema.name.size());
  }
  if (!schema.bundle.empty()) {
    std::memcpy(value.data() + names, schema.bundle.data(), schema.bundle.size());
  }
  messages::store(value.data(),
                  base::checksum64(bytes_view(value).subspan(8), schema.type.value));
  return value;
}

result<stored_schema> decode(const lmdb_cursor::row& row) {
  const error damaged{errc::corrupt, "a stored schema is damaged"};
  if (row.key.size() != 8 || row.value.size() < header_bytes) return damaged;
  stored_schema schema{.type = {messages::load<std::uint64_t>(row.key.data())}};
  const std::byte* const value = row.value.data();
  if (messages::load<std::uint64_t>(value) !=
      base::checksum64(row.value.subspan(8), schema.type.value)) {
    return damaged;
  }
  const std::size_t name_size = messages::load<std::uint32_t>(value + 8);
  const std::size_t bundle_size = messages::load<std::uint32_t>(value + 12);
  if (messages::padded(header_bytes + name_size + bundle_size) != row.value.size()) return damaged;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes seen as characters.
  schema.name.assign(reinterpret_cast<const char*>(value + header_bytes), name_size);
  const bytes_view bundle = row.value.subspan(header_bytes + name_size, bundle_size);
  schema.bundle.assign(bundle.begin(), bundle.end());
  return schema;
}

}  // namespace

result<void> lmdb_schema_store::save(const stored_schema& schema) {
  auto transaction = lmdb_write::begin(environment_);
  if (!transaction) return std::move(transaction).error();
  const auto key = std::as_bytes(std::span(&schema.type.value, 1));
  if (auto put = transaction->put(tables_.schemas, key, encode(schema)); !put) return put;
  return transaction->commit();
}

result<std::vector<stored_schema>> lmdb_schema_store::all() const {
  const auto transaction = environment_.read();
  if (!transaction) return transaction.error();
  auto cursor = lmdb_cursor::open(transaction->handle(), tables_.schemas);
  if (!cursor) return std::move(cursor).error();
  std::vector<stored_schema> listed;
  auto row = cursor->move(MDB_FIRST);
  for (; row && *row; row = cursor->move(MDB_NEXT)) {
    auto schema = decode(**row);
    if (!schema) return std::move(schema).error();
    listed.push_back(std::move(*schema));
  }
  if (!row) return std::move(row).error();
  return listed;
}

}  // namespace reprise::persistence
