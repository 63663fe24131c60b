// SPDX-License-Identifier: Apache-2.0
#include "persistence/lmdb_snapshot_store.hpp"

#include "base/checksum.hpp"
#include "messages/little_endian.hpp"
#include "persistence/aggregate_hash.hpp"
#include "persistence/lmdb_environment.hpp"
#include "persistence/snapshot_codec.hpp"
#include "persistence/store_directory.hpp"
#include "persistence/store_identity.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace reprise::persistence {
namespace {

using messages::load;
using messages::store;

constexpr std::uint32_t snapshots_format = 1;
constexpr std::array<char, 8> store_name{'s', 't', 'o', 'r', 'e'};
constexpr std::size_t meta_bytes = 24;
// In one transaction.
constexpr std::uint64_t counted_max = 16'384;
constexpr std::uint64_t checked_max = 256;
constexpr std::uint64_t state_bytes_max = std::uint64_t{1} << 30U;

// Hash and sequence, big end first: the snapshots of one aggregate lie together, oldest first.
using snapshot_key = std::array<std::byte, 24>;

snapshot_key key_of(const aggregate_hash& aggregate, sequence at) {
  snapshot_key key{};
  store(key.data(), __builtin_bswap64(aggregate.low));
  store(key.data() + 8, __builtin_bswap64(aggregate.high));
  store(key.data() + 16, __builtin_bswap64(at.value));
  return key;
}

bool is_of(bytes_view key, const snapshot_key& aggregate) {
  return key.size() == aggregate.size() && std::memcmp(key.data(), aggregate.data(), 16) == 0;
}

sequence sequence_in(bytes_view key) {
  return {__builtin_bswap64(load<std::uint64_t>(key.data() + 16))};
}

std::array<std::byte, meta_bytes> encode_meta(std::uint64_t hash_seed) {
  std::array<std::byte, meta_bytes> value{};
  store(value.data() + 8, snapshots_format);
  store(value.data() + 16, hash_seed);
  store(value.data(), base::checksum64(bytes_view(value).subspan(8)));
  return value;
}

// The seed.
result<std::uint64_t> decode_meta(bytes_view value) {
  if (value.size() != meta_bytes ||
      load<std::uint64_t>(value.data()) != base::checksum64(value.subspan(8))) {
    return error{errc::corrupt, "the description of the snapshots is damaged"};
  }
  const auto format = load<std::uint32_t>(value.data() + 8);
  if (format != snapshots_format) {
    return error{errc::incompatible, "the snapshots have format " + std::to_string(format) +
                                         ", this program knows format " +
                                         std::to_string(snapshots_format)};
  }
  return load<std::uint64_t>(value.data() + 16);
}

// The last row at or before `key` that is of the same aggregate.
result<std::optional<lmdb_cursor::row>> seek_back(lmdb_cursor& cursor, const snapshot_key& key) {
  auto row = cursor.seek(key);
  if (!row) return row;
  const bool exact = *row && std::ranges::equal((*row)->key, key);
  if (!exact) row = cursor.move(*row ? MDB_PREV : MDB_LAST);
  if (row && *row && !is_of((*row)->key, key)) return std::optional<lmdb_cursor::row>{};
  return row;
}

}  // namespace

struct lmdb_snapshot_store::opened {
  std::unique_ptr<lmdb_environment> environment;
  MDB_dbi snapshots = 0;
  std::uint64_t hash_seed = 0;

  // Opens the tables; makes them where there are none and it may.
  [[nodiscard]] result<void> open_tables();
};

result<void> lmdb_snapshot_store::opened::open_tables() {
  const bool read_only = environment->read_only();
  MDB_txn* transaction = nullptr;
  int code =
      mdb_txn_begin(environment->handle(), nullptr, read_only ? MDB_RDONLY : 0, &transaction);
  if (code != 0) return lmdb_error(code, "begin a transaction");
  const unsigned flags = read_only ? 0 : MDB_CREATE;
  MDB_dbi meta = 0;
  code = mdb_dbi_open(transaction, snapshot_table_names[0], flags, &snapshots);
  if (code == 0) code = mdb_dbi_open(transaction, snapshot_table_names[1], flags, &meta);
  MDB_val key{store_name.size(), const_cast<char*>(store_name.data())};  // NOLINT(*-const-cast)
  MDB_val value{};
  result<std::uint64_t> seed{std::uint64_t{0}};
  if (code == 0) {
    code = mdb_get(transaction, meta, &key, &value);
    if (code == 0) {
      seed = decode_meta({static_cast<const std::byte*>(value.mv_data), value.mv_size});
    } else if (code == MDB_NOTFOUND && !read_only) {
      seed = draw_hash_seed();
      auto fresh = encode_meta(*seed);
      value = {fresh.size(), fresh.data()};
      code = mdb_put(transaction, meta, &key, &value, 0);
    }
  }
  if (code != 0 || !seed) {
    mdb_txn_abort(transaction);
    if (!seed) return std::move(seed).error();
    return lmdb_error(code, "open the tables of snapshots");
  }
  hash_seed = *seed;
  if (code = mdb_txn_commit(transaction); code != 0) return lmdb_error(code, "commit");
  return {};
}

lmdb_snapshot_store::lmdb_snapshot_store(std::unique_ptr<opened> state)
    : state_(std::move(state)) {}

lmdb_snapshot_store::~lmdb_snapshot_store() = default;

result<std::unique_ptr<lmdb_snapshot_store>> lmdb_snapshot_store::open(
    const store_options& options) {
  if (auto fine = check(options); !fine) return std::move(fine).error();
  const std::filesystem::path folder = options.directory / "snapshots";
  if (auto made = make_directory(folder); !made) return std::move(made).error();
  auto environment = lmdb_environment::open({.directory = folder,
                                             .map_size_bytes = options.snapshot_map_size_bytes,
                                             .may_lose_last_commits = true});
  if (!environment) return std::move(environment).error();
  auto state = std::make_unique<opened>();
  state->environment = std::move(*environment);
  if (auto done = state->open_tables(); !done) return std::move(done).error();
  return std::unique_ptr<lmdb_snapshot_store>(new lmdb_snapshot_store(std::move(state)));
}

result<std::unique_ptr<lmdb_snapshot_store>> lmdb_snapshot_store::open_to_read(
    const std::filesystem::path& directory) {
  auto environment =
      lmdb_environment::open({.directory = directory / "snapshots", .read_only = true});
  if (!environment) return std::move(environment).error();
  auto state = std::make_unique<opened>();
  state->environment = std::move(*environment);
  if (auto done = state->open_tables(); !done) return std::move(done).error();
  return std::unique_ptr<lmdb_snapshot_store>(new lmdb_snapshot_store(std::move(state)));
}

result<void> lmdb_snapshot_store::save(const aggregate_key& aggregate, const snapshot& taken,
                                       std::uint32_t keep) {
  if (auto fine = check(aggregate); !fine) return fine;
  if (taken.state.size() > state_bytes_max) {
    return too_large("a state", taken.state.size(), state_bytes_max);
  }
  const bytes value = encode_snapshot(aggregate, taken);
  const aggregate_hash hash = hash_of(aggregate, state_->hash_seed);
  auto transaction = lmdb_write::begin(*state_->environment);
  if (!transaction) return std::move(transaction).error();
  if (auto put = transaction->put(state_->snapshots, key_of(hash, taken.at), value); !put) {
    return put;
  }
  if (keep != 0) {
    auto cursor = lmdb_cursor::open(transaction->handle(), state_->snapshots);
    if (!cursor) return std::move(cursor).error();
    const snapshot_key newest = key_of(hash, {~std::uint64_t{0}});
    auto row = seek_back(*cursor, newest);
    for (std::uint32_t kept = 0; row && *row && is_of((*row)->key, newest); ++kept) {
      if (kept >= keep) {
        if (auto removed = cursor->remove_here(); !removed) return removed;
      }
      row = cursor->move(MDB_PREV);
    }
    if (!row) return std::move(row).error();
  }
  return transaction->commit();
}

result<std::optional<snapshot>> lmdb_snapshot_store::load(const aggregate_key& aggregate,
                                                          const snapshot_bounds& bounds) const {
  if (auto fine = check(aggregate); !fine) return std::move(fine).error();
  const snapshot_key newest = key_of(hash_of(aggregate, state_->hash_seed), bounds.to);
  const auto transaction = state_->environment->read();
  if (!transaction) return transaction.error();
  auto cursor = lmdb_cursor::open(transaction->handle(), state_->snapshots);
  if (!cursor) return std::move(cursor).error();
  auto row = seek_back(*cursor, newest);
  for (; row && *row && is_of((*row)->key, newest); row = cursor->move(MDB_PREV)) {
    if (sequence_in((*row)->key) < bounds.from) break;
    auto read = decode_snapshot((*row)->value);
    if (!read || read->aggregate != aggregate || read->taken.at != sequence_in((*row)->key)) {
      damaged_.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    if (bounds.not_after && read->taken.time > *bounds.not_after) continue;
    return std::optional(std::move(read->taken));
  }
  if (!row) return std::move(row).error();
  return std::optional<snapshot>{};
}

result<std::uint64_t> lmdb_snapshot_store::remove(const aggregate_key& aggregate,
                                                  const snapshot_bounds& bounds) {
  if (auto fine = check(aggregate); !fine) return std::move(fine).error();
  const snapshot_key newest = key_of(hash_of(aggregate, state_->hash_seed), bounds.to);
  auto transaction = lmdb_write::begin(*state_->environment);
  if (!transaction) return std::move(transaction).error();
  std::uint64_t count = 0;
  {
    auto cursor = lmdb_cursor::open(transaction->handle(), state_->snapshots);
    if (!cursor) return std::move(cursor).error();
    auto row = seek_back(*cursor, newest);
    for (; row && *row && is_of((*row)->key, newest); row = cursor->move(MDB_PREV)) {
      if (sequence_in((*row)->key) < bounds.from) break;
      if (bounds.not_after) {
        const auto read = decode_snapshot((*row)->value);
        if (read && read->taken.time > *bounds.not_after) continue;
      }
      if (auto removed = cursor->remove_here(); !removed) return std::move(removed).error();
      ++count;
    }
    if (!row) return std::move(row).error();
  }
  if (auto done = transaction->commit(); !done) return std::move(done).error();
  return count;
}

result<void> lmdb_snapshot_store::sync() {
  return state_->environment->sync();
}

result<lmdb_snapshot_store::space> lmdb_snapshot_store::measure() const {
  const auto usage = state_->environment->usage(state_->snapshots);
  if (!usage) return usage.error();
  const auto free = state_->environment->free_bytes();
  if (!free) return free.error();
  return space{.rows = usage->rows, .bytes = usage->bytes, .free_bytes = *free};
}

// Hands out some rows behind a key; nothing when that was the end, else where to go on.
result<std::optional<bytes>> lmdb_snapshot_store::walk(
    bytes_view behind, std::uint64_t rows_max,
    const std::function<void(bytes_view key, bytes_view value)>& visit) const {
  const auto transaction = state_->environment->read();
  if (!transaction) return transaction.error();
  auto cursor = lmdb_cursor::open(transaction->handle(), state_->snapshots);
  if (!cursor) return std::move(cursor).error();
  auto row = behind.empty() ? cursor->move(MDB_FIRST) : cursor->seek(behind);
  if (row && *row && std::ranges::equal((*row)->key, behind)) row = cursor->move(MDB_NEXT);
  bytes last(behind.begin(), behind.end());
  for (std::uint64_t n = 0; row && *row && n < rows_max; ++n, row = cursor->move(MDB_NEXT)) {
    last.assign((*row)->key.begin(), (*row)->key.end());
    visit((*row)->key, (*row)->value);
  }
  if (!row) return std::move(row).error();
  return *row ? std::optional(std::move(last)) : std::nullopt;
}

result<snapshot_tally> lmdb_snapshot_store::count(bytes_view behind) const {
  if (!behind.empty() && behind.size() != sizeof(snapshot_key)) {
    return error{errc::invalid_argument, "no snapshot has such a key"};
  }
  snapshot_tally tally;
  auto next = walk(behind, counted_max, [&](bytes_view /*key*/, bytes_view value) {
    ++tally.snapshots;
    tally.bytes += value.size();
  });
  if (!next) return std::move(next).error();
  tally.end = !next->has_value();
  if (*next) tally.last = std::move(**next);
  return tally;
}

result<snapshot_totals> lmdb_snapshot_store::verify(const std::function<bool()>& go_on) const {
  snapshot_totals totals;
  for (std::optional<bytes> at = bytes(); at;) {
    if (go_on && !go_on()) return error{errc::stopped, "the check was ended"};
    auto next = walk(*at, checked_max, [&](bytes_view key, bytes_view value) {
      ++totals.snapshots;
      totals.bytes += value.size();
      const auto read = decode_snapshot(value);
      if (!read || read->taken.at != sequence_in(key)) ++totals.damaged;
    });
    if (!next) return std::move(next).error();
    at = std::move(*next);
  }
  return totals;
}

}  // namespace reprise::persistence
