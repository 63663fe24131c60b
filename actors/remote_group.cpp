// SPDX-License-Identifier: Apache-2.0
#include "actors/remote_group.hpp"

#include <reprise/codec.hpp>

#include <optional>

namespace reprise::actors {
namespace {

result<void> outcome_of(const result<detail::raw_answer>& answer) {
  if (!answer) return answer.error();
  if (answer->why) return error{errc::invalid_argument, answer->why->why};
  return {};
}

}  // namespace

result<void> remote_group::order(const std::vector<partition_cursor>& again) {
  std::map<std::uint32_t, decision> all;
  for (const partition_cursor& where : again) {
    all[where.partition.value].again.push_back(where.through.value);
  }
  return tell(all);
}

result<void> remote_group::skip(const std::vector<partition_cursor>& which) {
  std::map<std::uint32_t, decision> all;
  for (const partition_cursor& where : which) {
    all[where.partition.value].skipped.push_back(where.through.value);
  }
  return tell(all);
}

// What one partition cannot do now keeps no other one from it.
result<void> remote_group::tell(const std::map<std::uint32_t, decision>& all) const {
  std::vector<std::shared_ptr<detail::pending_ask>> asked;
  asked.reserve(all.size());
  for (const auto& [partition, what] : all) {
    detail::outgoing_command command{
        .to = consumers::ledger_of(
            name_, {partition},
            [this](const aggregate_key& aggregate) { return log_.partition_of(aggregate); }),
        .command = decision::tag};
    codec<decision>::encode(what, command.payload);
    asked.push_back(ask_(std::move(command)));
  }
  std::optional<error> first;
  std::size_t refused = 0;
  for (const auto& pending : asked) {
    const auto done = outcome_of(pending->wait());
    if (done) continue;
    ++refused;
    if (!first) first = done.error();
  }
  if (!first) return {};
  first->message = std::to_string(asked.size() - refused) + " of " + std::to_string(asked.size()) +
                   " partitions carried it out; one said: " + first->message;
  return *first;
}

}  // namespace reprise::actors
