// SPDX-License-Identifier: Apache-2.0
#include "actors/asked_check.hpp"

#include <string>
#include <utility>

namespace reprise::actors {

result<cluster::check_answer> asked_check::ask(const cluster::check_id& which) {
  const std::lock_guard hold(mutex_);
  if (stopped_) return error{errc::stopped, "the node is closed"};
  if (which_ != which) {
    const bool is_done_with = !which_ || (outcome_ && (told_ || is_forgotten()));
    if (!is_done_with) {
      return error{errc::overloaded, "this node's store is being checked for another client, " +
                                         std::to_string(at_.done) + " of " +
                                         std::to_string(at_.total) + " entries are done"};
    }
    // It has its outcome, so it waits for nothing any more.
    if (thread_.joinable()) thread_.join();
    which_ = which;
    at_ = {};
    outcome_.reset();
    told_ = false;
    asked_at_ = time_.steady();
    thread_ = std::thread([this] { run(); });
    return cluster::check_answer{};
  }
  asked_at_ = time_.steady();
  if (!outcome_) return cluster::check_answer{.at = at_};
  // It stays for the same question once more, should this answer be lost.
  told_ = true;
  if (!*outcome_) return outcome_->error();
  return cluster::check_answer{.at = at_, .found = **outcome_};
}

void asked_check::run() {
  auto found = of_.verify([this](const read_progress& at) { return goes_on(at); });
  const std::lock_guard hold(mutex_);
  outcome_ = std::move(found);
}

bool asked_check::goes_on(const read_progress& at) {
  const std::lock_guard hold(mutex_);
  at_ = at;
  return !stopped_ && !is_forgotten();
}

void asked_check::stop() {
  {
    const std::lock_guard hold(mutex_);
    stopped_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

}  // namespace reprise::actors
