// SPDX-License-Identifier: Apache-2.0
#include "actors/logged_ledger.hpp"

#include "consumers/logged_group.hpp"

#include <chrono>
#include <utility>

namespace reprise::actors {
namespace {

using consumers::logged_group;
using cmd = logged_group::cmd;

// Longer than that no group waits to hear of a partition that has no leader.
constexpr std::chrono::seconds patience{5};

result<void> outcome_of(const result<detail::raw_answer>& answer) {
  if (!answer) return answer.error();
  if (answer->why) return error{errc::locked, answer->why->why};
  return {};
}

}  // namespace

logged_ledger::logged_ledger(outlets around, const std::string& group)
    : around_(std::move(around)) {
  ledgers_.reserve(around_.partitions);
  for (std::uint32_t partition = 0; partition < around_.partitions; ++partition) {
    ledgers_.push_back(consumers::ledger_of(group, {partition}, around_.home_of));
  }
}

template <class Command>
std::shared_ptr<detail::pending_ask> logged_ledger::ask(partition_id partition,
                                                        const Command& command) const {
  detail::outgoing_command out{.to = ledgers_[partition.value], .command = Command::tag};
  out.how.timeout = patience;
  codec<Command>::encode(command, out.payload);
  return around_.ask(std::move(out));
}

template <class Command>
void logged_ledger::ask_for_share(partition_id partition, const Command& command,
                                  const loaded& then) const {
  const auto pending = ask(partition, command);
  pending->on_complete([partition, then, pending] {
    if (auto done = outcome_of(pending->outcome()); !done) {
      return then(partition, std::move(done).error());
    }
    const auto ledger = codec<typename Command::reply>::decode(pending->outcome()->reply);
    if (!ledger) return then(partition, ledger.error());
    consumers::group_share share = consumers::share_of(partition, *ledger);
    share.known = pending->outcome()->at.sequence;
    then(partition, std::move(share));
  });
}

void logged_ledger::load(partition_id partition, position begin, const loaded& then) {
  ask_for_share(partition, cmd::load{.begin = begin.value}, then);
}

void logged_ledger::look(partition_id partition, const loaded& then) {
  ask_for_share(partition, cmd::look{}, then);
}

void logged_ledger::keep(std::vector<consumers::group_change> all, const kept& then) {
  for (const consumers::group_change& change : all) {
    const auto pending = ask(change.partition, consumers::keep_of(change));
    pending->on_complete([partition = change.partition, holding = change.holding, then, pending] {
      if (auto done = outcome_of(pending->outcome()); !done) {
        return then(partition, holding, std::move(done).error());
      }
      then(partition, holding, pending->outcome()->at.sequence);
    });
  }
}

result<void> logged_ledger::forget() {
  std::vector<std::shared_ptr<detail::pending_ask>> all;
  all.reserve(ledgers_.size());
  for (std::uint32_t i = 0; i < ledgers_.size(); ++i) all.push_back(ask({i}, cmd::forget{}));
  result<void> done;
  for (const auto& pending : all) {
    if (auto one = outcome_of(pending->wait()); !one) done = std::move(one);
  }
  return done;
}

}  // namespace reprise::actors
