// SPDX-License-Identifier: Apache-2.0
#include "cluster/read_index.hpp"

#include <algorithm>
#include <iterator>
#include <string>

namespace reprise::cluster {
namespace {

error stopped() {
  return {errc::stopped, "the node is shut down"};
}

// Up to where it is committed, of what was heard; nothing while no lead is confirmed.
std::optional<position> confirmed_end(const heard_standings& heard) {
  std::optional<position> end;
  for (const auto& [from, standing] : heard) {
    if (!standing.leads() || !is_confirmed(standing, heard)) continue;
    end = std::max(end.value_or(position{}), standing.committed);
  }
  return end;
}

}  // namespace

void read_index::ask(base::clock::instant deadline, const told& then) {
  if (!come_.add({deadline, then})) return then(stopped());
  transport_.wake();
}

void read_index::tick() {
  expire();
  if (round_ && ++round_->ticks % ask_again_every_ticks == 0) put_question();
  flush();
}

void read_index::flush() {
  while (round_ || begin()) {
    const auto known = ends();
    if (!known) return;
    finish(*known);
  }
}

bool read_index::begin() {
  calls come = come_.take();
  if (come.empty()) return false;
  round_.emplace(++last_round_, std::move(come), replicas_.partitions());
  put_question();
  return true;
}

void read_index::put_question() {
  hear(replicas_.self(), replicas_.standings({}));
  for (const replica_id peer : replicas_.peers()) {
    // What is lost is asked again.
    static_cast<void>(transport_.send(peer, frame_kind::standing_question,
                                      encode(standing_question{.round = round_->number})));
  }
}

void read_index::hear(replica_id from, const std::vector<partition_standing>& standings) {
  for (const partition_standing& each : standings) {
    if (each.partition.value >= round_->inquiries.size()) continue;
    inquiry& about = round_->inquiries[each.partition.value];
    if (about.end) continue;
    about.heard.insert_or_assign(from, each);
    about.end = confirmed_end(about.heard);
  }
}

void read_index::finish(const result<committed_ends>& how) {
  const calls callers = std::move(round_->callers);
  round_.reset();
  base::tell(callers, how);
}

std::optional<committed_ends> read_index::ends() const {
  committed_ends all;
  for (const inquiry& each : round_->inquiries) {
    if (!each.end) return {};
    all.push_back(*each.end);
  }
  return all;
}

error read_index::what_lacks() const {
  const auto lacking =
      std::ranges::find_if(round_->inquiries, [](const inquiry& each) { return !each.end; });
  const auto partition = lacking - round_->inquiries.begin();
  return {errc::unavailable,
          "partition " + std::to_string(partition) +
              ": no leader with a majority behind it has said how far it goes, so this node may "
              "not have all of it; a stale read shows what it has"};
}

void read_index::expire() {
  const auto now = time_.steady();
  calls late;
  if (round_) base::move_late(round_->callers, now, late);
  come_.move_late(now, late);
  if (late.empty()) return;
  const result<committed_ends> why =
      round_ ? what_lacks() : error{errc::unavailable, "there was no time to ask anybody"};
  if (round_ && round_->callers.empty()) round_.reset();
  base::tell(late, why);
}

void read_index::received_answer(replica_id peer, bytes_view body) {
  const auto answer = decode_standing_answer(body);
  if (!answer || !round_ || answer->round != round_->number) return;
  hear(peer, answer->standings);
  flush();
}

void read_index::end() {
  calls left = come_.end();
  if (round_) std::ranges::move(round_->callers, std::back_inserter(left));
  round_.reset();
  base::tell(left, result<committed_ends>(stopped()));
}

}  // namespace reprise::cluster
