// SPDX-License-Identifier: Apache-2.0
#include "cluster/log_entry.hpp"

#include "base/assert.hpp"
#include "messages/record.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace reprise::cluster {
namespace {

bytes encode(const messages::entry_header& header, const messages::record& record) {
  REPRISE_ASSERT(header.records == 1, "an entry of consensus is one record");
  bytes body;
  messages::encode_record(record, header.first, body);
  bytes stored(messages::entry_prefix_size(1) + body.size());
  const std::array<std::uint32_t, 1> offsets{0};
  messages::encode_entry_prefix(header, offsets, body.size(), stored.data());
  std::ranges::copy(body, stored.data() + messages::entry_prefix_size(1));
  return stored;
}

error damaged(position at, std::string_view what) {
  return {errc::corrupt,
          "log entry at position " + std::to_string(at.value) + ": " + std::string(what), at.value};
}

}  // namespace

result<log_entry> open_log_entry(bytes_view stored) {
  auto opened = messages::entry::open(stored);
  if (!opened) return opened.error();
  log_entry entry{.header = opened->header(), .stored = stored};
  if (entry.header.index == 0 || entry.header.term == 0) {
    return damaged(entry.header.first, "has no index or no term");
  }
  for (position at = entry.header.first; at <= entry.header.last(); at = at.next()) {
    auto record = opened->at(at);
    if (!record) return record.error();
    const bool ours = record->kind == barrier_record || record->kind == membership_record;
    if (!ours) continue;
    if (entry.header.records != 1) return damaged(at, "mixes records of users and of consensus");
    if (record->kind == barrier_record) {
      entry.kind = entry_kind::barrier;
      continue;
    }
    auto members = decode_membership(record->payload);
    if (!members) return damaged(at, members.error().message);
    entry.kind = entry_kind::members;
    entry.members = *std::move(members);
  }
  return entry;
}

bytes encode_barrier(const messages::entry_header& header) {
  return encode(header, {.kind = barrier_record});
}

bytes encode_members(const messages::entry_header& header, const membership& members) {
  bytes payload;
  encode_membership(members, payload);
  return encode(header, {.kind = membership_record, .payload = payload});
}

bytes first_entry(partition_id partition, const membership& members, const lone_end& behind) {
  return encode_members({.partition = partition,
                         .records = 1,
                         .first = behind.at.next(),
                         .index = behind.index.next().value,
                         .term = 1,
                         .committed = behind.at},
                        members);
}

}  // namespace reprise::cluster
