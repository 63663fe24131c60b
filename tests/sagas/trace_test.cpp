// SPDX-License-Identifier: Apache-2.0
//
// A trace that a caller begins, through aggregates and sagas.
#include "base/trace_step.hpp"
#include "persistence/record_envelope.hpp"
#include "tests/sagas/script_world.hpp"

#include <reprise/trace.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace reprise::sagas::testing {
namespace {

using namespace std::chrono_literals;
using script::answered_saga;

const std::string given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

class kept_spans final : public span_sink {
 public:
  void record(trace_span one) noexcept override { all.push_back(std::move(one)); }

  [[nodiscard]] std::vector<std::string> ids() const {
    std::vector<std::string> out;
    for (const trace_span& s : all) out.push_back(to_hex(s.at.span));
    return out;
  }
  std::vector<trace_span> all;
};

template <class A, class W>
std::vector<trace_context> traces_of(const W& world, const std::string& id) {
  std::vector<trace_context> out;
  world.template each_event<A>(id, [&](const persistence::stored_record& r) {
    const auto trace = base::trace_among(persistence::envelope_of(r).headers);
    if (trace) out.push_back(*trace);
  });
  return out;
}

template <class W>
std::vector<trace_context> traces_of_saga(W& world, const std::string& key) {
  std::vector<trace_context> out;
  [[maybe_unused]] const auto read = world.journal().read(
      {reprise::detail::saga_id("answered"), {}, key}, {},
      [&](const persistence::stored_record& r) {
        const auto trace = base::trace_among(persistence::envelope_of(r).headers);
        if (trace) out.push_back(*trace);
        return true;
      });
  return out;
}

void open_traced(script_world<answered_saga>& world, const std::string& text,
                 attributes headers = {{"traceparent", given}}) {
  world.ask<script::speaker>("sue", script::speaker_cmd::open{.key = "a", .text = text},
                             {.headers = std::move(headers)});
  world.settle(10s);
}

}  // namespace

TEST_CASE("a trace goes from a command to its events, to a saga, to its steps and back") {
  kept_spans spans;
  script_world<answered_saga> world;
  world.trace_to(spans);
  open_traced(world, "send w tidy");

  const auto root = trace_in(given);
  const auto spoken = traces_of<script::speaker>(world, "sue");
  const auto saga = traces_of_saga(world, "a");
  const auto worked = traces_of<script::worker>(world, "w");
  REQUIRE(spoken.size() == 1);
  REQUIRE(saga.size() == 2);
  REQUIRE(worked.size() == 1);
  // Every step is one of its own in the same trace.
  const std::vector<trace_context> chain{*root, spoken[0], saga[0], worked[0], saga[1]};
  for (std::size_t i = 1; i < chain.size(); ++i) {
    INFO("step " << i);
    CHECK(chain[i].trace == root->trace);
    const auto found = std::ranges::find_if(
        spans.all, [&](const trace_span& s) { return s.at.span == chain[i].span; });
    REQUIRE(found != spans.all.end());
    CHECK(found->parent == chain[i - 1].span);
    CHECK(found->began <= found->ended);
  }
  CHECK(spans.all.size() == 4);
}

TEST_CASE("a span says what it is about, and what was its cause") {
  kept_spans spans;
  script_world<answered_saga> world;
  world.trace_to(spans);
  open_traced(world, "send w tidy");
  std::string event;
  world.each_event<script::speaker>("sue", [&](const persistence::stored_record& r) {
    event = to_hex(persistence::envelope_of(r).id.value);
  });
  const auto about = [&](std::size_t n) {
    return std::map<std::string, std::string>(spans.all[n].about.begin(), spans.all[n].about.end());
  };
  CHECK(about(0).at("reprise.id") == "sue");
  CHECK(about(0).at("reprise.sequence") == "1");
  CHECK_FALSE(about(0).contains("reprise.cause"));
  CHECK(about(1).at("reprise.id") == "a");
  CHECK(about(1).at("reprise.cause") == event);
  CHECK(about(2).at("reprise.id") == "w");
  CHECK(about(2).at("reprise.cause") == event);
}

TEST_CASE("steps that are repeated, and a crash, make no other spans") {
  kept_spans spans;
  script_world<answered_saga> world;
  world.trace_to(spans);
  world.lose_answers_of("w");
  open_traced(world, "send w tidy");
  world.crash();
  world.settle(10s);
  world.heal();
  world.settle(1min);
  auto ids = spans.ids();
  std::ranges::sort(ids);
  CHECK(std::ranges::adjacent_find(ids) == ids.end());
  CHECK(traces_of<script::worker>(world, "w").size() == 1);
}

TEST_CASE("deadlines, and what takes steps back, belong to the trace") {
  script_world<answered_saga> world;
  open_traced(world, "send w tidy;deadline sends 1000");
  world.tell("a", saga_order::kind::cancel);
  world.settle(1min);
  // Two steps; what a person asks for is another conversation, and no trace.
  CHECK(traces_of<script::worker>(world, "w").size() == 2);
  CHECK(traces_of<script::worker>(world, "undo").empty());
  for (const trace_context& t : traces_of<script::worker>(world, "w")) {
    CHECK(t.trace == trace_in(given)->trace);
  }
}

TEST_CASE("a function outside is given the trace") {
  script_world<answered_saga> world;
  attributes seen;
  world.handle_calls([&](const outgoing_call& call) -> call_outcome {
    seen = call.headers;
    return script::to_bytes("sent");
  });
  open_traced(world, "call post letter", {{"traceparent", given}, {"tracestate", "v=1"}});
  REQUIRE(base::trace_among(seen));
  CHECK(base::trace_among(seen)->trace == trace_in(given)->trace);
  CHECK(seen.back() == std::pair<std::string, std::string>("tracestate", "v=1"));
}

TEST_CASE("without a trace nothing is stored, and a trace that is not kept makes no span") {
  script_world<answered_saga> quiet;
  open_traced(quiet, "send w tidy", {});
  CHECK(traces_of<script::speaker>(quiet, "sue").empty());
  CHECK(traces_of<script::worker>(quiet, "w").empty());
  open_traced(quiet, "send w tidy", {{"traceparent", "00-nonsense"}});
  CHECK(traces_of<script::speaker>(quiet, "sue").empty());

  kept_spans spans;
  script_world<answered_saga> world;
  world.trace_to(spans);
  open_traced(world, "send w tidy", {{"traceparent", given.substr(0, 53) + "00"}});
  CHECK(spans.all.empty());
  CHECK(traces_of<script::worker>(world, "w").size() == 1);
}

TEST_CASE("where spans are kept a command without a trace begins one, named by its conversation") {
  kept_spans spans;
  script_world<answered_saga> world;
  world.trace_to(spans);
  const correlation_id talk{derive_command_id("talk").value};
  world.ask<script::speaker>("sue", script::speaker_cmd::open{.key = "a", .text = "send w tidy"},
                             {.correlation = talk});
  world.settle(10s);
  REQUIRE(spans.all.size() == 4);
  for (const trace_span& s : spans.all) CHECK(s.at.trace == talk.value);
  CHECK(to_hex(spans.all.front().parent) == "0000000000000000");
}

}  // namespace reprise::sagas::testing
