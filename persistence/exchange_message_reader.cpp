// SPDX-License-Identifier: Apache-2.0
#include "persistence/exchange_message_reader.hpp"

#include "persistence/exchange_line.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <variant>

namespace reprise::persistence {
namespace {

constexpr std::uint32_t partitions_max = 1'024;
constexpr std::string_view was_cut = "the file was cut: it ends within this message";

template <class Id>
bool read_id(const bytes& from, Id& to) {
  if (from.empty()) return true;
  if (from.size() != to.value.size()) return false;
  std::ranges::copy(from, to.value.begin());
  return true;
}

attributes pairs_in(const std::vector<wire::attribute>& from) {
  attributes out;
  out.reserve(from.size());
  for (const wire::attribute& one : from) out.emplace_back(text_of(one.name), text_of(one.value));
  return out;
}

std::optional<record_kind> kind_in(wire::kind kind) {
  switch (kind) {
    case wire::kind::event:
      return record_kind::event;
    case wire::kind::deletion:
      return record_kind::deletion;
    case wire::kind::tombstone:
      return record_kind::tombstone;
    case wire::kind::truncation:
      return record_kind::truncation;
  }
  return {};
}

/// Why it is none; nothing when it is one.
std::string_view read_record(wire::record&& from, exchange_record& to) {
  const auto kind = kind_in(from.kind);
  if (!kind) return "its kind is none that is known";
  if (!read_id(from.eventId, to.event) || !read_id(from.commandId, to.command) ||
      !read_id(from.correlationId, to.correlation)) {
    return "an id in it has neither 16 bytes nor none";
  }
  to.partition.value = from.partition;
  to.at.value = from.position;
  to.time = timestamp(std::chrono::microseconds(from.timeMicros));
  to.aggregate = {{from.typeId}, text_of(from.tenant), text_of(from.id)};
  to.kind = *kind;
  to.sequence.value = from.sequence;
  to.batch_index = from.batchIndex;
  to.event_type = from.eventNumber;
  to.payload = std::move(from.payload);
  to.command_hash = from.commandHash;
  to.headers = pairs_in(from.headers);
  to.tags = pairs_in(from.tags);
  to.first_readable.value = from.firstReadable;
  return {};
}

}  // namespace

result<std::unique_ptr<exchange_reader>> exchange_message_reader::open(
    const std::filesystem::path& file) {
  std::unique_ptr<exchange_message_reader> made(new exchange_message_reader(file));
  if (auto begun = made->begin(); !begun) return std::move(begun).error();
  return std::unique_ptr<exchange_reader>(std::move(made));
}

error exchange_message_reader::wrong(errc code, const std::string& what) const {
  std::string text = file_.string();
  text += ": message " + std::to_string(number_);
  text += " at byte " + std::to_string(begins_);
  text += ": " + what;
  return {code, std::move(text)};
}

result<bool> exchange_message_reader::read_message() {
  begins_ += framed_.size();
  ++number_;
  framed_.resize(framing_bytes);
  in_.read(framed_.data(), static_cast<std::streamsize>(framing_bytes));
  if (in_.gcount() == 0 && in_.eof()) return false;
  if (in_.gcount() != static_cast<std::streamsize>(framing_bytes)) {
    return wrong(errc::corrupt, std::string(was_cut));
  }
  const auto size = segment_bytes(framed_);
  if (!size) {
    return wrong(number_ == 1 ? errc::malformed : errc::corrupt, size.error().message);
  }
  framed_.resize(framing_bytes + *size);
  in_.read(framed_.data() + framing_bytes, static_cast<std::streamsize>(*size));
  if (in_.gcount() != static_cast<std::streamsize>(*size)) {
    return wrong(errc::corrupt, std::string(was_cut));
  }
  return true;
}

// Reads everything once, and stands behind the header then.
result<void> exchange_message_reader::begin() {
  std::uint64_t checksum = 0;
  for (bool ends = false; !ends;) {
    const auto there = read_message();
    if (!there) return there.error();
    if (!*there) return wrong(errc::corrupt, "the file was cut: the last message is no trailer");
    const auto message = message_in(framed_);
    if (!message) {
      return wrong(number_ == 1 ? errc::malformed : errc::corrupt, message.error().message);
    }
    if (number_ == 1) {
      if (auto header = take_header(*message); !header) return header;
    } else if (message->checksumBefore != checksum) {
      return wrong(errc::corrupt,
                   "the file was changed: in the message before this one, or in the checksum here");
    }
    if (const auto* const trailer = std::get_if<wire::message_case::trailer>(&message->choice)) {
      if (auto fine = take_trailer(trailer->value, checksum); !fine) return fine;
      ends = true;
    } else if ((number_ == 1) !=
               std::holds_alternative<wire::message_case::header>(message->choice)) {
      return wrong(errc::corrupt, "there is one header, and it comes first");
    }
    checksum = chained_checksum(checksum, framed_);
  }
  in_.clear();
  in_.seekg(0);
  framed_.clear();
  number_ = begins_ = 0;
  if (const auto header = read_message(); !header) return header.error();
  return {};
}

result<void> exchange_message_reader::take_header(const wire::message& message) {
  const auto* const header = std::get_if<wire::message_case::header>(&message.choice);
  if (header == nullptr || message.checksumBefore != 0) {
    return wrong(errc::malformed, "it is no header; an export of `reprise export` is wanted");
  }
  const wire::header& said = header->value;
  if (said.format != message_format) {
    return wrong(errc::incompatible, "the export has format " + std::to_string(said.format) +
                                         ", this version reads " + std::to_string(message_format));
  }
  if (said.partitions == 0 || said.partitions > partitions_max) {
    return wrong(errc::malformed, "it speaks of " + std::to_string(said.partitions) +
                                      " partitions, 1 to " + std::to_string(partitions_max) +
                                      " are allowed");
  }
  partitions_ = said.partitions;
  whole_ = said.whole;
  for (const wire::schema& one : said.schemas) {
    schemas_.push_back({.type = {one.typeId}, .name = one.type, .bundle = one.bundle});
  }
  return {};
}

// Nothing comes behind it that would say whether it was changed itself, so it must be as it is
// written.
result<void> exchange_message_reader::take_trailer(const wire::trailer& trailer,
                                                   std::uint64_t checksum) {
  auto as_written = framed(trailer_message(trailer.records));
  if (!as_written) return std::move(as_written).error();
  set_checksum_before(*as_written, checksum);
  if (trailer.records + 2 != number_ || framed_ != *as_written) {
    return wrong(errc::corrupt, "the file was changed: the trailer speaks of other messages");
  }
  if (in_.peek() != std::ifstream::traits_type::eof()) {
    return wrong(errc::corrupt, "the file was changed: something comes behind the trailer");
  }
  records_ = trailer.records;
  return {};
}

result<std::optional<exchange_record>> exchange_message_reader::next() {
  if (given_ == records_) return std::optional<exchange_record>{};
  const auto there = read_message();
  if (!there) return there.error();
  const auto changes = [this] {
    return wrong(errc::io_error, "the file changes while it is read");
  };
  if (!*there) return changes();
  auto message = message_in(framed_);
  if (!message) return wrong(errc::malformed, message.error().message);
  auto* const record = std::get_if<wire::message_case::record>(&message->choice);
  if (record == nullptr) return changes();
  ++given_;
  exchange_record out;
  if (const auto why = read_record(std::move(record->value), out); !why.empty()) {
    return wrong(errc::malformed, std::string(why));
  }
  out.where = "message " + std::to_string(number_);
  return std::optional(std::move(out));
}

}  // namespace reprise::persistence
