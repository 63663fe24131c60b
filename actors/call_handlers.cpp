// SPDX-License-Identifier: Apache-2.0
#include "actors/call_handlers.hpp"

#include "base/trace_step.hpp"

#include <reprise/detail/aggregate_type.hpp>

#include <cstdint>
#include <utility>
#include <variant>

namespace reprise::actors {
namespace {

// They mostly wait for others.
constexpr std::uint32_t threads_of_calls = 4;

}  // namespace

call_handlers::registered::registered(call_handler function, const call_limits& limits,
                                      const std::string& name, reprise::metrics& measured)
    : handler(std::move(function)),
      gate(sagas::call_gate(limits)),
      made(measured.count("calls." + name + ".made")),
      failed(measured.count("calls." + name + ".failed")),
      held(measured.count("calls." + name + ".held_back")),
      circuit(measured.count("calls." + name + ".circuit")) {}

void call_handlers::set(const std::string& name, call_handler handler, const call_limits& limits) {
  auto made = std::make_shared<registered>(std::move(handler), limits, name, measured_);
  made->circuit.set(0);
  state_.with([&](state& s) {
    if (!s.threads) s.threads = drive_.jobs(threads_of_calls);
    s.handlers.insert_or_assign(name, std::move(made));
  });
}

std::shared_ptr<call_handlers::registered> call_handlers::find(const std::string& name) const {
  return state_.with([&](const state& s) {
    const auto found = s.handlers.find(name);
    return found == s.handlers.end() ? nullptr : found->second;
  });
}

std::optional<sagas::call_wait> call_handlers::hold(const std::string& name) {
  const auto what = find(name);
  if (!what) return {};
  const auto held = what->gate.with([&](sagas::call_gate& gate) {
    auto said = gate.begin(time_.steady());
    what->circuit.set(static_cast<std::uint64_t>(gate.state()));
    return said;
  });
  if (!held) return {};
  what->held.add();
  std::string why;
  if (held->is_trouble) {
    why += "the function ";
    why += name;
    why += " has failed too often and is not called for a while";
  }
  return sagas::call_wait{.until = held->until, .why = std::move(why)};
}

void call_handlers::call(const sagas::outgoing_call& what,
                         std::function<void(result<detail::raw_answer>)> then) {
  auto registered_now = find(what.handler);
  if (!registered_now) {
    then(error{errc::not_hosted,
               "no function with the name " + what.handler + " is registered here"});
    return;
  }
  const auto threads = state_.with([](const state& s) { return s.threads; });
  threads->submit([this, what, registered_now = std::move(registered_now), then = std::move(then)] {
    result<detail::raw_answer> outcome = detail::raw_answer{};
    run(*registered_now, what, outcome);
    then(std::move(outcome));
  });
}

void call_handlers::run(registered& what, const sagas::outgoing_call& call,
                        result<detail::raw_answer>& outcome) {
  attributes headers = call.headers;
  const auto step = base::take_step(headers, call.key);
  std::unique_ptr<command_span> span;
  if (step && step->at.sampled && traces_ != nullptr) {
    span = traces_->begin_call(*step, call.handler, call.key);
  }
  const outside_call shown{.key = call.key,
                           .request = call.request,
                           .traceparent = step ? to_traceparent(step->at) : std::string()};
  const auto done = detail::contained(errc::handler_failed, "the function " + call.handler, [&] {
    call_outcome said = what.handler(shown);
    if (auto* failed = std::get_if<error>(&said)) {
      outcome = std::move(*failed);
    } else if (auto* why = std::get_if<rejection>(&said)) {
      outcome = detail::raw_answer{.why = std::move(*why)};
    } else {
      outcome = detail::raw_answer{.reply = std::get<bytes>(std::move(said))};
    }
  });
  if (!done) outcome = done.error();
  what.made.add();
  if (!outcome) what.failed.add();
  what.gate.with([&](sagas::call_gate& gate) {
    gate.end(!outcome, time_.steady());
    what.circuit.set(static_cast<std::uint64_t>(gate.state()));
  });
  if (span) span->end(outcome);
}

void call_handlers::stop() {
  const auto threads = state_.with([](const state& s) { return s.threads; });
  if (threads) threads->stop();
}

}  // namespace reprise::actors
