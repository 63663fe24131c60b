// SPDX-License-Identifier: Apache-2.0
#include "persistence/partitioned_journal.hpp"

#include "base/log.hpp"
#include "persistence/aggregate_hash.hpp"
#include "persistence/log_reader.hpp"
#include "persistence/options.hpp"

#include <array>
#include <string>

namespace reprise::persistence {

partition_id partitioned_journal::partition_of(const aggregate_key& aggregate) const {
  return persistence::partition_of(aggregate, partitions());
}

bool partitioned_journal::saturated(partition_id /*partition*/) const {
  return staged_bytes_.load(std::memory_order_relaxed) >= limits_.staged_bytes_max;
}

// The way into a partition: `stage(log)` returns how many bytes it staged.
template <class Stage>
void partitioned_journal::enter(partition_id id, reply_to whom, const Stage& stage) {
  bool has_work = false;
  bool has_due = false;
  journal_partition& home = *partitions_[id.value];
  home.with([&](partition_state& p) {
    // Asked while the partition is locked: what close() finds staged is all there will ever be.
    std::optional<error> refused = refusal(id);
    if (!refused) refused = p.damage;
    if (!refused && saturated(id)) {
      refused = error{errc::overloaded, "appends that wait for their commit take " +
                                            std::to_string(limits_.staged_bytes_max) + " bytes"};
    }
    if (refused) {
      p.log.refuse(whom, std::move(*refused));
    } else {
      const std::uint64_t bytes = stage(p.log);
      staged_bytes_.fetch_add(bytes, std::memory_order_relaxed);
      has_work = bytes > 0 && !std::exchange(p.queued, true);
    }
    has_due = p.log.has_due();
  });
  if (has_work) staged(id);
  if (has_due) home.hand_out();
}

void partitioned_journal::append(append_request request, append_listener& listener,
                                 std::uint64_t tag) {
  const reply_to whom{&listener, tag};
  if (const auto fine = persistence::check(request.aggregate); !fine) {
    // It has no partition, so there is no order to keep.
    std::array<append_answer, 1> answer{append_answer{tag, fine.error()}};
    listener.appended(answer);
    return;
  }
  enter(partition_of(request.aggregate), whom, [&](partition_log& log) {
    if (auto fine = persistence::check(request, limits_); !fine) {
      log.refuse(whom, std::move(fine).error());
      return std::uint64_t{0};
    }
    return log.append(request, hash_of(request.aggregate, hash_seed_), whom);
  });
}

void partitioned_journal::retire(const aggregate_key& aggregate, record_kind how,
                                 expectation expected, sequence before, timestamp time,
                                 append_listener& listener, std::uint64_t tag) {
  const reply_to whom{&listener, tag};
  auto fine = persistence::check(aggregate);
  if (fine && how == record_kind::event) {
    fine = error{errc::invalid_argument, "an event does not retire an aggregate"};
  }
  if (!fine) {
    std::array<append_answer, 1> answer{append_answer{tag, std::move(fine).error()}};
    listener.appended(answer);
    return;
  }
  enter(partition_of(aggregate), whom, [&](partition_log& log) {
    return log.retire(aggregate, hash_of(aggregate, hash_seed_), {how, expected, before, time},
                      whom);
  });
}

void partitioned_journal::pass(partition_id partition, position last, append_listener& listener,
                               std::uint64_t tag) {
  if (auto fine = check(partition); !fine) {
    std::array<append_answer, 1> answer{append_answer{tag, std::move(fine).error()}};
    listener.appended(answer);
    return;
  }
  const reply_to whom{&listener, tag};
  enter(partition, whom, [&](partition_log& log) { return log.pass(last, whom); });
}

void partitioned_journal::abandon_staged(const error& taken, const error& rest) {
  for (const auto& p : partitions_) {
    p->with([&](partition_state& state) { settled(state.log.lost(taken, rest)); });
  }
  for (const auto& p : partitions_) p->hand_out();
}

result<aggregate_head> partitioned_journal::head(const aggregate_key& aggregate) const {
  if (const auto fine = persistence::check(aggregate); !fine) return fine.error();
  const aggregate_hash hash = hash_of(aggregate, hash_seed_);
  return partitions_[partition_of(aggregate).value]->with(
      [&](const partition_state& p) { return p.log.head(hash); });
}

position partitioned_journal::committed(partition_id partition) const {
  if (!check(partition)) return {};
  return partitions_[partition.value]->with(
      [](const partition_state& p) { return p.log.tail().last; });
}

result<void> partitioned_journal::check(partition_id partition) const {
  if (partition.value < partitions()) return {};
  return error{errc::invalid_argument, "there is no partition " + std::to_string(partition.value) +
                                           ", only " + std::to_string(partitions())};
}

template <class Page>
result<Page> partitioned_journal::noted(partition_id partition, result<Page> page) const {
  if (page || page.error().code != errc::corrupt) return page;
  partitions_[partition.value]->with([&](partition_state& p) {
    if (p.damage) return;
    p.damage = page.error();
    base::log(base::log_level::error, "partition " + std::to_string(partition.value) +
                                          " is stopped: " + page.error().message);
  });
  return page;
}

result<aggregate_page> partitioned_journal::read(const aggregate_key& aggregate,
                                                 const aggregate_range& range,
                                                 const record_visitor& visit) const {
  if (const auto fine = persistence::check(aggregate); !fine) return fine.error();
  const partition_id id = partition_of(aggregate);
  const aggregate_hash hash = hash_of(aggregate, hash_seed_);
  const journal_partition& home = *partitions_[id.value];
  const auto [head, last] = home.with(
      [&](const partition_state& p) { return std::pair(p.log.head(hash), p.log.tail().last); });
  const log_reader reader(home.entries(), id, last);
  return noted(id, reader.read(aggregate, head, range, visit));
}

result<partition_page> partitioned_journal::scan(partition_id partition,
                                                 const partition_range& range,
                                                 const record_visitor& visit) const {
  if (const auto fine = check(partition); !fine) return fine.error();
  const log_reader reader(partitions_[partition.value]->entries(), partition, committed(partition));
  return noted(partition, reader.scan(range, visit));
}

result<position> partitioned_journal::first_at_or_after(partition_id partition,
                                                        timestamp time) const {
  if (const auto fine = check(partition); !fine) return fine.error();
  const log_reader reader(partitions_[partition.value]->entries(), partition, committed(partition));
  return noted(partition, reader.first_at_or_after(time));
}

}  // namespace reprise::persistence
