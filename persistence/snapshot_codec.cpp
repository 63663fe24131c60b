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

constexpr std::uint32_t snapshot_version = 1;
constexpr std::size_t header_bytes = 64;
constexpr std::size_t command_bytes = 48;

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

}  // namespace

bytes encode_snapshot(const aggregate_key& aggregate, const snapshot& taken) {
  const std::size_t commands = taken.commands.size() * command_bytes;
  const std::size_t names = aggregate.tenant.size() + aggregate.id.size();
  const std::size_t state_begin = padded(header_bytes + commands + names);
  bytes out(padded(state_begin + taken.state.size()));
  std::byte* const header = out.data();
  store(header + 8, snapshot_version);
  store(header + 12, taken.state_version);
  store(header + 16, aggregate.type.value);
  store(header + 24, taken.at.value);
  store(header + 32, taken.place.value);
  store(header + 40, micros(taken.time));
  store(header + 48, static_cast<std::uint32_t>(taken.commands.size()));
  store(header + 52, static_cast<std::uint32_t>(taken.state.size()));
  store(header + 56, static_cast<std::uint16_t>(aggregate.id.size()));
  store(header + 58, static_cast<std::uint8_t>(aggregate.tenant.size()));
  std::byte* to = header + header_bytes;
  for (const remembered_command& command : taken.commands) {
    std::memcpy(to, command.id.value.data(), 16);
    store(to + 16, command.hash);
    store(to + 24, command.last.value);
    store(to + 32, command.at.value);
    store(to + 40, micros(command.time));
    to += command_bytes;
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
  if (load<std::uint32_t>(header + 8) != snapshot_version) return {};
  const std::size_t count = load<std::uint32_t>(header + 48);
  const std::size_t state_size = load<std::uint32_t>(header + 52);
  const std::size_t id_size = load<std::uint16_t>(header + 56);
  const std::size_t tenant_size = load<std::uint8_t>(header + 58);
  const std::size_t names_begin = header_bytes + count * command_bytes;
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
    std::memcpy(command.id.value.data(), from, 16);
    command.hash = load<std::uint64_t>(from + 16);
    command.last = {load<std::uint64_t>(from + 24)};
    command.at = {load<std::uint64_t>(from + 32)};
    command.time = from_micros(load<std::int64_t>(from + 40));
    from += command_bytes;
  }
  const bytes_view state = stored.subspan(state_begin, state_size);
  out.taken.state.assign(state.begin(), state.end());
  return out;
}

}  // namespace reprise::persistence
