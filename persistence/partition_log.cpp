// SPDX-License-Identifier: Apache-2.0
#include "persistence/partition_log.hpp"

#include "base/assert.hpp"
#include "messages/little_endian.hpp"
#include "persistence/expectation_check.hpp"
#include "persistence/head_fold.hpp"
#include "persistence/repeat_check.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace reprise::persistence {
namespace {

// An answer that rests on nothing written: what was asked for could not even be tried.
bool rests_on_nothing(const result<append_receipt>& outcome) {
  if (outcome) return false;
  const errc code = outcome.error().code;
  return code == errc::invalid_argument || code == errc::too_large || code == errc::corrupt;
}

}  // namespace

void partition_log::encoded_batch::clear() {
  body.clear();
  offsets.clear();
  headers.clear();
  tags.clear();
}

void partition_log::restore(head_map heads, const partition_tail& tail) {
  REPRISE_ASSERT(staged_.empty(), "recovery comes before appends");
  heads_ = std::move(heads);
  tail_ = tail;
  staged_tail_ = tail;
}

std::uint64_t partition_log::append(const append_request& request, const aggregate_hash& aggregate,
                                    reply_to whom) {
  batch_.clear();
  result<append_receipt> outcome = decide(request, aggregate);
  const bool rests = !rests_on_nothing(outcome);
  answer(whom, std::move(outcome), rests);
  return batch_.body.size();
}

std::uint64_t partition_log::retire(const aggregate_key& key, const aggregate_hash& aggregate,
                                    const retirement& how, reply_to whom) {
  batch_.clear();
  result<append_receipt> outcome = decide(key, aggregate, how);
  const bool rests = !rests_on_nothing(outcome);
  answer(whom, std::move(outcome), rests);
  return batch_.body.size();
}

std::uint64_t partition_log::pass(position last, reply_to whom) {
  std::uint64_t bytes = 0;
  while (staged_tail_.last < last) {
    staged_entry& made = stage_of_log();
    messages::encode_record({.kind = messages::barrier_record}, made.header.first, made.body);
    made.offsets.push_back(0);
    bytes += made.body.size();
  }
  answer(whom, receipt_of(last, {}, false), true);
  return bytes;
}

void partition_log::refuse(reply_to whom, error why) {
  answer(whom, std::move(why), false);
}

void partition_log::answer(reply_to whom, result<append_receipt> outcome, bool rests) {
  std::vector<pending_answer>& behind = staged_.empty() ? due_ : staged_.back().answers;
  behind.push_back({whom.listener, whom.tag, std::move(outcome), rests});
}

aggregate_head partition_log::staged_head(const aggregate_hash& aggregate) const {
  const aggregate_head staged = overlay_.find(aggregate);
  return staged.is == aggregate_head::state::absent ? heads_.find(aggregate) : staged;
}

append_receipt partition_log::receipt_of(position at, sequence n, bool repeated) const {
  return {.last = {.partition = partition_, .at = at, .sequence = n}, .repeated = repeated};
}

result<append_receipt> partition_log::decide(const append_request& request,
                                             const aggregate_hash& aggregate) {
  const aggregate_head head = staged_head(aggregate);
  if (auto no = closed(request.aggregate, request.expected, head)) return std::move(*no);
  const bool matches = holds(request.expected, head);
  if (request.events.empty()) {
    if (!matches) return conflict(request.aggregate, request.expected, head);
    return receipt_of(head.at, head.last, false);
  }

  const bool live = head.is == aggregate_head::state::live;
  const bool any = request.expected.what == expectation::kind::any;
  if (live && (any || !matches)) {
    const repeat_check stored(*this, head, request);
    // Where the batch's first event would stand, had it been stored as it was expected to.
    sequence first = request.expected.at.next();
    if (request.expected.what == expectation::kind::none) {
      first = std::max(head.begins, request.first_sequence);
    }
    const auto found = any ? stored.anywhere() : stored.against(first);
    if (!found) return found.error();
    if (found->is == repeat_check::verdict::repeated) {
      return receipt_of(found->at, found->last, true);
    }
    if (found->is == repeat_check::verdict::inconsistent) {
      return error{errc::inconsistent_retry,
                   "append to " + request.aggregate.id +
                       ": its first event is stored, and what follows there is not the batch"};
    }
  }
  if (!matches) return conflict(request.aggregate, request.expected, head);
  return encode(request, aggregate, head);
}

result<append_receipt> partition_log::encode(const append_request& request,
                                             const aggregate_hash& aggregate,
                                             const aggregate_head& head) {
  if (auto fine = messages::encode_attributes(request.headers, batch_.headers); !fine) {
    return std::move(fine).error();
  }
  const bool imported =
      head.is == aggregate_head::state::absent && request.first_sequence.value != 0;
  messages::record record{.kind = static_cast<std::uint8_t>(record_kind::event),
                          .type = request.aggregate.type,
                          .tenant = request.aggregate.tenant,
                          .id = request.aggregate.id,
                          .sequence = imported ? request.first_sequence : head.last.next(),
                          .previous = head.at,
                          .time = std::max(request.time, staged_tail_.last_time),
                          .command = request.command,
                          .command_hash = request.command_hash,
                          .correlation = request.correlation,
                          .headers = batch_.headers};
  aggregate_head after = head;
  position at = staged_tail_.last;
  for (std::size_t i = 0; i < request.events.size(); ++i) {
    const new_event& event = request.events[i];
    batch_.tags.clear();
    if (auto fine = messages::encode_attributes(event.tags, batch_.tags); !fine) {
      batch_.clear();
      return std::move(fine).error();
    }
    record.event_type = event.type;
    record.batch_index = static_cast<std::uint16_t>(i);
    record.event = id_of_event(request, i);
    record.tags = batch_.tags;
    record.payload = event.payload;
    at = at.next();
    batch_.offsets.push_back(static_cast<std::uint32_t>(batch_.body.size()));
    messages::encode_record(record, at, batch_.body);
    if (batch_.body.size() > limits_.batch_bytes_max) {
      // The size so far is enough to say no.
      const std::uint64_t size = batch_.body.size();
      batch_.clear();
      return too_large("a batch", size, limits_.batch_bytes_max);
    }
    after = head_after(after, record, at);
    record.previous = at;
    record.sequence = record.sequence.next();
  }
  stage(aggregate, after, record.time);
  return receipt_of(after.at, after.last, false);
}

result<append_receipt> partition_log::decide(const aggregate_key& key,
                                             const aggregate_hash& aggregate,
                                             const retirement& how) {
  using state = aggregate_head::state;
  const aggregate_head head = staged_head(aggregate);
  if (auto no = closed(key, how.expected, head)) return std::move(*no);
  if (head.is == state::deleted && how.how != record_kind::tombstone) {
    return error{errc::deleted, key.id + " was deleted"};
  }
  if (!holds(how.expected, head)) return conflict(key, how.expected, head);

  std::array<std::byte, 8> before{};
  messages::record record{.kind = static_cast<std::uint8_t>(how.how),
                          .type = key.type,
                          .tenant = key.tenant,
                          .id = key.id,
                          .sequence = head.last,
                          .previous = head.at,
                          .time = std::max(how.time, staged_tail_.last_time)};
  if (how.how == record_kind::truncation) {
    if (head.is == state::absent) return error{errc::not_found, key.id + " has no events"};
    const sequence least = std::min(how.before, head.last.next());
    // What is hidden stays hidden.
    if (least <= head.first_readable) return receipt_of(head.at, head.last, true);
    messages::store(before.data(), least.value);
    record.payload = before;
  }
  // There is nothing to delete.
  if (how.how == record_kind::deletion && head.is == state::absent) {
    return receipt_of(head.at, head.last, false);
  }
  const position at = staged_tail_.last.next();
  batch_.offsets.push_back(0);
  messages::encode_record(record, at, batch_.body);
  stage(aggregate, head_after(head, record, at), record.time);
  return receipt_of(at, head.last, false);
}

void partition_log::stage(const aggregate_hash& aggregate, const aggregate_head& head,
                          timestamp time) {
  const auto count = static_cast<std::uint32_t>(batch_.offsets.size());
  const bool fits = !staged_.empty() && !staged_.back().taken && !staged_.back().heads.empty() &&
                    staged_.back().header.records + count <= messages::entry_records_max &&
                    staged_.back().body.size() + batch_.body.size() <= limits_.entry_bytes_usual;
  if (!fits) {
    staged_entry& made = staged_.emplace_back();
    made.header.partition = partition_;
    made.header.first = staged_tail_.last.next();
    made.header.index = ++staged_tail_.index;
  }
  staged_entry& entry = staged_.back();
  const auto body_before = static_cast<std::uint32_t>(entry.body.size());
  for (const std::uint32_t offset : batch_.offsets) entry.offsets.push_back(body_before + offset);
  entry.body.insert(entry.body.end(), batch_.body.begin(), batch_.body.end());
  entry.header.records += count;
  entry.heads.emplace_back(aggregate, head);
  entry.last_time = time;
  overlay_.put(aggregate, head);
  staged_tail_.last.value += count;
  staged_tail_.last_time = time;
}

// A place for one record of the log's own, behind all that is staged.
staged_entry& partition_log::stage_of_log() {
  staged_entry& made = staged_.emplace_back();
  staged_tail_.last = staged_tail_.last.next();
  made.header = {.partition = partition_,
                 .records = 1,
                 .first = staged_tail_.last,
                 .index = ++staged_tail_.index};
  made.last_time = staged_tail_.last_time;
  return made;
}

const staged_entry* partition_log::next() const {
  const auto found = std::ranges::find(staged_, false, &staged_entry::taken);
  return found == staged_.end() ? nullptr : &*found;
}

const staged_entry* partition_log::take() {
  const auto found = std::ranges::find(staged_, false, &staged_entry::taken);
  if (found == staged_.end()) return nullptr;
  found->taken = true;
  found->header.committed = tail_.last;
  return &*found;
}

std::optional<error> partition_log::adopt(const messages::entry& entry, std::uint64_t hash_seed,
                                          std::vector<aggregate_hash>& changed) {
  REPRISE_ASSERT(staged_.empty(), "what was staged rests on what is about to change");
  const messages::entry_header& header = entry.header();
  REPRISE_ASSERT(header.first == tail_.last.next() && header.index == tail_.index + 1,
                 "entries are folded in their order");
  timestamp last_time = tail_.last_time;
  for (position at = header.first; at <= header.last(); at = at.next()) {
    const auto record = entry.at(at);
    if (!record) return record.error();
    if (messages::is_of_log(record->kind)) continue;
    const aggregate_hash aggregate = hash_of(record->type, record->tenant, record->id, hash_seed);
    if (auto damage = fold_head(heads_, aggregate, *record, at)) return damage;
    last_time = std::max(last_time, record->time);
    changed.push_back(aggregate);
  }
  tail_ = {header.last(), header.index, last_time};
  staged_tail_ = tail_;
  return {};
}

std::uint64_t partition_log::committed(const std::optional<error>& instead) {
  REPRISE_ASSERT(!staged_.empty() && staged_.front().taken, "only a taken entry is committed");
  staged_entry& entry = staged_.front();
  for (const auto& [aggregate, head] : entry.heads) {
    heads_.put(aggregate, head);
    if (overlay_.find(aggregate).at == head.at) overlay_.erase(aggregate);
  }
  tail_ = {entry.header.last(), entry.header.index, entry.last_time};
  for (pending_answer& a : entry.answers) {
    if (instead && a.rests) a.outcome = *instead;
    due_.push_back(std::move(a));
  }
  const std::uint64_t size = entry.body.size();
  staged_.pop_front();
  return size;
}

std::uint64_t partition_log::lost(const error& taken, const error& rest) {
  std::uint64_t size = 0;
  for (staged_entry& entry : staged_) {
    size += entry.body.size();
    for (pending_answer& a : entry.answers) {
      if (a.rests) a.outcome = entry.taken ? taken : rest;
      due_.push_back(std::move(a));
    }
  }
  staged_.clear();
  overlay_.clear();
  staged_tail_ = tail_;
  return size;
}

result<void> partition_log::look(position at, const record_visit& visit) const {
  if (at <= tail_.last) return earlier_.look(at, visit);
  for (const staged_entry& entry : staged_) {
    if (at > entry.header.last()) continue;
    const std::size_t begin = entry.offsets[at.value - entry.header.first.value];
    const auto record = messages::decode_tested_record(bytes_view(entry.body).subspan(begin), at);
    if (!record) return record.error();
    visit(*record);
    return {};
  }
  return error{errc::corrupt, "no record at position " + std::to_string(at.value), at.value};
}

}  // namespace reprise::persistence
