// SPDX-License-Identifier: Apache-2.0
#include "cluster/membership.hpp"

#include "messages/little_endian.hpp"

#include <algorithm>
#include <string>

namespace reprise::cluster {
namespace {

constexpr std::size_t count_bytes = 8;
constexpr std::size_t member_bytes = 16;

error malformed(std::string_view what) {
  return {errc::malformed, "membership: " + std::string(what)};
}

}  // namespace

void encode_membership(const membership& from, bytes& out) {
  std::size_t at = out.size();
  out.resize(at + count_bytes + member_bytes * from.size());
  messages::store(&out[at], std::uint64_t{from.size()});
  at += count_bytes;
  for (const member& each : from) {
    messages::store(&out[at], each.id.value);
    messages::store(&out[at + 8], static_cast<std::uint64_t>(each.role));
    at += member_bytes;
  }
}

result<membership> decode_membership(bytes_view from) {
  if (from.size() < count_bytes) return malformed("ends within its count");
  const auto count = messages::load<std::uint64_t>(from.data());
  if (count == 0 || count > members_max) {
    return malformed(std::to_string(count) + " members there cannot be");
  }
  if (from.size() != count_bytes + member_bytes * count) {
    return malformed("its size is not that of " + std::to_string(count) + " members");
  }
  membership read;
  for (std::size_t at = count_bytes; at < from.size(); at += member_bytes) {
    const replica_id id{messages::load<std::uint64_t>(&from[at])};
    const auto role = messages::load<std::uint64_t>(&from[at + 8]);
    if (role > static_cast<std::uint64_t>(member_role::spare)) return malformed("unknown role");
    if (id.value == 0 || contains(read, id)) {
      return malformed("replica " + std::to_string(id.value) + " twice, or without an id");
    }
    read.push_back({id, static_cast<member_role>(role)});
  }
  return read;
}

bool contains(const membership& members, replica_id id) {
  return std::ranges::find(members, id, &member::id) != members.end();
}

std::size_t voters_of(const membership& members) {
  return static_cast<std::size_t>(std::ranges::count(members, member_role::voter, &member::role));
}

}  // namespace reprise::cluster
