// SPDX-License-Identifier: Apache-2.0
#include "persistence/verify.hpp"

#include "persistence/recovery.hpp"

#include <string>
#include <utility>

namespace reprise::persistence {
namespace {

constexpr std::uint64_t entries_between_progress = 4'096;

// Compares the heads that an open would begin with to those that the log adds up to. A store that
// is written to meanwhile is ahead in some; those are passed over.
void compare_heads(const log_fold& log, const log_fold& saved, verify_report& report) {
  for (std::uint32_t i = 0; i < log.partitions().size(); ++i) {
    const folded_partition& truth = log.partitions()[i];
    if (truth.damage) continue;
    std::uint64_t different = 0;
    position first{};
    saved.partitions()[i].heads.for_each(
        [&](const aggregate_hash& aggregate, const aggregate_head& head) {
          if (head.at > truth.tail.last || head == truth.heads.find(aggregate)) return;
          if (different == 0 || head.at < first) first = head.at;
          ++different;
        });
    const bool some_missing = saved.partitions()[i].heads.size() < truth.heads.size();
    if (different == 0 && !some_missing) continue;
    report.damages.push_back(
        {.partition = partition_id{i},
         .at = first,
         .what = some_missing ? std::string("saved heads are missing")
                              : std::to_string(different) + " saved heads are not the log's",
         .derived = true});
  }
}

}  // namespace

result<verify_report> verify_log(const lmdb_environment& environment, const store_tables& tables,
                                 const store_meta& meta, const verify_progress& progress) {
  verify_report report;
  const auto last = last_log_key(environment, tables);
  if (!last) return last.error();
  const std::uint64_t total = *last;
  // The end of a replica's log may be cut while it is read; of that the checksums are checked only.
  log_fold fold(meta.partitions, meta.hash_seed, meta.of_replica);
  bool ended = false;
  auto read = for_each_entry(environment, tables, 1,
                             [&](std::uint64_t key, bytes_view stored) -> result<bool> {
                               if (key > total) return false;
                               if (auto added = fold.add(key, stored); !added) {
                                 report.damages.push_back({.what = added.error().message});
                               }
                               if (++report.entries % entries_between_progress == 0) {
                                 // Where entries lie is of no use here.
                                 for (folded_partition& p : fold.partitions()) p.places.clear();
                                 ended = progress && !progress(report.entries, total);
                               }
                               return !ended;
                             });
  if (!read && read.error().code != errc::corrupt) return std::move(read).error();
  if (!read) report.damages.push_back({.what = read.error().message});
  if (progress && !ended) ended = !progress(report.entries, total);
  if (ended) return error{errc::stopped, "the check was ended"};

  report.records = fold.records();
  for (std::uint32_t i = 0; i < meta.partitions; ++i) {
    const folded_partition& p = fold.partitions()[i];
    report.aggregates += p.heads.size();
    if (!p.damage) continue;
    report.damages.push_back(
        {.partition = partition_id{i}, .at = {p.damage->number}, .what = p.damage->message});
  }
  const auto saved = recover(environment, tables, meta);
  if (!saved) {
    if (report.damages.empty()) report.damages.push_back({.what = saved.error().message});
  } else if (saved->rebuilt && report.damages.empty()) {
    report.damages.push_back({.what = "saved heads or places do not fit the log", .derived = true});
  } else if (!saved->rebuilt) {
    compare_heads(fold, saved->fold, report);
  }
  return report;
}

}  // namespace reprise::persistence
