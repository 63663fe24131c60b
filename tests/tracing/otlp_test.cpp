// SPDX-License-Identifier: Apache-2.0
#include "tracing/otlp.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include <array>
#include <chrono>
#include <string>
#include <vector>

namespace reprise::tracing {
namespace {

using nlohmann::json;

trace_span one_span() {
  return {.name = "Trip.request",
          .what = trace_span::kind::server,
          .at = *trace_in("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
          .parent = {std::byte{0xab}},
          .began = timestamp(std::chrono::microseconds(1'700'000'000'000'001)),
          .ended = timestamp(std::chrono::microseconds(1'700'000'000'000'501)),
          .about = {{"reprise.id", "trip-1"}}};
}

json read(const std::vector<trace_span>& spans) {
  const json whole = json::parse(otlp_line(spans));
  return whole.at("resourceSpans").at(0).at("scopeSpans").at(0).at("spans");
}

}  // namespace

TEST_CASE("spans are an export request of OTLP in one line") {
  const std::vector<trace_span> spans{one_span(), one_span()};
  const std::string line = otlp_line(spans);
  CHECK(line.find('\n') == std::string::npos);
  const json whole = json::parse(line);
  const json service = whole["resourceSpans"][0]["resource"]["attributes"][0];
  CHECK(service["key"] == "service.name");
  CHECK(service["value"]["stringValue"] == "reprise");
  CHECK(whole["resourceSpans"][0]["scopeSpans"][0]["scope"]["name"] == "reprise");
  const json& first = whole["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
  CHECK(first["traceId"] == "4bf92f3577b34da6a3ce929d0e0e4736");
  CHECK(first["spanId"] == "00f067aa0ba902b7");
  CHECK(first["parentSpanId"] == "ab00000000000000");
  CHECK(first["name"] == "Trip.request");
  CHECK(first["kind"] == 2);
  // 64-bit numbers are text in OTLP/JSON.
  CHECK(first["startTimeUnixNano"] == "1700000000000001000");
  CHECK(first["endTimeUnixNano"] == "1700000000000501000");
  CHECK(first["attributes"][0]["key"] == "reprise.id");
  CHECK(first["attributes"][0]["value"]["stringValue"] == "trip-1");
  CHECK(first["status"] == json::object());
  CHECK(read(spans).size() == 2);
}

TEST_CASE("a span that begins a trace has no parent, one that failed says why") {
  trace_span root = one_span();
  root.parent = {};
  root.trouble = "timed_out: nobody answered";
  const json seen = read({root})[0];
  CHECK_FALSE(seen.contains("parentSpanId"));
  CHECK(seen["status"]["code"] == 2);
  CHECK(seen["status"]["message"] == "timed_out: nobody answered");
}

TEST_CASE("any text comes out as valid JSON") {
  trace_span odd = one_span();
  odd.name = "quote \" backslash \\ tab \t zero " + std::string(1, '\0') + " umlaut ü 漢 🚕";
  odd.about = {{"wrong", "\xff\xc0\x80 \xed\xa0\x80 \xf5 \xe6\xbc"}, {"cut", "a\xf0\x9f\x9a"}};
  const json seen = read({odd})[0];
  CHECK(seen["name"] == odd.name);
  const std::string wrong = seen["attributes"][0]["value"]["stringValue"];
  CHECK(wrong.find(' ') == 9);
  CHECK(wrong.substr(0, 3) == "\xef\xbf\xbd");
  CHECK(seen["attributes"][1]["value"]["stringValue"] == "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

}  // namespace reprise::tracing
