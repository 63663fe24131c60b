// SPDX-License-Identifier: Apache-2.0
#include "cluster/peer_introduction.hpp"

#include "messages/little_endian.hpp"

#include <algorithm>
#include <cstring>

namespace reprise::cluster {
namespace {

using messages::load;
using messages::store;

constexpr std::uint32_t introduction_version = 1;
constexpr std::size_t introduction_header_bytes = 48;
constexpr std::size_t memory_header_bytes = 56;
constexpr std::size_t met_bytes = 24;
constexpr std::uint32_t memory_version = 1;

void append(bytes& to, const bytes& more) {
  to.insert(to.end(), more.begin(), more.end());
}

std::array<std::byte, 16> uuid_at(const std::byte* from) {
  std::array<std::byte, 16> uuid{};
  std::memcpy(uuid.data(), from, uuid.size());
  return uuid;
}

}  // namespace

bytes encode(const peer_introduction& from) {
  bytes out(introduction_header_bytes);
  store(out.data(), introduction_version);
  store(out.data() + 4, from.partitions);
  store(out.data() + 8, from.id.value);
  std::ranges::copy(from.store, out.begin() + 16);
  std::ranges::copy(from.founding, out.begin() + 32);
  append(out, encode(from.nodes));
  return out;
}

result<peer_introduction> decode_introduction(bytes_view from) {
  if (from.size() < 4) return error{errc::malformed, "an introduction ends too early"};
  const auto version = load<std::uint32_t>(from.data());
  if (version != introduction_version) {
    return error{errc::incompatible, "the peer introduces itself in version " +
                                         std::to_string(version) + ", this node knows version " +
                                         std::to_string(introduction_version)};
  }
  if (from.size() < introduction_header_bytes) {
    return error{errc::malformed, "an introduction ends too early"};
  }
  auto nodes = decode_roster(from.subspan(introduction_header_bytes));
  if (!nodes) return std::move(nodes).error();
  return peer_introduction{.id = {load<std::uint64_t>(from.data() + 8)},
                           .store = uuid_at(from.data() + 16),
                           .partitions = load<std::uint32_t>(from.data() + 4),
                           .founding = uuid_at(from.data() + 32),
                           .nodes = std::move(*nodes)};
}

result<bool> cluster_memory::meet(const peer_introduction& peer, const store_uuid& own) {
  if (peer.store == own) {
    return error{errc::incompatible, "its store is a copy of this node's"};
  }
  const auto known = met.find(peer.id);
  if (known == met.end()) {
    met.emplace(peer.id, peer.store);
    return true;
  }
  if (known->second == peer.store) return false;
  return error{errc::incompatible,
               "it comes with another store than before: what that one voted for and confirmed is "
               "lost, so it cannot take part under the same name"};
}

bytes encode(const cluster_memory& from) {
  const std::size_t name_bytes = messages::padded(from.name.size());
  bytes out(memory_header_bytes + name_bytes + from.met.size() * met_bytes);
  store(out.data(), memory_version);
  store(out.data() + 4, static_cast<std::uint32_t>(from.name.size()));
  std::ranges::copy(from.cluster, out.begin() + 8);
  store(out.data() + 24, from.self.value);
  store(out.data() + 32, std::uint64_t{from.met.size()});
  std::ranges::copy(from.founding, out.begin() + 40);
  if (!from.name.empty()) {
    std::memcpy(out.data() + memory_header_bytes, from.name.data(), from.name.size());
  }
  std::byte* at = out.data() + memory_header_bytes + name_bytes;
  for (const auto& [id, uuid] : from.met) {
    store(at, id.value);
    std::memcpy(at + 8, uuid.data(), uuid.size());
    at += met_bytes;
  }
  append(out, encode(from.nodes));
  return out;
}

result<cluster_memory> decode_memory(bytes_view from) {
  const error damaged{errc::corrupt, "what the store remembers of its cluster cannot be read"};
  if (from.size() < memory_header_bytes || load<std::uint32_t>(from.data()) != memory_version) {
    return damaged;
  }
  const std::size_t name_size = load<std::uint32_t>(from.data() + 4);
  const auto count = load<std::uint64_t>(from.data() + 32);
  if (count > roster_entries_max || name_size > from.size()) return damaged;
  const std::size_t nodes_at =
      memory_header_bytes + messages::padded(name_size) + count * met_bytes;
  if (from.size() < nodes_at) return damaged;
  auto nodes = decode_roster(from.subspan(nodes_at));
  if (!nodes) return damaged;
  cluster_memory memory{.cluster = uuid_at(from.data() + 8),
                        .self = {load<std::uint64_t>(from.data() + 24)}};
  memory.founding = uuid_at(from.data() + 40);
  memory.nodes = std::move(*nodes);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes seen as characters.
  memory.name.assign(reinterpret_cast<const char*>(from.data() + memory_header_bytes), name_size);
  const std::byte* at = from.data() + memory_header_bytes + messages::padded(name_size);
  for (std::uint64_t i = 0; i < count; ++i, at += met_bytes) {
    memory.met.emplace(replica_id{load<std::uint64_t>(at)}, uuid_at(at + 8));
  }
  return memory;
}

}  // namespace reprise::cluster
