// SPDX-License-Identifier: Apache-2.0
#include "messages/entry.hpp"

#include "base/assert.hpp"
#include "base/checksum.hpp"
#include "messages/little_endian.hpp"

#include <string>

namespace reprise::messages {
namespace {

constexpr std::uint32_t magic = 0x52504531;  // "1EPR" in the file.
constexpr std::uint16_t entry_version = 1;

constexpr std::size_t at_magic = 8;
constexpr std::size_t at_version = 12;
constexpr std::size_t at_flags = 14;
constexpr std::size_t at_size = 16;
constexpr std::size_t at_partition = 20;
constexpr std::size_t at_records = 24;
constexpr std::size_t at_reserved = 28;
constexpr std::size_t at_first = 32;
constexpr std::size_t at_index = 40;
constexpr std::size_t at_term = 48;
constexpr std::size_t at_committed = 56;

// A single record begins where the header ends; its offset would say nothing.
constexpr std::size_t offsets_size(std::uint32_t records) {
  return records > 1 ? padded(std::size_t{4} * records) : 0;
}

error damaged(const entry_header& claimed, std::string_view what) {
  return {errc::corrupt,
          "entry of partition " + std::to_string(claimed.partition.value) + " at position " +
              std::to_string(claimed.first.value) + ": " + std::string(what),
          claimed.first.value};
}

}  // namespace

std::size_t entry_prefix_size(std::uint32_t records) {
  return entry_header_bytes + offsets_size(records);
}

void encode_entry_prefix(const entry_header& header, std::span<const std::uint32_t> offsets,
                         std::size_t body_bytes, std::byte* to) {
  REPRISE_ASSERT(header.records > 0 && offsets.size() == header.records,
                 "an entry has records and an offset for each");
  const std::size_t prefix = entry_prefix_size(header.records);
  std::memset(to, 0, prefix);
  store(to + at_magic, magic);
  store(to + at_version, entry_version);
  store(to + at_flags, std::uint16_t{0});
  store(to + at_size, static_cast<std::uint32_t>(prefix + body_bytes));
  store(to + at_partition, header.partition.value);
  store(to + at_records, header.records);
  store(to + at_first, header.first.value);
  store(to + at_index, header.index);
  store(to + at_term, header.term);
  store(to + at_committed, header.committed.value);
  if (header.records > 1) {
    for (std::size_t i = 0; i < offsets.size(); ++i) {
      store(to + entry_header_bytes + 4 * i, static_cast<std::uint32_t>(prefix + offsets[i]));
    }
  }
  store(to, base::checksum64({to + 8, prefix - 8}));
}

entry_header entry::claimed_header(bytes_view stored) {
  const std::byte* const from = stored.data();
  return {.partition = {load<std::uint32_t>(from + at_partition)},
          .records = load<std::uint32_t>(from + at_records),
          .first = {load<std::uint64_t>(from + at_first)},
          .index = load<std::uint64_t>(from + at_index),
          .term = load<std::uint64_t>(from + at_term),
          .committed = {load<std::uint64_t>(from + at_committed)}};
}

result<entry> entry::open(bytes_view stored) {
  if (stored.size() < entry_header_bytes) {
    return error{errc::corrupt,
                 "an entry has " + std::to_string(stored.size()) + " bytes, its header alone 64"};
  }
  const entry_header header = claimed_header(stored);
  if (header.records == 0 || header.records > entry_records_max ||
      entry_prefix_size(header.records) > stored.size()) {
    return damaged(header, "claims " + std::to_string(header.records) + " records");
  }
  // Positions are counted from 1, and the last one is a number too.
  if (header.first.value == 0 || header.last() < header.first) {
    return damaged(header, "claims positions that there cannot be");
  }
  const std::size_t prefix = entry_prefix_size(header.records);
  const std::byte* const from = stored.data();
  if (load<std::uint64_t>(from) != base::checksum64({from + 8, prefix - 8})) {
    return damaged(header, "its header does not match its checksum");
  }
  if (load<std::uint32_t>(from + at_magic) != magic ||
      load<std::uint16_t>(from + at_version) != entry_version ||
      load<std::uint16_t>(from + at_flags) != 0 || load<std::uint32_t>(from + at_reserved) != 0) {
    return error{errc::incompatible,
                 "entry of partition " + std::to_string(header.partition.value) + " at position " +
                     std::to_string(header.first.value) + " is of version " +
                     std::to_string(load<std::uint16_t>(from + at_version)) +
                     ", which this program does not know",
                 header.first.value};
  }
  if (load<std::uint32_t>(from + at_size) != stored.size()) {
    return damaged(header, "has " + std::to_string(stored.size()) + " bytes, but its header says " +
                               std::to_string(load<std::uint32_t>(from + at_size)));
  }
  return entry(header, stored);
}

std::size_t entry::begin_of(std::uint32_t index) const {
  if (header_.records == 1) return entry_header_bytes;
  return load<std::uint32_t>(stored_.data() + entry_header_bytes + std::size_t{4} * index);
}

bytes_view entry::bytes_at(position where) const {
  REPRISE_ASSERT(holds(where), "only positions of the entry are asked for");
  const auto index = static_cast<std::uint32_t>(where.value - header_.first.value);
  const std::size_t begin = begin_of(index);
  const std::size_t end = index + 1 == header_.records ? stored_.size() : begin_of(index + 1);
  if (begin > end || end > stored_.size()) return {};
  return stored_.subspan(begin, end - begin);
}

result<record> entry::at(position where) const {
  return decode_record(bytes_at(where), where);
}

}  // namespace reprise::messages
