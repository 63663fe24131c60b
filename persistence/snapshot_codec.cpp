// SPDX-License-Identifier: Apache-2.0
#include "persistence/snapshot_codec.hpp"

#include "base/checksum.hpp"
#include "messages/little_endian.hpp"

#include <cstring>

namespace reprise::persistence {
namespace {

using messages::load;
using messages::padded;
using messages::store;

// The second form has deliveries behind the commands; a snapshot without any is written in the
// first.
constexpr std::uint32_t version_without_deliveries = 1;
constexpr std::uint32_t version_with_deliveries = 2;
constexpr std::size_t header_bytes = 64;
constexpr std::size_t command_bytes = 48;
constexpr std::size_t delivery_bytes = 24 + command_bytes;

std::size_t size_of(std::size_t commands, std::size_t deliveries) {
  return commands * command_bytes + deliveries * delivery_bytes;
}

std::int64_t micros(timestamp time) {
  return time.time_since_epoch().count();
}
timestamp from_micros(std::int64_t value) {
  return timestamp(std::chrono::microseconds(value));
}

void store_text(std::byte*& to, std::string_view text) {
  if (!text.empty()) std::memcpy(to, text.data(), text.size());
  to += text.size();
}

std::string text_at(const std::byte* from, std::size_t size) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes seen as characters.
  return {reinterpret_cast<const char*>(from), size};
}

// `taken`: versions that count the age of a command from a date find it here.
void store_command(std::byte* to, const remembered_command& command, timestamp taken) {
  std::memcpy(to, command.id.value.data(), 16);
  store(to + 16, command.hash);
  store(to + 24, command.last.value);
  store(to + 32, command.at.value);
  store(to + 40, micros(taken));
}

remembered_command command_at(const std::byte* from) {
  remembered_command out;
  std::memcpy(out.id.value.data(), from, 16);
  out.hash = load<std::uint64_t>(from + 16);
  out.last = {load<std::uint64_t>(from + 24)};
  out.at = {load<std::uint64_t>(from + 32)};
  return out;
}

void store_delivery(std::byte* to, const delivered_command& one, timestamp taken) {
  store(to, one.from.consumer);
  store(to + 8, one.from.at.value);
  store(to + 16, one.from.partition.value);
  store(to + 20, one.from.index);
  store_command(to + 24, one.command, taken);
}

delivered_command delivery_at(const std::byte* from) {
  return {.from = {.consumer = load<std::uint64_t>(from),
                   .partition = {load<std::uint32_t>(from + 16)},
                   .at = {load<std::uint64_t>(from + 8)},
                   .index = load<std::uint32_t>(from + 20)},
          .command = command_at(from + 24)};
}

}  // namespace

bytes encode_snapshot(const aggregate_key& aggregate, const snapshot& taken) {
  const std::size_t commands = size_of(taken.commands.size(), taken.delivered.size());
  const std::size_t names = aggregate.tenant.size() + aggregate.id.size();
  const std::size_t state_begin = padded(header_bytes + commands + names);
  bytes out(padded(state_begin + taken.state.size()));
  std::byte* const header = out.data();
  store(header + 8, taken.delivered.empty() ? version_without_deliveries : version_with_deliveries);
  store(header + 12, taken.state_version);
  store(header + 16, aggregate.type.value);
  store(header + 24, taken.at.value);
  store(header + 32, taken.place.value);
  store(header + 40, micros(taken.time));
  store(header + 48, static_cast<std::uint32_t>(taken.commands.size()));
  store(header + 52, static_cast<std::uint32_t>(taken.state.size()));
  store(header + 56, static_cast<std::uint16_t>(aggregate.id.size()));
  store(header + 58, static_cast<std::uint8_t>(aggregate.tenant.size()));
  store(header + 60, static_cast<std::uint32_t>(taken.delivered.size()));
  std::byte* to = header + header_bytes;
  for (const remembered_command& command : taken.commands) {
    store_command(to, command, taken.time);
    to += command_bytes;
  }
  for (const delivered_command& one : taken.delivered) {
    store_delivery(to, one, taken.time);
    to += delivery_bytes;
  }
  store_text(to, aggregate.tenant);
  store_text(to, aggregate.id);
  if (!taken.state.empty()) {
    std::memcpy(header + state_begin, taken.state.data(), taken.state.size());
  }
  store(header, base::checksum64(bytes_view(out).subspan(8)));
  return out;
}

std::optional<decoded_snapshot> decode_snapshot(bytes_view stored) {
  if (stored.size() < header_bytes) return {};
  const std::byte* const header = stored.data();
  if (load<std::uint64_t>(header) != base::checksum64(stored.subspan(8))) return {};
  const std::uint32_t version = load<std::uint32_t>(header + 8);
  if (version != version_without_deliveries && version != version_with_deliveries) return {};
  const std::size_t count = load<std::uint32_t>(header + 48);
  const std::size_t state_size = load<std::uint32_t>(header + 52);
  const std::size_t id_size = load<std::uint16_t>(header + 56);
  const std::size_t tenant_size = load<std::uint8_t>(header + 58);
  const std::size_t deliveries =
      version == version_with_deliveries ? load<std::uint32_t>(header + 60) : 0;
  const std::size_t names_begin = header_bytes + size_of(count, deliveries);
  const std::size_t state_begin = padded(names_begin + tenant_size + id_size);
  if (padded(state_begin + state_size) != stored.size()) return {};

  decoded_snapshot out;
  out.aggregate.type = {load<std::uint64_t>(header + 16)};
  out.aggregate.tenant = text_at(header + names_begin, tenant_size);
  out.aggregate.id = text_at(header + names_begin + tenant_size, id_size);
  out.taken.state_version = load<std::uint32_t>(header + 12);
  out.taken.at = {load<std::uint64_t>(header + 24)};
  out.taken.place = {load<std::uint64_t>(header + 32)};
  out.taken.time = from_micros(load<std::int64_t>(header + 40));
  out.taken.commands.resize(count);
  const std::byte* from = header + header_bytes;
  for (remembered_command& command : out.taken.commands) {
    command = command_at(from);
    from += command_bytes;
  }
  out.taken.delivered.resize(deliveries);
  for (delivered_command& one : out.taken.delivered) {
    one = delivery_at(from);
    from += delivery_bytes;
  }
  const bytes_view state = stored.subspan(state_begin, state_size);
  out.taken.state.assign(state.begin(), state.end());
  return out;
}

}  // namespace reprise::persistence
