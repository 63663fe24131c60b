// SPDX-License-Identifier: Apache-2.0
#include "tracing/otlp.hpp"

#include "base/json_text.hpp"

#include <reprise/ids.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace reprise::tracing {
namespace {

// OTLP's STATUS_CODE_ERROR.
constexpr std::string_view failed = "2";

void add_member(std::string& out, std::string_view name, std::string_view text) {
  out += ",\"";
  out += name;
  out += "\":";
  base::add_json_text(out, text);
}

void add_attribute(std::string& out, std::string_view name, std::string_view value) {
  out += "{\"key\":";
  base::add_json_text(out, name);
  out += ",\"value\":{\"stringValue\":";
  base::add_json_text(out, value);
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
