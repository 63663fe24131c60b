// SPDX-License-Identifier: Apache-2.0
#include "base/clock.hpp"
#include "persistence/exchange_reader.hpp"
#include "persistence/lmdb_journal.hpp"
#include "persistence/lmdb_snapshot_store.hpp"
#include "persistence/pending_store.hpp"

#include <reprise/exchange.hpp>
#include <reprise/metrics.hpp>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

namespace reprise {
namespace {

using namespace persistence;

constexpr std::uint64_t appends_under_way_max = 4'096;
constexpr std::uint64_t bytes_under_way_max = std::uint64_t{16} << 20U;
// Positions between two records of a partition that are taken by records of consensus, and how many
// of these are written in one step.
constexpr std::uint64_t gap_max = std::uint64_t{1} << 32U;
constexpr std::uint64_t gap_at_once = 1'024;
constexpr std::uint64_t gap_bytes_max = std::uint64_t{16} << 30U;
constexpr std::uint64_t payload_bytes_max = std::uint64_t{4} << 20U;

/// Puts what it is given into a journal, and finds out whether all of it came to stand where it
/// stood before.
class importer final : public append_listener {
 public:
  /// `file`: for errors.
  importer(partitioned_journal& to, bool same_positions, const std::string& file)
      : to_(to), same_positions_(same_positions), at_(file + ": "), ends_(to.partitions()) {}

  /// Records of one batch must come one after the other, as they do in an export.
  result<void> add(exchange_record record) {
    if (!batch_.empty() && !goes_on(record)) {
      if (auto done = flush(); !done) return done;
    }
    if (auto done = come_to(record); !done) return done;
    if (record.kind != record_kind::event) return retire(record);
    batch_.push_back(std::move(record));
    return {};
  }
  /// Waits until everything that was appended is answered, also after an error.
  result<void> finish() {
    const result<void> rest = flush();
    std::unique_lock hold(mutex_);
    answered_.wait(hold, [this] { return waiting_.empty(); });
    return refused_ ? result<void>(*refused_) : rest;
  }

  void appended(std::span<append_answer> answers) override {
    const std::lock_guard hold(mutex_);
    for (append_answer& answer : answers) {
      const auto found = std::ranges::find(waiting_, answer.tag, &awaited::tag);
      compare(*found, answer.outcome);
      bytes_ -= found->bytes;
      waiting_.erase(found);
    }
    answered_.notify_all();
  }

 private:
  struct awaited {
    std::uint64_t tag = 0;
    std::uint64_t bytes = 0;
    std::string where{};
    /// Nothing of the aggregate's own: a deletion has no sequence to compare.
    std::optional<reprise::sequence> last{};
    position at{};
  };

  [[nodiscard]] bool goes_on(const exchange_record& next) const {
    const exchange_record& before = batch_.back();
    return next.kind == record_kind::event && next.partition == before.partition &&
           next.aggregate == before.aggregate && next.batch_index == before.batch_index + 1 &&
           next.sequence == before.sequence.next();
  }

  // In a cluster some positions belong to consensus, whose records no export has.
  result<void> come_to(const exchange_record& next) {
    if (!same_positions_) return {};
    if (next.partition.value >= ends_.size()) {
      return error{errc::malformed, at_ + next.where + ": there is no such partition"};
    }
    position& end = ends_[next.partition.value];
    // What stands too early is found when it is answered.
    if (next.at <= end) return {};
    const position before{next.at.value - 1};
    if (before.value - end.value > gap_max) {
      return error{errc::malformed, at_ + next.where + ": stands " +
                                        std::to_string(before.value - end.value) +
                                        " positions behind the record before it"};
    }
    while (end < before) {
      const std::uint64_t step = std::min(before.value - end.value, gap_at_once);
      end.value += step;
      const auto tag = make_room({.bytes = step * messages::record_header_bytes,
                                  .where = next.where,
                                  .last = {},
                                  .at = end});
      if (!tag) return tag.error();
      to_.pass(next.partition, end, *this, *tag);
    }
    end = next.at;
    return {};
  }

  result<void> flush() {
    if (batch_.empty()) return {};
    const exchange_record& first = batch_.front();
    // An archive of hidden events may begin, for an aggregate, in the middle of a batch.
    if (same_positions_ && first.batch_index != 0) {
      return error{errc::malformed,
                   at_ + first.where + ": the events before it in its batch are missing"};
    }
    append_request request{
        .aggregate = first.aggregate,
        .expected = expectation::any(),
        .time = first.time,
        .command = first.command,
        .command_hash = first.command_hash,
        .correlation = first.correlation,
        .headers = first.headers,
        .first_sequence = same_positions_ ? reprise::sequence{} : first.sequence};
    awaited next{.where = first.where, .last = batch_.back().sequence, .at = batch_.back().at};
    for (exchange_record& r : batch_) {
      next.bytes += r.payload.size();
      request.events.push_back({.id = r.event,
                                .type = r.event_type,
                                .payload = std::move(r.payload),
                                .tags = std::move(r.tags)});
    }
    batch_.clear();
    const auto tag = make_room(next);
    if (!tag) return tag.error();
    to_.append(std::move(request), *this, *tag);
    return {};
  }

  result<void> retire(const exchange_record& r) {
    const auto tag = make_room({.where = r.where, .last = {}, .at = r.at});
    if (!tag) return tag.error();
    to_.retire(r.aggregate, r.kind, expectation::any(), r.first_readable, r.time, *this, *tag);
    return {};
  }

  result<std::uint64_t> make_room(awaited next) {
    std::unique_lock hold(mutex_);
    answered_.wait(hold, [this] {
      return waiting_.empty() ||
             (waiting_.size() < appends_under_way_max && bytes_ < bytes_under_way_max);
    });
    if (refused_) return *refused_;
    next.tag = ++last_tag_;
    bytes_ += next.bytes;
    waiting_.push_back(std::move(next));
    return last_tag_;
  }

  void compare(const awaited& sent, const result<append_receipt>& outcome) {
    if (refused_) return;
    const auto refuse = [&](errc code, const std::string& why) {
      refused_ = error{code, at_ + sent.where + ": " + why};
    };
    if (!outcome) return refuse(outcome.error().code, outcome.error().message);
    const receipt& at = outcome->last;
    if (outcome->repeated || (sent.last && at.sequence != *sent.last) ||
        (same_positions_ && at.at != sent.at)) {
      refuse(errc::malformed, "came to stand at position " + std::to_string(at.at.value) +
                                  ", sequence " + std::to_string(at.sequence.value) +
                                  ": the records before it are not all there");
    }
  }

  partitioned_journal& to_;
  const bool same_positions_;
  const std::string at_;
  // Of each partition, as far as the file has come.
  std::vector<position> ends_;
  std::vector<exchange_record> batch_;
  std::mutex mutex_;
  std::condition_variable answered_;
  // Guarded by mutex_. In the order in which they were sent.
  std::deque<awaited> waiting_;
  std::uint64_t last_tag_ = 0;
  std::uint64_t bytes_ = 0;
  std::optional<error> refused_;
};

struct import_places {
  std::filesystem::path file{};
  std::filesystem::path folder{};
};

result<void> fill(const import_places& at, exchange_reader& from, std::uint64_t map_bytes,
                  const progress_listener& listener) {
  const store_options how{.directory = at.folder,
                          .partitions = from.partitions(),
                          .limits = {.payload_bytes_max = payload_bytes_max},
                          .map_size_bytes = map_bytes,
                          .snapshot_map_size_bytes = map_bytes_for(0),
                          // Nobody else knows of the store yet.
                          .force_filesystem = true};
  metrics measured;
  const base::system_clock time;
  const auto journal = lmdb_journal::open(how, measured, time);
  if (!journal) return journal.error();
  // Before the records, so that none is there without its schema.
  const auto schemas = (*journal)->schemas();
  for (const stored_schema& schema : from.schemas()) {
    if (auto saved = schemas->save(schema); !saved) return saved;
  }
  // So that the folder is all that a node expects of a store.
  if (const auto snapshots = lmdb_snapshot_store::open(how); !snapshots) return snapshots.error();
  importer records(**journal, from.whole(), at.file.string());
  result<void> done;
  for (std::uint64_t n = 0; done; ++n) {
    if (listener) listener({n, from.records()});
    auto record = from.next();
    if (!record) {
      done = std::move(record).error();
    } else if (!*record) {
      break;
    } else {
      done = records.add(std::move(**record));
    }
  }
  // Also after an error: what is under way answers to it, and came before it in the file.
  const auto stored = records.finish();
  (*journal)->close();
  return stored ? done : stored;
}

}  // namespace

result<import_summary> import_file(const std::filesystem::path& from,
                                   const std::filesystem::path& to,
                                   const progress_listener& listener) {
  auto file = exchange_reader::open(from);
  if (!file) return std::move(file).error();
  std::error_code failed;
  const auto size = std::filesystem::file_size(from, failed);
  if (failed) return error{errc::io_error, from.string() + ": " + failed.message()};
  auto pending = pending_store::begin(to, from);
  if (!pending) return std::move(pending).error();
  // A line, or a message, is longer than its record; what fills gaps is not in the file, and
  // address space costs nothing.
  const std::uint64_t room = map_bytes_for(size) + gap_bytes_max;
  if (auto filled = fill({from, pending->folder()}, **file, room, listener); !filled) {
    return std::move(filled).error();
  }
  if (auto named = pending->give_name(); !named) return std::move(named).error();
  return import_summary{.records = (*file)->records()};
}

}  // namespace reprise
