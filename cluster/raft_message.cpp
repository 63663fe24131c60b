// SPDX-License-Identifier: Apache-2.0
#include "cluster/raft_message.hpp"

#include "messages/little_endian.hpp"

#include <algorithm>
#include <string>

namespace reprise::cluster {
namespace {

using messages::load;
using messages::store;

constexpr std::uint8_t format_version = 1;
constexpr std::size_t header_bytes = 48;
constexpr std::size_t at_format = 0;
constexpr std::size_t at_type = 1;
constexpr std::size_t at_version = 2;
constexpr std::size_t at_flags = 3;
constexpr std::size_t at_entries = 4;
constexpr std::size_t at_term = 8;
// What these hold depends on the type.
constexpr std::size_t at_first = 16;
constexpr std::size_t at_second = 24;
constexpr std::size_t at_third = 32;
constexpr std::size_t at_features = 40;
constexpr std::size_t at_capacity = 42;
constexpr std::size_t at_reserved = 44;

constexpr std::uint8_t flag_disrupts = 1;
constexpr std::uint8_t flag_pre_vote = 2;
constexpr std::uint8_t flag_granted = 4;

// No log gets there; sums of two of them stay numbers.
constexpr std::uint64_t counter_max = std::uint64_t{1} << 62U;
constexpr std::uint32_t entries_max = 65536;

error malformed(std::string_view what) {
  return {errc::malformed, "message of consensus: " + std::string(what)};
}

// The three numbers that stand behind the term.
struct numbers {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  std::uint64_t third = 0;
};

numbers numbers_of(const raft_message& from) {
  switch (from.type) {
    case raft_message_type::append:
      return {from.previous.value, from.previous_term.value, from.leader_commit.value};
    case raft_message_type::append_result:
      return {from.rejected.value, from.last.value};
    case raft_message_type::install:
      return {from.last.value, from.last_term.value, from.membership_at.value};
    case raft_message_type::vote_request:
    case raft_message_type::timeout_now:
      return {from.last.value, from.last_term.value};
    case raft_message_type::vote_result:
      break;
  }
  return {};
}

void set_numbers(raft_message& to, const numbers& from) {
  switch (to.type) {
    case raft_message_type::append:
      to.previous = {from.first};
      to.previous_term = {from.second};
      to.leader_commit = {from.third};
      break;
    case raft_message_type::append_result:
      to.rejected = {from.first};
      to.last = {from.second};
      break;
    case raft_message_type::install:
      to.membership_at = {from.third};
      [[fallthrough]];
    case raft_message_type::vote_request:
    case raft_message_type::timeout_now:
      to.last = {from.first};
      to.last_term = {from.second};
      break;
    case raft_message_type::vote_result:
      break;
  }
}

result<void> read_entries(raft_message& to, partition_id partition, bytes_view from,
                          std::uint32_t count) {
  std::size_t at = header_bytes;
  log_index expected = to.previous.next();
  term at_least = std::max(to.previous_term, term{1});
  for (std::uint32_t i = 0; i < count; ++i) {
    if (from.size() - at < 8) return malformed("ends within its entries");
    const auto size = load<std::uint64_t>(&from[at]);
    at += 8;
    if (size > from.size() - at || size % 8 != 0) return malformed("an entry reaches beyond it");
    auto entry = open_log_entry(from.subspan(at, size));
    if (!entry) return entry.error();
    at += size;
    const messages::entry_header& header = entry->header;
    if (header.partition != partition) return malformed("an entry of another partition");
    if (entry->index() != expected) return malformed("entries leave out an index");
    if (entry->in_term() < at_least || entry->in_term() > to.term) {
      return malformed("terms of entries go back, or beyond the message's");
    }
    if (!to.entries.empty() && header.first != to.entries.back().header.last().next()) {
      return malformed("entries leave out a position");
    }
    if (header.committed >= header.first) return malformed("an entry that is committed before it");
    expected = expected.next();
    at_least = entry->in_term();
    to.entries.push_back(*std::move(entry));
  }
  if (at != from.size()) return malformed("is longer than its entries");
  return {};
}

result<void> check_numbers(const raft_message& message) {
  const bool begins = message.previous.value == 0;
  switch (message.type) {
    case raft_message_type::append:
      if (begins != (message.previous_term.value == 0) || message.previous_term > message.term) {
        return malformed("its previous entry there cannot be");
      }
      return {};
    case raft_message_type::append_result:
      if (message.rejected.value > 0 && message.last >= message.rejected) {
        return malformed("rejects what it has");
      }
      return {};
    case raft_message_type::vote_request:
    case raft_message_type::timeout_now:
      if ((message.last.value == 0) != (message.last_term.value == 0) ||
          message.last_term > message.term) {
        return malformed("its last entry there cannot be");
      }
      return {};
    case raft_message_type::install:
      if (message.last.value == 0 || message.last_term.value == 0 ||
          message.last_term > message.term || message.membership_at.value == 0 ||
          message.membership_at > message.last) {
        return malformed("its place in the log there cannot be");
      }
      return {};
    case raft_message_type::vote_result:
      return {};
  }
  return malformed("unknown type");
}

result<void> read_tail(raft_message& to, partition_id partition, bytes_view from,
                       std::uint32_t count) {
  if (to.type == raft_message_type::append) return read_entries(to, partition, from, count);
  if (count != 0) return malformed("has entries where there are none");
  if (to.type == raft_message_type::install) {
    auto members = decode_membership(from.subspan(header_bytes));
    if (!members) return members.error();
    to.members = *std::move(members);
    return {};
  }
  if (from.size() != header_bytes) return malformed("is longer than its numbers");
  return {};
}

}  // namespace

void encode_raft_message(const raft_message& from, bytes& out) {
  std::size_t size = header_bytes;
  for (const log_entry& entry : from.entries) size += 8 + entry.stored.size();
  const std::size_t begin = out.size();
  out.reserve(begin + size);
  out.resize(begin + header_bytes);
  std::byte* const to = out.data() + begin;
  store(to + at_format, format_version);
  store(to + at_type, static_cast<std::uint8_t>(from.type));
  store(to + at_version, from.version);
  const int flags = (from.disrupts_leader ? flag_disrupts : 0) |
                    (from.pre_vote ? flag_pre_vote : 0) | (from.granted ? flag_granted : 0);
  store(to + at_flags, static_cast<std::uint8_t>(flags));
  store(to + at_entries, static_cast<std::uint32_t>(from.entries.size()));
  store(to + at_term, from.term.value);
  const numbers tell = numbers_of(from);
  store(to + at_first, tell.first);
  store(to + at_second, tell.second);
  store(to + at_third, tell.third);
  store(to + at_features, from.features);
  store(to + at_capacity, from.capacity);
  store(to + at_reserved, std::uint32_t{0});
  for (const log_entry& entry : from.entries) {
    const std::size_t at = out.size();
    out.resize(at + 8);
    store(&out[at], std::uint64_t{entry.stored.size()});
    out.insert(out.end(), entry.stored.begin(), entry.stored.end());
  }
  if (from.type == raft_message_type::install) encode_membership(from.members, out);
}

result<raft_message> decode_raft_message(partition_id partition, bytes_view from) {
  if (from.size() < header_bytes) return malformed("ends within its numbers");
  const std::byte* const begin = from.data();
  const auto format = load<std::uint8_t>(begin + at_format);
  if (format != format_version) {
    return error{errc::incompatible,
                 "message of consensus: unknown format " + std::to_string(format)};
  }
  const auto type = load<std::uint8_t>(begin + at_type);
  const auto flags = load<std::uint8_t>(begin + at_flags);
  const auto count = load<std::uint32_t>(begin + at_entries);
  const numbers told{load<std::uint64_t>(begin + at_first), load<std::uint64_t>(begin + at_second),
                     load<std::uint64_t>(begin + at_third)};
  const auto in_term = load<std::uint64_t>(begin + at_term);
  if (type < 1 || type > 6 || flags > 7 || count > entries_max ||
      load<std::uint32_t>(begin + at_reserved) != 0) {
    return malformed("unknown type or flags");
  }
  if (in_term == 0 || std::max({in_term, told.first, told.second, told.third}) > counter_max) {
    return malformed("counters there cannot be");
  }
  raft_message read{.type = static_cast<raft_message_type>(type),
                    .version = load<std::uint8_t>(begin + at_version),
                    .term = {in_term},
                    .disrupts_leader = (flags & flag_disrupts) != 0,
                    .pre_vote = (flags & flag_pre_vote) != 0,
                    .granted = (flags & flag_granted) != 0,
                    .features = load<std::uint16_t>(begin + at_features),
                    .capacity = load<std::uint16_t>(begin + at_capacity)};
  set_numbers(read, told);
  if (auto sound = check_numbers(read); !sound) return sound.error();
  if (auto sound = read_tail(read, partition, from, count); !sound) return sound.error();
  return read;
}

}  // namespace reprise::cluster
