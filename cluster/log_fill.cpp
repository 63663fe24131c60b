// SPDX-License-Identifier: Apache-2.0
#include "cluster/log_fill.hpp"

#include <string>

namespace reprise::cluster {
namespace {

error refused(log_index index, std::string_view what) {
  return {errc::corrupt,
          "filling at entry " + std::to_string(index.value) + ": " + std::string(what)};
}

result<messages::entry_header> header_at(const replica_log& log, log_index index) {
  auto stored = log.read(index);
  if (!stored) return stored.error();
  auto entry = open_log_entry(*stored);
  if (!entry) return entry.error();
  return entry->header;
}

}  // namespace

result<fill_answer> answer_fill(const replica_log& log, const fill_question& question) {
  const error unknown{errc::not_found, "the log does not hold entry " +
                                           std::to_string(question.target.value) + " of term " +
                                           std::to_string(question.in_term.value)};
  if (log.last() < question.target || question.from.value == 0) return unknown;
  auto target = header_at(log, question.target);
  if (!target) return target.error();
  if (target->term != question.in_term.value) return unknown;
  fill_answer answer;
  std::size_t size = 0;
  for (log_index at = question.from; at <= question.target; at = at.next()) {
    auto stored = log.read(at);
    if (!stored) return stored.error();
    size += stored->size();
    if (size > question.bytes_max && !answer.entries.empty()) break;
    answer.entries.push_back(*std::move(stored));
  }
  return answer;
}

result<log_fill> log_fill::begin(partition_id partition, const fill_request& request,
                                 const replica_log& own) {
  if (request.index <= request.keep || own.last() < request.keep) {
    return refused(request.index, "what is committed here reaches beyond it");
  }
  log_fill made(partition, request, own);
  made.next_ = request.keep.next();
  if (request.keep.value > 0) {
    auto kept = header_at(own, request.keep);
    if (!kept) return kept.error();
    made.last_ = kept->last();
    made.last_term_ = {kept->term};
  }
  return made;
}

fill_question log_fill::next_question() const {
  return {.target = request_.index, .in_term = request_.term, .from = next_};
}

result<log_write> log_fill::take(const fill_answer& answer) {
  // What is taken before an entry that does not fit is not taken either.
  log_fill after = *this;
  log_write write;
  for (const bytes& stored : answer.entries) {
    if (after.done()) return refused(after.next_, "more than was asked for");
    if (auto taken = after.take_one(stored, write); !taken) return taken.error();
  }
  if (after.done() && !after.replacing_ && own_->last() > request_.index) {
    write.cut_from = request_.index.next();
  }
  *this = after;
  return write;
}

result<void> log_fill::take_one(bytes_view stored, log_write& write) {
  auto entry = open_log_entry(stored);
  if (!entry) return entry.error();
  const messages::entry_header& header = entry->header;
  const bool at_target = next_ == request_.index;
  if (header.partition != partition_ || entry->index() != next_ || header.first != last_.next() ||
      entry->in_term() < last_term_ || entry->in_term() > request_.term ||
      (at_target && entry->in_term() != request_.term)) {
    return refused(next_, "what was answered does not continue the log");
  }
  if (!replacing_ && next_ <= own_->last()) {
    auto own = header_at(*own_, next_);
    if (!own) return own.error();
    replacing_ = own->term != header.term;
    if (replacing_) write.cut_from = next_;
  } else {
    replacing_ = true;
  }
  last_ = header.last();
  last_term_ = entry->in_term();
  next_ = next_.next();
  if (replacing_) write.entries.push_back(*std::move(entry));
  return {};
}

}  // namespace reprise::cluster
