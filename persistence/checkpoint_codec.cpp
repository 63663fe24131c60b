// SPDX-License-Identifier: Apache-2.0
#include "persistence/checkpoint_codec.hpp"

#include "base/checksum.hpp"
#include "messages/little_endian.hpp"

#include <cstring>

namespace reprise::persistence {
namespace {

using messages::load;
using messages::store;

constexpr std::uint32_t checkpoint_format = 1;
constexpr std::size_t header_bytes = 24;
constexpr std::size_t cursor_bytes = 16;

}  // namespace

bytes encode_name(std::string_view name) {
  bytes key(messages::padded(1 + name.size()));
  key[0] = static_cast<std::byte>(name.size());
  if (!name.empty()) std::memcpy(key.data() + 1, name.data(), name.size());
  return key;
}

result<std::string> decode_name(bytes_view key) {
  if (key.empty() || messages::padded(1 + std::to_integer<std::size_t>(key[0])) > key.size()) {
    return error{errc::corrupt, "the name of a checkpoint is damaged"};
  }
  std::string name(std::to_integer<std::size_t>(key[0]), '\0');
  std::memcpy(name.data(), key.data() + 1, name.size());
  return name;
}

bytes encode_checkpoint(const checkpoint& taken) {
  bytes value(header_bytes + cursor_bytes * taken.cursors.size());
  store(value.data() + 8, checkpoint_format);
  store(value.data() + 12, static_cast<std::uint32_t>(taken.cursors.size()));
  store(value.data() + 16, taken.choice);
  std::byte* to = value.data() + header_bytes;
  for (const partition_cursor& cursor : taken.cursors) {
    store(to, std::uint64_t{cursor.partition.value});
    store(to + 8, cursor.through.value);
    to += cursor_bytes;
  }
  store(value.data(), base::checksum64(bytes_view(value).subspan(8)));
  return value;
}

result<checkpoint> decode_checkpoint(bytes_view stored) {
  const error damaged{errc::corrupt, "a stored checkpoint is damaged"};
  if (stored.size() < header_bytes ||
      load<std::uint64_t>(stored.data()) != base::checksum64(stored.subspan(8))) {
    return damaged;
  }
  const auto format = load<std::uint32_t>(stored.data() + 8);
  if (format != checkpoint_format) {
    return error{errc::incompatible, "a checkpoint has format " + std::to_string(format) +
                                         ", this program knows format " +
                                         std::to_string(checkpoint_format)};
  }
  const std::size_t count = load<std::uint32_t>(stored.data() + 12);
  if (stored.size() != header_bytes + cursor_bytes * count) return damaged;
  checkpoint read{.choice = load<std::uint64_t>(stored.data() + 16)};
  read.cursors.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::byte* const from = stored.data() + header_bytes + cursor_bytes * i;
    read.cursors.push_back(
        {{static_cast<std::uint32_t>(load<std::uint64_t>(from))}, {load<std::uint64_t>(from + 8)}});
  }
  return read;
}

}  // namespace reprise::persistence
