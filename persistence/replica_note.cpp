// SPDX-License-Identifier: Apache-2.0
#include "persistence/replica_note.hpp"

#include "base/checksum.hpp"
#include "messages/little_endian.hpp"

#include <array>
#include <cstring>
#include <optional>
#include <string>

namespace reprise::persistence {
namespace {

using messages::load;
using messages::store;

constexpr std::size_t note_header_bytes = 32;
constexpr std::size_t cluster_header_bytes = 16;

std::array<std::byte, 16> key_of(partition_id partition) {
  std::array<std::byte, 16> key{};
  std::memcpy(key.data(), "replica", 7);
  store(key.data() + 8, std::uint64_t{partition.value});
  return key;
}

std::array<std::byte, 8> cluster_key() {
  std::array<std::byte, 8> key{};
  std::memcpy(key.data(), "cluster", 7);
  return key;
}

bool is_sound(bytes_view value, std::uint64_t seed) {
  return load<std::uint64_t>(value.data()) == base::checksum64(value.subspan(8), seed);
}

}  // namespace

result<replica_note> read_replica_note(const lmdb_read& transaction, const store_tables& tables,
                                       partition_id partition) {
  const auto value = transaction.get(tables.meta, key_of(partition));
  if (!value) return value.error();
  if (!*value) return replica_note{};
  const bytes_view stored = **value;
  const error damaged{errc::corrupt, "the vote of partition " + std::to_string(partition.value) +
                                         " is damaged: its replica here cannot take part again"};
  if (stored.size() < note_header_bytes || !is_sound(stored, partition.value)) return damaged;
  const auto count = load<std::uint64_t>(stored.data() + 24);
  if (stored.size() != note_header_bytes + count * 8) return damaged;
  replica_note note{.state = {.term = load<std::uint64_t>(stored.data() + 8),
                              .vote = load<std::uint64_t>(stored.data() + 16)}};
  for (std::uint64_t i = 0; i < count; ++i) {
    note.members.push_back(load<std::uint64_t>(stored.data() + note_header_bytes + i * 8));
  }
  return note;
}

result<void> write_replica_note(lmdb_write& transaction, const store_tables& tables,
                                partition_id partition, const replica_note& note) {
  bytes value(note_header_bytes + note.members.size() * 8);
  store(value.data() + 8, note.state.term);
  store(value.data() + 16, note.state.vote);
  store(value.data() + 24, std::uint64_t{note.members.size()});
  for (std::size_t i = 0; i < note.members.size(); ++i) {
    store(value.data() + note_header_bytes + i * 8, note.members[i]);
  }
  store(value.data(), base::checksum64(bytes_view(value).subspan(8), partition.value));
  return transaction.put(tables.meta, key_of(partition), value);
}

result<bytes> read_cluster_note(const lmdb_read& transaction, const store_tables& tables) {
  const auto value = transaction.get(tables.meta, cluster_key());
  if (!value) return value.error();
  if (!*value) return bytes{};
  const bytes_view stored = **value;
  if (stored.size() < cluster_header_bytes || !is_sound(stored, 0) ||
      load<std::uint64_t>(stored.data() + 8) > stored.size() - cluster_header_bytes) {
    return error{errc::corrupt, "what the store knows of its cluster is damaged"};
  }
  const bytes_view note =
      stored.subspan(cluster_header_bytes, load<std::uint64_t>(stored.data() + 8));
  return bytes(note.begin(), note.end());
}

result<void> write_cluster_note(lmdb_write& transaction, const store_tables& tables,
                                bytes_view note) {
  bytes value(messages::padded(cluster_header_bytes + note.size()));
  store(value.data() + 8, std::uint64_t{note.size()});
  if (!note.empty()) std::memcpy(value.data() + cluster_header_bytes, note.data(), note.size());
  store(value.data(), base::checksum64(bytes_view(value).subspan(8), 0));
  return transaction.put(tables.meta, cluster_key(), value);
}

}  // namespace reprise::persistence
