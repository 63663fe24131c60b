// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/append_load.hpp"

#include "benchmarks/stopwatch.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <utility>

namespace reprise::benchmarks {
namespace {

constexpr std::size_t record_bytes_without_payload = 64 + 16 + 8;

std::string id_of(std::uint32_t aggregate) {
  // Eight characters: what takes no room of its own, here and in the log.
  constexpr std::array<char, 16> digits{'0', '1', '2', '3', '4', '5', '6', '7',
                                        '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
  std::string id(8, '0');
  for (std::size_t i = 0; i < id.size(); ++i) id[7 - i] = digits[(aggregate >> (4 * i)) & 15U];
  return id;
}

}  // namespace

append_load::append_load(persistence::journal& log, aggregate_type_id type,
                         std::uint32_t aggregates, std::size_t record_bytes)
    : log_(log), aggregates_(aggregates), heads_(aggregates + std::size_t{1}) {
  request_.aggregate = {type, "", ""};
  request_.events.resize(1);
  request_.events[0].type = 1;
  request_.events[0].payload.assign(record_bytes - record_bytes_without_payload, std::byte{7});
}

aggregate_key append_load::heavy() const {
  return {request_.aggregate.type, "", "theheavy"};
}

void append_load::favour_one(std::uint32_t one_in, std::uint64_t events) {
  favour_one_in_ = one_in;
  favour_until_ = events;
}

std::uint32_t append_load::draw() {
  // Marsaglia's xorshift64.
  random_ ^= random_ << 13U;
  random_ ^= random_ >> 7U;
  random_ ^= random_ << 17U;
  if (favour_one_in_ != 0 && (random_ >> 40U) % favour_one_in_ == 0 &&
      heads_[aggregates_] < favour_until_) {
    return aggregates_;
  }
  return static_cast<std::uint32_t>(random_ % aggregates_);
}

void append_load::append_next(std::uint64_t tag) {
  const std::uint32_t aggregate = draw();
  persistence::append_request request = request_;
  request.aggregate.id = aggregate == aggregates_ ? heavy().id : id_of(aggregate);
  request.expected = persistence::expectation::exact({heads_[aggregate]++});
  const std::array<std::uint64_t, 2> id{++events_, 0x6576656e74};
  std::memcpy(request.events[0].id.value.data(), id.data(), sizeof id);
  log_.append(std::move(request), *this, tag);
}

double append_load::keep(std::uint32_t batch, std::uint32_t groups, double seconds) {
  ends_ = clock_type::now() +
          std::chrono::duration_cast<clock_type::duration>(std::chrono::duration<double>(seconds));
  left_ = std::numeric_limits<std::uint64_t>::max();
  return run(batch, groups);
}

double append_load::write(std::uint64_t events, std::uint32_t batch) {
  ends_ = clock_type::time_point::max();
  left_ = events;
  return run(batch, 2);
}

double append_load::run(std::uint32_t batch, std::uint32_t groups) {
  open_loop_ = false;
  batch_ = batch;
  answered_ = 0;
  answered_of_.assign(groups, 0);
  whole_.clear();
  for (std::uint32_t g = 0; g < groups; ++g) whole_.push_back(g);
  std::uint32_t under_way = 0;
  const stopwatch since;
  std::unique_lock hold(mutex_);
  do {
    changed_.wait(hold, [this] { return !whole_.empty(); });
    const std::vector<std::uint32_t> next = std::exchange(whole_, {});
    hold.unlock();
    for (const std::uint32_t group : next) {
      if (answered_of_[group] != 0) --under_way;
      answered_of_[group] = 0;
      if (left_ < batch || clock_type::now() >= ends_) continue;
      left_ -= batch;
      ++under_way;
      for (std::uint32_t i = 0; i < batch; ++i) append_next(group);
    }
    hold.lock();
  } while (under_way != 0);
  return rate_over(since.seconds());
}

latencies append_load::offer(double per_second, double seconds) {
  open_loop_ = true;
  const auto count = static_cast<std::uint64_t>(per_second * seconds);
  due_.assign(count, {});
  took_us_.assign(count, 0);
  expected_ = count;
  answered_ = 0;
  const auto began = clock_type::now();
  for (std::uint64_t i = 0; i < count; ++i) {
    due_[i] = began + std::chrono::nanoseconds(
                          static_cast<std::int64_t>(static_cast<double>(i) * 1e9 / per_second));
    // One core belongs to the load; the journal's thread has the other.
    while (clock_type::now() < due_[i]) {
    }
    append_next(i);
  }
  std::unique_lock hold(mutex_);
  changed_.wait(hold, [this] { return answered_ == expected_; });
  const double rate = rate_over(std::chrono::duration<double>(clock_type::now() - began).count());
  std::ranges::sort(took_us_);
  const auto share = [&](double of) {
    return static_cast<double>(took_us_[static_cast<std::size_t>(static_cast<double>(count) * of)]);
  };
  return {.p50_us = share(0.5), .p99_us = share(0.99), .p999_us = share(0.999), .rate = rate};
}

double append_load::rate_over(double seconds) const {
  if (refused_ != 0) throw std::runtime_error(std::to_string(refused_) + " appends were refused");
  return static_cast<double>(answered_) / seconds;
}

void append_load::appended(std::span<persistence::append_answer> answers) {
  const auto now = clock_type::now();
  const std::lock_guard hold(mutex_);
  answered_ += answers.size();
  for (const persistence::append_answer& answer : answers) {
    if (!answer.outcome) ++refused_;
    if (open_loop_) {
      took_us_[answer.tag] =
          std::chrono::duration<float, std::micro>(now - due_[answer.tag]).count();
    } else if (++answered_of_[answer.tag] == batch_) {
      whole_.push_back(static_cast<std::uint32_t>(answer.tag));
    }
  }
  // Waking the other thread for nothing would be measured too.
  if (open_loop_ ? answered_ == expected_ : !whole_.empty()) changed_.notify_one();
}

}  // namespace reprise::benchmarks
