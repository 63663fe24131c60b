// SPDX-License-Identifier: Apache-2.0
#include "persistence/recovery.hpp"

#include "base/log.hpp"
#include "messages/little_endian.hpp"

#include <limits>
#include <string>

namespace reprise::persistence {
namespace {

constexpr std::size_t slice_entries = 4096;

// Why what was saved is of no use; nothing when all is well.
using trouble = std::optional<std::string>;

result<trouble> load_heads(const lmdb_read& transaction, const store_tables& tables,
                           std::vector<folded_partition>& partitions) {
  MDB_stat rows{};
  mdb_stat(transaction.handle(), tables.heads, &rows);
  // A little more than the average, for partitions are never quite equal.
  const std::size_t expected = rows.ms_entries / partitions.size() * 17 / 16;
  for (folded_partition& p : partitions) p.heads.reserve(expected);
  auto cursor = lmdb_cursor::open(transaction.handle(), tables.heads);
  if (!cursor) return std::move(cursor).error();
  auto row = cursor->move(MDB_FIRST);
  for (; row && *row; row = cursor->move(MDB_NEXT)) {
    const auto read = read_head(**row);
    if (!read || read->partition.value >= partitions.size()) {
      return trouble("a saved head is damaged");
    }
    partitions[read->partition.value].heads.put(read->aggregate, read->head);
  }
  if (!row) return std::move(row).error();
  return trouble{};
}

// Of the last record that tells a time. What the log wrote itself does not, and stands alone in its
// entries; `places` lead to the entries before it.
result<timestamp> last_time_of(const lmdb_read& transaction, const store_tables& tables,
                               const stored_places& places, const messages::entry& last) {
  std::optional<messages::entry> entry = last;
  for (std::size_t n = places.size(); entry; --n) {
    const auto record = entry->at(entry->header().last());
    if (!record) return record.error();
    if (!messages::is_of_log(record->kind)) return record->time;
    entry.reset();
    if (n < 2) break;
    const auto stored = transaction.get(tables.log, log_key(places[n - 2].key));
    if (!stored) return stored.error();
    if (!*stored) return error{errc::corrupt, "a saved place leads nowhere"};
    const auto opened = messages::entry::open(**stored);
    if (!opened) return opened.error();
    entry = *opened;
  }
  return timestamp::min();
}

// The last row of places, and the tail from the last entry that it names.
result<trouble> load_tail(const lmdb_read& transaction, const store_tables& tables, partition_id id,
                          folded_partition& p) {
  const auto row =
      read_places(transaction, tables, id, {std::numeric_limits<std::uint64_t>::max()});
  if (!row) return row.error();
  if (row->size() == 0) return trouble{};
  for (std::size_t i = 0; i < row->size(); ++i) p.places.push_back((*row)[i]);
  const place last = p.places.back();
  // A full row is never added to.
  if (row->size() == places_per_row) p.places.clear();
  p.places_saved = p.places.size();

  const auto stored = transaction.get(tables.log, log_key(last.key));
  if (!stored) return stored.error();
  if (!*stored) return trouble("a saved place leads nowhere");
  const auto entry = messages::entry::open(**stored);
  if (!entry || entry->header().partition != id || entry->header().first != last.first) {
    return trouble("a saved place leads to another entry");
  }
  const auto time = last_time_of(transaction, tables, *row, *entry);
  if (!time) return trouble(time.error().message);
  p.tail = {entry->header().last(), entry->header().index, *time};
  return trouble{};
}

result<trouble> load_saved(const lmdb_environment& environment, const store_tables& tables,
                           recovered_store& out) {
  const auto transaction = environment.read();
  if (!transaction) return transaction.error();
  const auto upto = read_indexed_upto(*transaction, tables);
  if (!upto) {
    if (upto.error().code != errc::corrupt) return upto.error();
    return trouble(upto.error().message);
  }
  out.indexed_upto = *upto;
  out.fold.start_behind(*upto);
  out.fold.note_changes();
  auto& partitions = out.fold.partitions();
  auto heads = load_heads(*transaction, tables, partitions);
  if (!heads || *heads) return heads;
  for (std::uint32_t i = 0; i < partitions.size(); ++i) {
    auto tail = load_tail(*transaction, tables, {i}, partitions[i]);
    if (!tail || *tail) return tail;
  }
  return trouble{};
}

result<void> fold_from(const lmdb_environment& environment, const store_tables& tables,
                       std::uint64_t key, log_fold& fold) {
  return for_each_entry(environment, tables, key,
                        [&](std::uint64_t at, bytes_view stored) -> result<bool> {
                          if (auto added = fold.add(at, stored); !added) {
                            return std::move(added).error();
                          }
                          return true;
                        });
}

}  // namespace

result<void> for_each_entry(const lmdb_environment& environment, const store_tables& tables,
                            std::uint64_t key, const entry_visit& visit) {
  for (bool more = true; more;) {
    const auto transaction = environment.read();
    if (!transaction) return transaction.error();
    auto cursor = lmdb_cursor::open(transaction->handle(), tables.log);
    if (!cursor) return std::move(cursor).error();
    auto row = cursor->seek(log_key(key));
    for (std::size_t n = 0; row && *row && n < slice_entries; ++n) {
      const auto at = messages::load<std::uint64_t>((*row)->key.data());
      const auto go_on = visit(at, (*row)->value);
      if (!go_on) return go_on.error();
      if (!*go_on) return {};
      key = at + 1;
      row = cursor->move(MDB_NEXT);
    }
    if (!row) return std::move(row).error();
    more = row->has_value();
  }
  return {};
}

result<recovered_store> recover(const lmdb_environment& environment, const store_tables& tables,
                                const store_meta& meta) {
  recovered_store out{.fold = log_fold(meta.partitions, meta.hash_seed, meta.of_replica)};
  const auto saved = load_saved(environment, tables, out);
  if (!saved && saved.error().code != errc::corrupt) return saved.error();
  trouble why = saved ? *saved : trouble(saved.error().message);
  if (!why) {
    const auto folded = fold_from(environment, tables, out.indexed_upto + 1, out.fold);
    if (folded && !out.fold.damaged()) return out;
    if (!folded && folded.error().code != errc::corrupt) return folded.error();
    why = folded ? "the end of the log does not fit what was saved" : folded.error().message;
  }
  base::log(base::log_level::warning, "heads and places are made anew from the whole log: " + *why);
  recovered_store anew{.fold = log_fold(meta.partitions, meta.hash_seed, meta.of_replica),
                       .indexed_upto = 0,
                       .rebuilt = true};
  if (auto folded = fold_from(environment, tables, 1, anew.fold); !folded) {
    return std::move(folded).error();
  }
  return anew;
}

}  // namespace reprise::persistence
