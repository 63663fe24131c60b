// SPDX-License-Identifier: Apache-2.0
#include "actors/saga_task.hpp"

namespace reprise::actors {

using sagas::courier;

pooled_task::next saga_task::run() {
  const std::lock_guard hold(mutex_);
  if (closed_) return {.when = again::never};
  std::vector<answer> came = inbox_.with([](auto& in) { return std::exchange(in, {}); });
  for (answer& one : came) what_->answered(one.token, std::move(one.outcome));
  const courier::progress done = what_->advance();
  return {.when = done.is == courier::state::more ? again::at_once : again::when_woken,
          .due = done.due};
}

void saga_task::send(std::uint64_t token, detail::outgoing_command command) {
  await(token, outlets_.ask(std::move(command)));
}

void saga_task::send_here(std::uint64_t token, detail::outgoing_command command) {
  await(token, outlets_.ask_here(std::move(command)));
}

void saga_task::await(std::uint64_t token, const std::shared_ptr<detail::pending_ask>& pending) {
  // Whoever completes it holds it; held by itself, one that is never completed would stay for ever.
  pending->on_complete([self = weak_from_this(), token, &asked = *pending] {
    if (const auto alive = self.lock()) alive->put(token, asked.outcome());
  });
}

void saga_task::call(std::uint64_t token, sagas::outgoing_call what) {
  outlets_.call(what, [self = weak_from_this(), token](result<detail::raw_answer> outcome) {
    if (const auto alive = self.lock()) alive->put(token, std::move(outcome));
  });
}

// On whichever thread answers; also from within send().
void saga_task::put(std::uint64_t token, result<detail::raw_answer> outcome) {
  const bool first = inbox_.with([&](auto& in) {
    in.push_back({token, std::move(outcome)});
    return in.size() == 1;
  });
  if (first) pool_->wake(*this);
}

void saga_task::stop() {
  {
    const std::lock_guard hold(mutex_);
    if (closed_) return;
    closed_ = true;
    what_->finish();
  }
  pool_->remove(*this);
}

std::uint64_t saga_task::lag() {
  const std::lock_guard hold(mutex_);
  return what_->lag();
}

std::optional<error> saga_task::trouble() {
  const std::lock_guard hold(mutex_);
  return what_->trouble();
}

}  // namespace reprise::actors
