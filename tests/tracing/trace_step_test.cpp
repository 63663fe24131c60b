// SPDX-License-Identifier: Apache-2.0
#include "base/trace_step.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

namespace reprise::base {
namespace {

// The example of the standard.
const std::string example = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

}  // namespace

TEST_CASE("a traceparent is read as the standard has it, and written again") {
  const auto context = trace_in(example);
  REQUIRE(context);
  CHECK(to_hex(context->trace) == "4bf92f3577b34da6a3ce929d0e0e4736");
  CHECK(to_hex(context->span) == "00f067aa0ba902b7");
  CHECK(context->sampled);
  CHECK(to_traceparent(*context) == example);
  CHECK_FALSE(trace_in("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")->sampled);
  CHECK_FALSE(trace_in("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-fe")->sampled);
}

TEST_CASE("what is no traceparent by the standard's rules is none") {
  const std::vector<std::string> wrong{
      "",
      "00",
      // Too short, too long for its version, another separator.
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.",
      "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01",
      // A version that is not allowed, ids of nothing but zeros, what is no lower-case digit.
      "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
      "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
      "0x-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
  };
  for (const std::string& text : wrong) {
    INFO(text);
    CHECK_FALSE(trace_in(text));
  }
}

TEST_CASE("a traceparent of a later version is read as far as this one knows it") {
  CHECK(trace_in("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
  const auto later = trace_in("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-is-it");
  REQUIRE(later);
  CHECK(to_traceparent(*later) == example);
  CHECK_FALSE(trace_in("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what"));
}

TEST_CASE("a command is a step of its own in the trace that it came with, the same each time") {
  const command_id command = derive_command_id("a command");
  attributes headers{{"who", "ann"}, {"Traceparent", example}, {"tracestate", "vendor=1"}};
  const auto step = take_step(headers, command);
  REQUIRE(step);
  CHECK(to_hex(step->parent) == "00f067aa0ba902b7");
  CHECK(step->at.trace == trace_in(example)->trace);
  CHECK(step->at.span != step->parent);
  CHECK(step->at.sampled);
  REQUIRE(headers.size() == 3);
  CHECK(trace_in(headers[1].second) == step->at);
  CHECK(headers[2].second == "vendor=1");

  attributes again{{"traceparent", example}};
  CHECK(take_step(again, command)->at == step->at);
  attributes other{{"traceparent", example}};
  CHECK(take_step(other, derive_command_id("another"))->at.span != step->at.span);
}

TEST_CASE("what is not valid does not travel on, nor does what came with it") {
  const command_id command = derive_command_id("a command");
  attributes wrong{{"who", "ann"}, {"traceparent", "00-nonsense"}, {"tracestate", "vendor=1"}};
  CHECK_FALSE(take_step(wrong, command));
  CHECK(wrong == attributes{{"who", "ann"}});
  attributes twice{{"traceparent", example}, {"traceparent", example}};
  CHECK_FALSE(take_step(twice, command));
  CHECK(twice.empty());
  attributes none{{"who", "ann"}};
  CHECK_FALSE(take_step(none, command));
  CHECK(none.size() == 1);
}

TEST_CASE("where no trace was given the conversation is the trace, and it begins there") {
  const command_id command = derive_command_id("a command");
  const correlation_id conversation{derive_command_id("a conversation").value};
  attributes headers;
  const trace_step step = begin_trace(headers, command, conversation);
  CHECK(step.at.trace == conversation.value);
  CHECK(to_hex(step.parent) == "0000000000000000");
  CHECK(trace_among(headers) == step.at);
  CHECK(carried_headers({{"who", "ann"}, headers.front()}) == headers);
}

}  // namespace reprise::base
