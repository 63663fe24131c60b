// SPDX-License-Identifier: Apache-2.0
#include "actors/call_handlers.hpp"

#include <reprise/detail/aggregate_type.hpp>

#include <cstdint>
#include <utility>
#include <variant>

namespace reprise::actors {
namespace {

// They mostly wait for others.
constexpr std::uint32_t threads_of_calls = 4;

}  // namespace

void call_handlers::set(std::string name, call_handler handler) {
  state_.with([&](state& s) {
    if (!s.threads) s.threads = std::make_shared<worker_pool>(threads_of_calls);
    s.handlers.insert_or_assign(std::move(name), std::move(handler));
  });
}

void call_handlers::call(const std::string& name, const command_id& key, const bytes& request,
                         std::function<void(result<detail::raw_answer>)> then) {
  auto [handler, threads] = state_.with([&](const state& s) {
    const auto found = s.handlers.find(name);
    return std::pair(found == s.handlers.end() ? call_handler() : found->second, s.threads);
  });
  if (!handler) {
    then(error{errc::not_hosted, "no function with the name " + name + " is registered here"});
    return;
  }
  threads->submit([name, key, request, handler = std::move(handler), then = std::move(then)] {
    result<detail::raw_answer> outcome = detail::raw_answer{};
    const auto done = detail::contained(errc::handler_failed, "the function " + name, [&] {
      call_outcome said = handler(key, request);
      if (auto* failed = std::get_if<error>(&said)) {
        outcome = std::move(*failed);
      } else if (auto* why = std::get_if<rejection>(&said)) {
        outcome = detail::raw_answer{.why = std::move(*why)};
      } else {
        outcome = detail::raw_answer{.reply = std::get<bytes>(std::move(said))};
      }
    });
    then(done ? std::move(outcome) : result<detail::raw_answer>(done.error()));
  });
}

void call_handlers::stop() {
  const auto threads = state_.with([](const state& s) { return s.threads; });
  if (threads) threads->stop();
}

}  // namespace reprise::actors
