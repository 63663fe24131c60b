// SPDX-License-Identifier: Apache-2.0
#include "cluster/lead_confirmation.hpp"

#include <string>
#include <utility>

namespace reprise::cluster {
namespace {

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

// Of a partition that this node has no replica of, that it does not lead.
partition_standing lead_confirmation::own(partition_id partition) const {
  const auto known = replicas_.standings({partition});
  return known.empty() ? partition_standing{.partition = partition} : known.front();
}

void lead_confirmation::begin(partition_id partition) {
  const partition_standing now = own(partition);
  inquiry& about = inquiries_[partition];
  about.callers = std::exchange(about.next, {});
  about.round = ++last_round_;
  about.in_term = now.in_term;
  about.heard = {{replicas_.self(), now}};
  about.ticks = 0;
  put_question(now, about.round);
  settle(now);
}

void lead_confirmation::put_question(const partition_standing& lead, std::uint64_t round) {
  const bytes question = encode(standing_question{.round = round, .of = {lead.partition}});
  for (const replica_id voter : lead.voters) {
    // What is lost is asked again.
    if (voter != replicas_.self()) {
      static_cast<void>(transport_.send(voter, frame_kind::standing_question, question));
    }
  }
}

// Tells the callers what is known by now. They may ask anew while they are told.
void lead_confirmation::settle(const partition_standing& now) {
  inquiry& about = inquiries_[now.partition];
  const bool leads = now.leads() && now.in_term == about.in_term;
  if (leads && !is_confirmed(now, about.heard)) return;
  const result<void> how = leads ? result<void>() : leads_no_longer(now.partition);
  const auto callers = std::move(about.callers);
  about.callers.clear();
  for (const told& then : callers) then(how);
  if (about.callers.empty() && !about.next.empty()) begin(now.partition);
}

void lead_confirmation::look() {
  for (auto& [partition, about] : inquiries_) {
    if (!about.callers.empty()) settle(own(partition));
  }
}

void lead_confirmation::tick() {
  for (auto& [partition, about] : inquiries_) {
    const bool is_due = !about.callers.empty() && ++about.ticks % ask_again_every_ticks == 0;
    if (is_due) put_question(own(partition), about.round);
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
    about.heard.insert_or_assign(peer, each);
    settle(own(each.partition));
  }
}

}  // namespace reprise::cluster
