// SPDX-License-Identifier: Apache-2.0
#include "base/clock.hpp"
#include "persistence/exchange_writer.hpp"
#include "persistence/lmdb_journal.hpp"
#include "persistence/lmdb_snapshot_store.hpp"
#include "persistence/part_file.hpp"
#include "persistence/record_envelope.hpp"
#include "persistence/retention.hpp"
#include "persistence/store_directory.hpp"

#include <reprise/metrics.hpp>
#include <reprise/truncate.hpp>

#include <condition_variable>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace reprise {
namespace {

using namespace persistence;

// Truncations that are committed together.
constexpr std::size_t together_max = 256;

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

/// Events that are to be hidden of one aggregate: those from `first` on, below `before`.
struct due_events {
  reprise::sequence first{};
  reprise::sequence before{};

  [[nodiscard]] bool holds(reprise::sequence at) const { return at >= first && at < before; }
};
using due_by_aggregate = std::map<aggregate_key, due_events>;

/// The work on one store: first all that is to be hidden is found, then it is archived, then it is
/// hidden.
class truncation {
 public:
  truncation(lmdb_journal& events, lmdb_snapshot_store& snapshots, const truncate_options& how,
             const progress_listener& listener)
      : events_(events), snapshots_(snapshots), how_(how), listener_(listener) {}

  [[nodiscard]] result<truncate_summary> run(part_file* archive) {
    // What will be relied on.
    if (auto durable = snapshots_.sync(); !durable) return std::move(durable).error();
    for (std::uint32_t p = 0; p < events_.partitions(); ++p) {
      const auto found = aggregates_in({p});
      if (!found) return found.error();
      for (const aggregate_key& aggregate : *found) {
        if (auto looked = look_at(aggregate); !looked) return std::move(looked).error();
      }
      if (listener_) listener_({p + 1, events_.partitions()});
    }
    if (how_.dry_run || due_.empty()) return summary_;
    if (archive != nullptr) {
      if (auto written = write(*archive); !written) return std::move(written).error();
    }
    if (auto done = carry_out(); !done) return std::move(done).error();
    return summary_;
  }

 private:
  [[nodiscard]] bool wanted(const stored_record& record) const {
    return how_.id.empty() || (record.id == how_.id && record.tenant == how_.tenant);
  }

  [[nodiscard]] record_filter filter() const {
    return {.types = {how_.type}, .id_prefix = how_.id};
  }

  [[nodiscard]] result<std::set<aggregate_key>> aggregates_in(partition_id partition) const {
    std::set<aggregate_key> found;
    const auto page = events_.scan(partition, {.filter = filter()}, [&](const auto& record) {
      if (wanted(record)) found.insert(aggregate_of(record));
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
    due_[aggregate] = {.first = {(*old)->before.value - (*old)->count}, .before = (*old)->before};
    return {};
  }

  // All that is due, durable under its name when it returns.
  [[nodiscard]] result<void> write(part_file& archive) {
    exchange_source from{
        .store = {.partitions = events_.partitions(), .uuid = events_.uuid()},
        .schemas = [this] { return events_.schemas()->all(); },
        .scan = [this](
                    partition_id partition, const partition_range& range,
                    const record_visitor& visit) { return events_.scan(partition, range, visit); }};
    from.ends.reserve(events_.partitions());
    for (std::uint32_t p = 0; p < events_.partitions(); ++p) {
      from.ends.push_back(events_.committed({p}));
    }
    const auto done = write_exchange(
        from,
        {.filter = filter(), .wanted = [this](const stored_record& record) { return due(record); }},
        *exchange_form::of(how_.archive_format),
        [&](std::string_view piece) { return archive.write(piece); }, listener_);
    if (!done) return done.error();
    if (done->records != summary_.events_hidden) {
      return error{errc::corrupt, "of " + std::to_string(summary_.events_hidden) +
                                      " events that were to be archived " +
                                      std::to_string(done->records) +
                                      " were found; nothing is hidden"};
    }
    return archive.give_name(false);
  }

  [[nodiscard]] bool due(const stored_record& record) const {
    if (record.kind != record_kind::event || !wanted(record)) return false;
    const auto found = due_.find(aggregate_of(record));
    return found != due_.end() && found->second.holds(record.sequence);
  }

  [[nodiscard]] result<void> carry_out() {
    truncations answers;
    std::size_t sent = 0;
    for (const auto& [aggregate, events] : due_) {
      events_.retire(aggregate, record_kind::truncation, expectation::any(), events.before,
                     time_.now(), answers, 0);
      if (++sent % together_max != 0) continue;
      if (auto done = answers.await(sent); !done) return done;
      if (listener_) listener_({sent, due_.size()});
    }
    return answers.await(sent);
  }

  lmdb_journal& events_;
  lmdb_snapshot_store& snapshots_;
  const truncate_options& how_;
  const progress_listener& listener_;
  const base::system_clock time_;
  due_by_aggregate due_;
  truncate_summary summary_;
};

// An existing file is refused before anything is looked at.
result<std::unique_ptr<part_file>> begin_archive(const truncate_options& how) {
  auto file = part_file::open(how.archive, false);
  std::error_code ignored;
  if (file || !std::filesystem::exists(how.archive, ignored)) return file;
  return error{file.error().code,
               file.error().message +
                   "; give another file. If it is of a truncation that was ended, it is whole, and "
                   "the other file gets what was not hidden yet"};
}

}  // namespace

result<truncate_summary> truncate(const std::filesystem::path& data, const truncate_options& how,
                                  const progress_listener& listener) {
  if (how.keep_events_max == 0 && how.keep_events_for.count() <= 0) {
    return error{errc::invalid_argument,
                 "truncate needs a limit: how many events stay, or for how "
                 "long"};
  }
  if (auto fine = check_is_store(data); !fine) return std::move(fine).error();
  std::unique_ptr<part_file> archive;
  if (!how.archive.empty() && !how.dry_run) {
    auto begun = begin_archive(how);
    if (!begun) return std::move(begun).error();
    archive = std::move(*begun);
  }
  const store_options store = to_write(data);
  metrics measured;
  const base::system_clock time;
  const auto events = lmdb_journal::open(store, measured, time);
  if (!events) return events.error();
  const auto snapshots = lmdb_snapshot_store::open(store);
  if (!snapshots) return snapshots.error();
  return truncation(**events, **snapshots, how, listener).run(archive.get());
}

}  // namespace reprise
