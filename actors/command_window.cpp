// SPDX-License-Identifier: Apache-2.0
#include "actors/command_window.hpp"

#include <algorithm>
#include <ranges>

namespace reprise::actors {

using persistence::remembered_command;

const remembered_command* command_window::find(const command_id& id, base::clock::instant now,
                                               const options& limits) const {
  for (auto it = commands_.rbegin(); it != commands_.rend(); ++it) {
    if (it->command.id != id) continue;
    return now - it->since > limits.remembered_for ? nullptr : &it->command;
  }
  return nullptr;
}

std::uint32_t command_window::remember(const remembered_command& command, base::clock::instant now,
                                       const options& limits) {
  if (!commands_.empty() && commands_.back().command.id == command.id) {
    commands_.back() = {.command = command, .since = now};
    return 0;
  }
  // What is older than the window can never be found again: drop it before the count is looked at.
  const auto young = std::ranges::find_if(
      commands_, [&](const remembered& c) { return now - c.since <= limits.remembered_for; });
  commands_.erase(commands_.begin(), young);
  std::uint32_t dropped = 0;
  while (!commands_.empty() && commands_.size() >= limits.remembered_commands) {
    commands_.erase(commands_.begin());
    ++dropped;
  }
  if (limits.remembered_commands > 0) {
    commands_.push_back({.command = command, .since = now});
  }
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

void command_window::committed(const command_id& id, position at, base::clock::instant now) {
  for (auto it = commands_.rbegin(); it != commands_.rend(); ++it) {
    if (it->command.id != id) continue;
    it->command.at = at;
    it->since = now;
    return;
  }
  for (persistence::delivered_command& one : delivered_) {
    if (one.command.id != id) continue;
    one.command.at = at;
    return;
  }
}

std::vector<remembered_command> command_window::all() const {
  std::vector<remembered_command> out;
  out.reserve(commands_.size());
  for (const remembered& one : commands_) out.push_back(one.command);
  return out;
}

void command_window::restore(const std::vector<remembered_command>& commands,
                             std::vector<persistence::delivered_command> delivered,
                             base::clock::instant now) {
  commands_.clear();
  commands_.reserve(commands.size());
  for (const remembered_command& one : commands) {
    commands_.push_back({.command = one, .since = now});
  }
  delivered_ = std::move(delivered);
}

}  // namespace reprise::actors
