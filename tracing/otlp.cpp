// SPDX-License-Identifier: Apache-2.0
#include "tracing/otlp.hpp"

#include <reprise/ids.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace reprise::tracing {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";
// OTLP's STATUS_CODE_ERROR.
constexpr std::string_view failed = "2";

// How many bytes the well-formed character at the beginning takes; 0: there is none.
std::size_t character_bytes(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  std::size_t size = 0;
  unsigned char least = 0x80;
  unsigned char most = 0xbf;
  if (first >= 0xc2 && first <= 0xdf) {
    size = 2;
  } else if (first >= 0xe0 && first <= 0xef) {
    size = 3;
    // Neither longer than need be nor half of a pair.
    if (first == 0xe0) least = 0xa0;
    if (first == 0xed) most = 0x9f;
  } else if (first >= 0xf0 && first <= 0xf4) {
    size = 4;
    if (first == 0xf0) least = 0x90;
    if (first == 0xf4) most = 0x8f;
  }
  if (size == 0 || text.size() < size || byte(1) < least || byte(1) > most) return 0;
  for (std::size_t i = 2; i < size; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xbf) return 0;
  }
  return size;
}

void add_text(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += '"';
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text.front());
    const std::size_t size = character_bytes(text);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += text.front();
    } else if (c < 0x20 || c == 0x7f) {
      out += "\\u00";
      out += digits[c >> 4U];
      out += digits[c & 0xfU];
    } else if (size == 0) {
      out += replacement;
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  out += '"';
}

void add_member(std::string& out, std::string_view name, std::string_view text) {
  out += ",\"";
  out += name;
  out += "\":";
  add_text(out, text);
}

void add_attribute(std::string& out, std::string_view name, std::string_view value) {
  out += "{\"key\":";
  add_text(out, name);
  out += ",\"value\":{\"stringValue\":";
  add_text(out, value);
  out += "}}";
}

// 64-bit numbers are text in OTLP/JSON.
std::string nanoseconds(timestamp t) {
  return std::to_string(std::max<std::int64_t>(t.time_since_epoch().count(), 0)) + "000";
}

void add_span(std::string& out, const trace_span& s) {
  out += "{\"traceId\":\"";
  out += to_hex(s.at.trace);
  out += "\",\"spanId\":\"";
  out += to_hex(s.at.span);
  out += '"';
  if (s.parent != decltype(s.parent){}) add_member(out, "parentSpanId", to_hex(s.parent));
  add_member(out, "name", s.name);
  out += ",\"kind\":";
  out += std::to_string(static_cast<unsigned>(s.what));
  add_member(out, "startTimeUnixNano", nanoseconds(s.began));
  add_member(out, "endTimeUnixNano", nanoseconds(std::max(s.began, s.ended)));
  out += ",\"attributes\":[";
  bool first = true;
  for (const auto& [name, value] : s.about) {
    if (!first) out += ',';
    first = false;
    add_attribute(out, name, value);
  }
  out += "],\"status\":{";
  if (!s.trouble.empty()) {
    out += "\"code\":";
    out += failed;
    add_member(out, "message", s.trouble);
  }
  out += "}}";
}

}  // namespace

std::string otlp_line(std::span<const trace_span> spans) {
  std::string out = R"({"resourceSpans":[{"resource":{"attributes":[)";
  add_attribute(out, "service.name", "reprise");
  out += R"(]},"scopeSpans":[{"scope":{"name":"reprise"},"spans":[)";
  bool first = true;
  for (const trace_span& s : spans) {
    if (!first) out += ',';
    first = false;
    add_span(out, s);
  }
  out += "]}]}]}";
  return out;
}

}  // namespace reprise::tracing
