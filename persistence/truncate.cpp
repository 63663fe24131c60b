// SPDX-License-Identifier: Apache-2.0
#include "base/clock.hpp"
#include "persistence/lmdb_journal.hpp"
#include "persistence/lmdb_snapshot_store.hpp"
#include "persistence/record_envelope.hpp"
#include "persistence/retention.hpp"
#include "persistence/store_directory.hpp"

#include <reprise/metrics.hpp>
#include <reprise/truncate.hpp>

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

namespace reprise {
namespace {

using namespace persistence;

// Truncations that are committed together.
constexpr std::size_t together_max = 1'024;

/// Waits for truncations, and keeps the first refusal.
class truncations final : public append_listener {
 public:
  void appended(std::span<append_answer> answers) override {
    const std::lock_guard hold(mutex_);
    for (append_answer& answer : answers) {
      if (!answer.outcome && !refused_) refused_ = std::move(answer.outcome).error();
    }
    answered_ += answers.size();
    changed_.notify_all();
  }
  [[nodiscard]] result<void> await(std::size_t count) {
    std::unique_lock hold(mutex_);
    changed_.wait(hold, [&] { return answered_ >= count; });
    if (refused_) return *refused_;
    return {};
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t answered_ = 0;
  std::optional<error> refused_;
};

/// What `data` is opened with: room for what is in it and for what is added.
store_options to_write(const std::filesystem::path& data) {
  const auto map_for = [&](const char* folder) {
    std::error_code failed;
    const auto size = std::filesystem::file_size(data / folder / "data.mdb", failed);
    return map_bytes_for(failed ? 0 : size);
  };
  return {.directory = data,
          .map_size_bytes = map_for("journal"),
          .snapshot_map_size_bytes = map_for("snapshots")};
}

/// The work on one store.
class truncation {
 public:
  truncation(lmdb_journal& events, lmdb_snapshot_store& snapshots, const truncate_options& how,
             const progress_listener& listener)
      : events_(events), snapshots_(snapshots), how_(how), listener_(listener) {}

  [[nodiscard]] result<truncate_summary> run() {
    // What will be relied on.
    if (auto durable = snapshots_.sync(); !durable) return std::move(durable).error();
    for (std::uint32_t p = 0; p < events_.partitions(); ++p) {
      const auto found = aggregates_in({p});
      if (!found) return found.error();
      for (const aggregate_key& aggregate : *found) {
        if (auto looked = look_at(aggregate); !looked) return std::move(looked).error();
      }
      if (auto done = carry_out(); !done) return std::move(done).error();
      if (listener_) listener_({p + 1, events_.partitions()});
    }
    return summary_;
  }

 private:
  struct due {
    aggregate_key aggregate;
    reprise::sequence before;
  };

  [[nodiscard]] bool wanted(const stored_record& record) const {
    return how_.id.empty() || (record.id == how_.id && record.tenant == how_.tenant);
  }

  [[nodiscard]] result<std::set<aggregate_key>> aggregates_in(partition_id partition) const {
    std::set<aggregate_key> found;
    partition_range all;
    all.filter.types = {how_.type};
    all.filter.id_prefix = how_.id;
    const auto page = events_.scan(partition, all, [&](const stored_record& record) {
      if (wanted(record)) {
        found.insert(aggregate_of(record));
      }
      return true;
    });
    if (!page) return page.error();
    return found;
  }

  [[nodiscard]] result<void> look_at(const aggregate_key& aggregate) {
    ++summary_.aggregates;
    const auto old = events_to_hide(
        events_, snapshots_, aggregate,
        {.events_max = how_.keep_events_max, .events_for = how_.keep_events_for},
        [](const snapshot&) { return true; }, time_.now());
    if (!old) return old.error();
    if (!*old) return {};
    ++summary_.truncated;
    summary_.events_hidden += (*old)->count;
    if (how_.dry_run) return {};
    due_.push_back({aggregate, (*old)->before});
    return due_.size() < together_max ? result<void>{} : carry_out();
  }

  [[nodiscard]] result<void> carry_out() {
    truncations answers;
    for (const due& one : due_) {
      events_.retire(one.aggregate, record_kind::truncation, expectation::any(), one.before,
                     time_.now(), answers, 0);
    }
    return answers.await(std::exchange(due_, {}).size());
  }

  lmdb_journal& events_;
  lmdb_snapshot_store& snapshots_;
  const truncate_options& how_;
  const progress_listener& listener_;
  const base::system_clock time_;
  std::vector<due> due_;
  truncate_summary summary_;
};

}  // namespace

result<truncate_summary> truncate(const std::filesystem::path& data, const truncate_options& how,
                                  const progress_listener& listener) {
  if (how.keep_events_max == 0 && how.keep_events_for.count() <= 0) {
    return error{errc::invalid_argument,
                 "truncate needs a limit: how many events stay, or for how "
                 "long"};
  }
  if (auto fine = check_is_store(data); !fine) return std::move(fine).error();
  const store_options store = to_write(data);
  metrics measured;
  const base::system_clock time;
  const auto events = lmdb_journal::open(store, measured, time);
  if (!events) return events.error();
  const auto snapshots = lmdb_snapshot_store::open(store);
  if (!snapshots) return snapshots.error();
  return truncation(**events, **snapshots, how, listener).run();
}

}  // namespace reprise
