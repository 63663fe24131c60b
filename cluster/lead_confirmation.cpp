// SPDX-License-Identifier: Apache-2.0
#include "cluster/lead_confirmation.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace reprise::cluster {
namespace {

// What is not answered by then is asked again.
constexpr unsigned ask_again_every_ticks = 4;

error leads_no_longer(partition_id partition) {
  return {errc::unavailable,
          "this node does not lead partition " + std::to_string(partition.value)};
}

}  // namespace

void lead_confirmation::confirm(partition_id partition, told then) {
  inquiry& about = inquiries_[partition];
  about.next.push_back(std::move(then));
  if (about.callers.empty()) begin(partition);
}

// Nothing of a partition that this node has no replica of.
partition_standing lead_confirmation::own(partition_id partition) const {
  const auto known = replicas_.standings({partition});
  return known.empty() ? partition_standing{} : known.front();
}

void lead_confirmation::begin(partition_id partition) {
  inquiry& about = inquiries_[partition];
  about.callers = std::exchange(about.next, {});
  about.round = ++last_round_;
  about.in_term = own(partition).in_term;
  about.confirmed = {replicas_.self()};
  about.ticks = 0;
  put_question(partition, about);
  settle(partition);
}

void lead_confirmation::put_question(partition_id partition, const inquiry& about) {
  const bytes question = encode(standing_question{.round = about.round, .of = {partition}});
  for (const replica_id voter : own(partition).voters) {
    // What is lost is asked again.
    if (voter != replicas_.self()) {
      static_cast<void>(transport_.send(voter, frame_kind::standing_question, question));
    }
  }
}

// Tells the callers what is known by now. They may ask anew while they are told.
void lead_confirmation::settle(partition_id partition) {
  inquiry& about = inquiries_[partition];
  const partition_standing now = own(partition);
  const bool leads = now.leads() && now.in_term == about.in_term;
  const auto confirmed = static_cast<std::size_t>(std::ranges::count_if(
      now.voters, [&](replica_id voter) { return about.confirmed.contains(voter); }));
  if (leads && confirmed * 2 <= now.voters.size()) return;
  const result<void> how = leads ? result<void>() : leads_no_longer(partition);
  const auto callers = std::move(about.callers);
  about.callers.clear();
  for (const told& then : callers) then(how);
  if (about.callers.empty() && !about.next.empty()) begin(partition);
}

void lead_confirmation::look() {
  for (auto& [partition, about] : inquiries_) {
    if (!about.callers.empty()) settle(partition);
  }
}

void lead_confirmation::tick() {
  for (auto& [partition, about] : inquiries_) {
    const bool is_due = !about.callers.empty() && ++about.ticks % ask_again_every_ticks == 0;
    if (is_due) put_question(partition, about);
  }
}

void lead_confirmation::received_answer(replica_id peer, bytes_view body) {
  const auto answer = decode_standing_answer(body);
  if (!answer) return;
  for (const partition_standing& each : answer->standings) {
    const auto found = inquiries_.find(each.partition);
    if (found == inquiries_.end()) continue;
    inquiry& about = found->second;
    if (about.callers.empty() || about.round != answer->round) continue;
    if (each.in_term > about.in_term) continue;
    about.confirmed.insert(peer);
    settle(each.partition);
  }
}

}  // namespace reprise::cluster
