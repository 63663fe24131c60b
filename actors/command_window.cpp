// SPDX-License-Identifier: Apache-2.0
#include "actors/command_window.hpp"

#include <algorithm>
#include <ranges>

namespace reprise::actors {

using persistence::remembered_command;

const remembered_command* command_window::find(const command_id& id, timestamp now,
                                               const options& limits) const {
  for (auto it = commands_.rbegin(); it != commands_.rend(); ++it) {
    if (it->id != id) continue;
    return now - it->time > limits.remembered_for ? nullptr : &*it;
  }
  return nullptr;
}

std::uint32_t command_window::remember(const remembered_command& command, const options& limits) {
  if (!commands_.empty() && commands_.back().id == command.id) {
    commands_.back() = command;
    return 0;
  }
  // What is older than the window can never be found again: drop it before the count is looked at.
  const auto young = std::ranges::find_if(commands_, [&](const remembered_command& c) {
    return command.time - c.time <= limits.remembered_for;
  });
  commands_.erase(commands_.begin(), young);
  std::uint32_t dropped = 0;
  while (!commands_.empty() && commands_.size() >= limits.remembered_commands) {
    commands_.erase(commands_.begin());
    ++dropped;
  }
  if (limits.remembered_commands > 0) commands_.push_back(command);
  return dropped;
}

const remembered_command* command_window::find(const detail::delivery& from) const {
  for (const persistence::delivered_command& one : delivered_) {
    if (one.from.same_source(from)) return from.comes_after(one.from) ? nullptr : &one.command;
  }
  return nullptr;
}

void command_window::remember(const remembered_command& command, const detail::delivery& from) {
  for (persistence::delivered_command& one : delivered_) {
    if (!one.from.same_source(from)) continue;
    one = {.from = from, .command = command};
    return;
  }
  delivered_.push_back({.from = from, .command = command});
}

void command_window::committed(const command_id& id, position at, timestamp when) {
  for (auto it = commands_.rbegin(); it != commands_.rend(); ++it) {
    if (it->id != id) continue;
    it->at = at;
    it->time = when;
    return;
  }
  for (persistence::delivered_command& one : delivered_) {
    if (one.command.id != id) continue;
    one.command.at = at;
    one.command.time = when;
    return;
  }
}

}  // namespace reprise::actors
