// SPDX-License-Identifier: Apache-2.0
#include "persistence/exchange_line_reader.hpp"

#include "persistence/exchange_line.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <charconv>
#include <cstdio>
#include <limits>
#include <string_view>
#include <utility>

namespace reprise::persistence {
namespace {

using nlohmann::json;

/// What a line says wrongly; caught where the line's number is known.
struct bad_line {
  std::string what;
};

[[noreturn]] void refuse(const char* member, const char* what) {
  throw bad_line{"\"" + std::string(member) + "\" " + what};
}

const json& member(const json& line, const char* name) {
  const auto found = line.find(name);
  if (found == line.end()) refuse(name, "is missing");
  return *found;
}

std::string plain(const json& line, const char* name) {
  const json& value = member(line, name);
  if (!value.is_string()) refuse(name, "is no string");
  return value.get<std::string>();
}

std::uint64_t small_number(const json& line, const char* name, std::uint64_t most) {
  const json& value = member(line, name);
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most) {
    refuse(name, "is no number of its range");
  }
  return value.get<std::uint64_t>();
}

std::uint64_t number(const json& line, const char* name, int base = 10) {
  std::string text = plain(line, name);
  if (base == 16) {
    if (!text.starts_with("0x")) refuse(name, "does not begin with 0x");
    text.erase(0, 2);
  }
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value, base);
  if (read.ec != std::errc{} || read.ptr != end) refuse(name, "is no 64-bit number");
  return value;
}

bytes from_base64(std::string_view text, const char* name) {
  if (text.size() % 4 != 0) refuse(name, "is no base64");
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  bytes out;
  out.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const bool last = i + 4 == text.size();
    const std::size_t digits = last ? 4 - padding : 4;
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const std::size_t digit = k < digits ? base64_digits.find(text[i + k]) : 0;
      if (digit == std::string_view::npos) refuse(name, "is no base64");
      group = group << 6U | static_cast<std::uint32_t>(digit);
    }
    for (std::size_t k = 0; k + 1 < digits; ++k) {
      out.push_back(static_cast<std::byte>(group >> (16 - 8 * k) & 0xffU));
    }
  }
  return out;
}

std::string text_in(const json& value, const char* name) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_object()) refuse(name, "is no text");
  const bytes raw = from_base64(plain(value, "base64"), name);
  std::string out;
  for (const std::byte b : raw) out += static_cast<char>(b);
  return out;
}

attributes pairs(const json& line, const char* name) {
  const json& list = member(line, name);
  if (!list.is_array()) refuse(name, "is no list");
  attributes out;
  for (const json& pair : list) {
    if (!pair.is_array() || pair.size() != 2) refuse(name, "has an entry that is no pair");
    out.emplace_back(text_in(pair[0], name), text_in(pair[1], name));
  }
  return out;
}

template <class Id>
Id id_in(const json& line, const char* name) {
  Id id;
  if (member(line, name).is_null()) return id;
  if (!from_hex(plain(line, name), id.value)) refuse(name, "is no id");
  return id;
}

// What iso_time() writes.
timestamp time_in(const json& line, const char* name) {
  using namespace std::chrono;
  const std::string text = plain(line, name);
  if (text.ends_with("us")) {
    std::int64_t count = 0;
    const char* const end = text.data() + text.size() - 2;
    const auto read = std::from_chars(text.data(), end, count);
    if (read.ec != std::errc{} || read.ptr != end) refuse(name, "is no time");
    return timestamp{microseconds{count}};
  }
  int y = 0;
  unsigned mo = 0;
  unsigned d = 0;
  unsigned h = 0;
  unsigned mi = 0;
  unsigned s = 0;
  unsigned us = 0;
  int read = 0;
  const int fields = std::sscanf(text.c_str(), "%4d-%2u-%2uT%2u:%2u:%2u.%6uZ%n", &y, &mo, &d, &h,
                                 &mi, &s, &us, &read);  // NOLINT: the result is checked
  const year_month_day date{year{y}, month{mo}, day{d}};
  if (fields != 7 || static_cast<std::size_t>(read) != text.size() || !date.ok() || h > 23 ||
      mi > 59 || s > 59) {
    refuse(name, "is no time");
  }
  return sys_days{date} + hours{h} + minutes{mi} + seconds{s} + microseconds{us};
}

record_kind kind_in(const json& line) {
  const std::string text = plain(line, "kind");
  if (text == "event") return record_kind::event;
  if (text == "deletion") return record_kind::deletion;
  if (text == "tombstone") return record_kind::tombstone;
  if (text == "truncation") return record_kind::truncation;
  refuse("kind", "is none that is known");
}

exchange_record record_in(const json& line) {
  constexpr auto most = std::numeric_limits<std::uint32_t>::max();
  exchange_record r;
  r.partition.value = static_cast<std::uint32_t>(small_number(line, "partition", most));
  r.at.value = number(line, "position");
  r.time = time_in(line, "time");
  r.aggregate.type.value = number(line, "type_id", 16);
  r.aggregate.tenant = text_in(member(line, "tenant"), "tenant");
  r.aggregate.id = text_in(member(line, "id"), "id");
  r.kind = kind_in(line);
  r.sequence.value = number(line, "sequence");
  r.batch_index = small_number(line, "batch_index", most);
  r.event_type = static_cast<std::uint32_t>(small_number(line, "event_number", most));
  r.payload = from_base64(plain(line, "bytes"), "bytes");
  r.event = id_in<event_id>(line, "event_id");
  r.command = id_in<command_id>(line, "command_id");
  r.command_hash = number(line, "command_hash", 16);
  r.correlation = id_in<correlation_id>(line, "correlation_id");
  r.headers = pairs(line, "headers");
  r.tags = pairs(line, "tags");
  if (r.kind == record_kind::truncation) {
    const json& payload = member(line, "payload");
    if (!payload.is_object()) refuse("payload", "of a truncation is no object");
    r.first_readable.value = small_number(payload, "firstReadable", ~std::uint64_t{0});
  }
  return r;
}

json object_in(const std::string& line) {
  json parsed = json::parse(line, nullptr, false);
  if (!parsed.is_object()) throw bad_line{"it is no JSON object"};
  return parsed;
}

}  // namespace

result<std::unique_ptr<exchange_reader>> exchange_line_reader::open(
    const std::filesystem::path& file) {
  std::unique_ptr<exchange_line_reader> made(new exchange_line_reader(file));
  if (auto begun = made->begin(); !begun) return std::move(begun).error();
  return std::unique_ptr<exchange_reader>(std::move(made));
}

error exchange_line_reader::wrong(errc code, const std::string& what) const {
  return {code, file_.string() + ":" + std::to_string(line_) + ": " + what};
}

// Reads everything once, and stands behind the header then.
result<void> exchange_line_reader::begin() {
  std::string line;
  std::string next;
  std::uint64_t checksum = 0;
  if (!std::getline(in_, line)) return wrong(errc::malformed, "the file is empty");
  line_ = 1;
  if (auto header = read_header(line); !header) return header;
  // The last line is the trailer, and no part of the sum.
  while (std::getline(in_, next)) {
    checksum = chained_checksum(checksum, line);
    std::swap(line, next);
    ++line_;
  }
  if (auto trailer = read_trailer(line, line_, checksum); !trailer) return trailer;
  in_.clear();
  in_.seekg(0);
  std::getline(in_, line);
  line_ = 1;
  if (!in_) return error{errc::io_error, file_.string() + " cannot be read twice"};
  return {};
}

result<void> exchange_line_reader::read_header(const std::string& text) {
  try {
    const json line = object_in(text);
    if (const auto version = small_number(line, "reprise_export", ~std::uint64_t{0});
        version != exchange_format) {
      return wrong(errc::incompatible, "the export has format " + std::to_string(version) +
                                           ", this version reads " +
                                           std::to_string(exchange_format));
    }
    partitions_ = static_cast<std::uint32_t>(small_number(line, "partitions", 1024));
    if (partitions_ == 0) refuse("partitions", "is 0");
    const json& whole = member(line, "whole");
    if (!whole.is_boolean()) refuse("whole", "is neither true nor false");
    whole_ = whole.get<bool>();
    const json& listed = member(line, "schemas");
    if (!listed.is_array()) refuse("schemas", "is no list");
    for (const json& one : listed) {
      if (!one.is_object()) refuse("schemas", "has an entry that is no object");
      schemas_.push_back({.type = {number(one, "type_id", 16)},
                          .name = text_in(member(one, "type"), "type"),
                          .bundle = from_base64(plain(one, "bundle"), "bundle")});
    }
    return {};
  } catch (const bad_line& why) {
    return wrong(errc::malformed, why.what + "; an export of `reprise export` is wanted");
  } catch (const json::exception& why) {
    return wrong(errc::malformed, why.what());
  }
}

result<void> exchange_line_reader::read_trailer(const std::string& text, std::uint64_t lines,
                                                std::uint64_t checksum) {
  constexpr const char* cut = "the file was cut: its last line is no trailer";
  try {
    const json line = object_in(text);
    if (lines < 2 || !line.contains("end")) return wrong(errc::corrupt, cut);
    records_ = number(line, "records");
    if (records_ != lines - 2 || number(line, "checksum", 16) != checksum) {
      return wrong(errc::corrupt, "the file was changed: the trailer speaks of other lines");
    }
    return {};
  } catch (const bad_line&) {
    return wrong(errc::corrupt, cut);
  } catch (const json::exception&) {
    return wrong(errc::corrupt, cut);
  }
}

result<std::optional<exchange_record>> exchange_line_reader::next() {
  if (given_ == records_) return std::optional<exchange_record>{};
  std::string text;
  if (!std::getline(in_, text)) return wrong(errc::io_error, "cannot be read any more");
  ++line_;
  ++given_;
  try {
    exchange_record r = record_in(object_in(text));
    r.where = "line " + std::to_string(line_);
    return std::optional(std::move(r));
  } catch (const bad_line& why) {
    return wrong(errc::malformed, why.what);
  } catch (const json::exception& why) {
    return wrong(errc::malformed, why.what());
  }
}

}  // namespace reprise::persistence
