// SPDX-License-Identifier: Apache-2.0
#include "consumers/logged_group.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace reprise::consumers {

logged_group::decision logged_group::on(const cmd::load& c) const {
  return ev::loaded{.begin = c.begin};
}

logged_group::decision logged_group::on(const cmd::keep& c) const {
  if (!isBegun || c.holder != holder) {
    return reject(std::string(taken_over), "another node has taken the partition up since");
  }
  return ev::kept{
      .through = std::max(c.through, through), .parked = c.parked, .settled = c.settled};
}

logged_group::decision logged_group::on(const cmd::forget& /*c*/) const {
  if (!isBegun) return nothing;
  return ev::forgotten{};
}

// Only what there is to be done.
logged_group::decision logged_group::on(const cmd::order& c) const {
  ev::ordered out;
  for (const log::parked_event& p : parked) {
    if (std::ranges::find(c.skipped, p.at) != c.skipped.end()) {
      out.skipped.push_back(p.at);
    } else if (!p.ordered && std::ranges::find(c.again, p.at) != c.again.end()) {
      out.again.push_back(p.at);
    }
  }
  if (out.again.empty() && out.skipped.empty()) return nothing;
  return out;
}

void logged_group::apply(const ev::loaded& e) {
  ++holder;
  if (!std::exchange(isBegun, true)) through = e.begin;
}

void logged_group::apply(const ev::kept& e) {
  through = e.through;
  std::erase_if(parked, [&](const log::parked_event& p) {
    return std::ranges::find(e.settled, p.at) != e.settled.end() ||
           std::ranges::find(e.parked, p.at, &log::parked_event::at) != e.parked.end();
  });
  parked.insert(parked.end(), e.parked.begin(), e.parked.end());
  std::ranges::sort(parked, {}, &log::parked_event::at);
}

void logged_group::apply(const ev::ordered& e) {
  std::erase_if(parked, [&](const log::parked_event& p) {
    return std::ranges::find(e.skipped, p.at) != e.skipped.end();
  });
  for (log::parked_event& p : parked) {
    p.ordered = p.ordered || std::ranges::find(e.again, p.at) != e.again.end();
  }
}

// Who held it holds it no more: what they know of it is gone.
void logged_group::apply(const ev::forgotten& /*e*/) {
  ++holder;
  isBegun = false;
  through = 0;
  parked.clear();
}

// What follows the name brings it home: one of so many ids is in the partition that it is about.
aggregate_key ledger_of(const std::string& group, partition_id partition,
                        const std::function<partition_id(const aggregate_key&)>& home_of) {
  const std::string name = group + "/" + std::to_string(partition.value);
  aggregate_key key{.type = logged_group::api::type, .tenant = {}, .id = name};
  for (std::uint32_t n = 1; home_of(key) != partition; ++n) {
    key.id = name + "." + std::to_string(n);
  }
  return key;
}

std::optional<std::string> group_of_ledger(std::string_view id) {
  const auto end = id.rfind('/');
  if (end == std::string_view::npos) return {};
  return std::string(id.substr(0, end));
}

log::group_ledger_cmd::keep keep_of(const group_change& change) {
  log::group_ledger_cmd::keep out{.holder = change.holding, .through = change.through.value};
  for (const group_parked_event& what : change.parked) {
    out.parked.push_back({.at = what.at.value,
                          .cause = what.cause,
                          .assignments = what.assignments,
                          .parkedMicros = what.parked_at.time_since_epoch().count()});
  }
  for (const position at : change.settled) out.settled.push_back(at.value);
  return out;
}

group_share share_of(partition_id partition, const log::group_ledger_state& ledger) {
  group_share out{.partition = partition, .holding = ledger.holder, .through = {ledger.through}};
  for (const log::parked_event& p : ledger.parked) {
    out.parked.push_back({.partition = partition,
                          .at = {p.at},
                          .cause = p.cause,
                          .assignments = p.assignments,
                          .parked_at = timestamp(std::chrono::microseconds(p.parkedMicros))});
    if (p.ordered) out.ordered.push_back({p.at});
  }
  return out;
}

}  // namespace reprise::consumers
