// SPDX-License-Identifier: Apache-2.0
#include "persistence/lmdb_row_store.hpp"

#include "base/checksum.hpp"
#include "messages/little_endian.hpp"
#include "persistence/checkpoint_codec.hpp"

#include <algorithm>
#include <utility>

namespace reprise::persistence {
namespace {

constexpr std::size_t header_bytes = 16;
// Before every key of a row, which begins with a byte that is not zero.
constexpr std::size_t checkpoint_key_bytes = 8;

bytes joined(const bytes& prefix, bytes_view key) {
  bytes all = prefix;
  all.insert(all.end(), key.begin(), key.end());
  return all;
}

bool begins_with(bytes_view key, bytes_view prefix) {
  return key.size() >= prefix.size() && std::ranges::equal(key.first(prefix.size()), prefix);
}

bytes encode(const bytes& value) {
  bytes stored(messages::padded(header_bytes + value.size()));
  messages::store(stored.data() + 8, std::uint64_t{value.size()});
  std::ranges::copy(value, stored.begin() + header_bytes);
  messages::store(stored.data(), base::checksum64(bytes_view(stored).subspan(8)));
  return stored;
}

result<bytes_view> decode(bytes_view stored) {
  const error damaged{errc::corrupt, "a stored row is damaged"};
  if (stored.size() < header_bytes ||
      messages::load<std::uint64_t>(stored.data()) != base::checksum64(stored.subspan(8))) {
    return damaged;
  }
  const auto size = messages::load<std::uint64_t>(stored.data() + 8);
  if (size > stored.size() - header_bytes) return damaged;
  return stored.subspan(header_bytes, size);
}

}  // namespace

class lmdb_row_store::snapshot final : public row_snapshot {
 public:
  snapshot(lmdb_read transaction, MDB_dbi rows, bytes prefix)
      : transaction_(std::move(transaction)), rows_(rows), prefix_(std::move(prefix)) {}

  [[nodiscard]] result<std::optional<checkpoint>> taken_at() const override {
    const auto stored = transaction_.get(rows_, joined(prefix_, bytes(checkpoint_key_bytes)));
    if (!stored) return stored.error();
    if (!*stored) return std::optional<checkpoint>{};
    auto read = decode_checkpoint(**stored);
    if (!read) return std::move(read).error();
    return std::optional(std::move(*read));
  }
  [[nodiscard]] result<std::optional<bytes>> get(bytes_view key) const override {
    const auto stored = transaction_.get(rows_, joined(prefix_, key));
    if (!stored) return stored.error();
    if (!*stored) return std::optional<bytes>{};
    const auto value = decode(**stored);
    if (!value) return value.error();
    return std::optional(bytes(value->begin(), value->end()));
  }
  [[nodiscard]] result<void> scan(bytes_view from, bytes_view below,
                                  const row_visitor& visit) const override {
    auto cursor = lmdb_cursor::open(transaction_.handle(), rows_);
    if (!cursor) return std::move(cursor).error();
    const bytes end = joined(prefix_, below);
    auto row = cursor->seek(joined(prefix_, from));
    for (; row && *row; row = cursor->move(MDB_NEXT)) {
      if (!std::ranges::lexicographical_compare((*row)->key, end)) break;
      const auto value = decode((*row)->value);
      if (!value) return value.error();
      if (!visit((*row)->key.subspan(prefix_.size()), *value)) break;
    }
    if (!row) return std::move(row).error();
    return {};
  }

 private:
  const lmdb_read transaction_;
  const MDB_dbi rows_;
  const bytes prefix_;
};

result<void> lmdb_row_store::commit(std::string_view projection, const row_changes& changes,
                                    const checkpoint& taken) {
  if (auto fine = check_rows(projection, changes); !fine) return fine;
  const bytes prefix = encode_name(projection);
  auto transaction = lmdb_write::begin(environment_);
  if (!transaction) return std::move(transaction).error();
  {
    auto cursor = lmdb_cursor::open(transaction->handle(), rows_);
    if (!cursor) return std::move(cursor).error();
    for (const auto& [key, value] : changes) {
      const bytes whole = joined(prefix, key);
      if (value) {
        if (auto put = transaction->put(rows_, whole, encode(*value)); !put) return put;
        continue;
      }
      const auto row = cursor->seek(whole);
      if (!row) return row.error();
      if (!*row || !std::ranges::equal((*row)->key, whole)) continue;
      if (auto removed = cursor->remove_here(); !removed) return removed;
    }
  }
  auto put = transaction->put(rows_, joined(prefix, bytes(checkpoint_key_bytes)),
                              encode_checkpoint(taken));
  if (!put) return put;
  return transaction->commit();
}

// In two commits, since LMDB gives pages that one commit let go of only to the commit after the
// next: in a full store no other one would ever succeed. In between it stands at the beginning.
result<void> lmdb_row_store::remove(std::string_view projection) {
  if (!check_checkpoint_name(projection)) return {};
  const bytes prefix = encode_name(projection);
  const bytes beginning = joined(prefix, bytes(checkpoint_key_bytes));
  auto emptied = lmdb_write::begin(environment_);
  if (!emptied) return std::move(emptied).error();
  if (auto removed = remove_all(*emptied, prefix); !removed) return removed;
  auto put = emptied->put(rows_, beginning, encode_checkpoint({}));
  if (!put) return put;
  if (auto done = emptied->commit(); !done) return done;
  auto forgotten = lmdb_write::begin(environment_);
  if (!forgotten) return std::move(forgotten).error();
  if (auto removed = remove_all(*forgotten, prefix); !removed) return removed;
  return forgotten->commit();
}

result<void> lmdb_row_store::remove_all(lmdb_write& transaction, const bytes& prefix) const {
  auto cursor = lmdb_cursor::open(transaction.handle(), rows_);
  if (!cursor) return std::move(cursor).error();
  while (true) {
    const auto row = cursor->seek(prefix);
    if (!row) return row.error();
    if (!*row || !begins_with((*row)->key, prefix)) return {};
    if (auto removed = cursor->remove_here(); !removed) return removed;
  }
}

result<std::vector<std::string>> lmdb_row_store::names() const {
  const auto transaction = environment_.read();
  if (!transaction) return transaction.error();
  auto cursor = lmdb_cursor::open(transaction->handle(), rows_);
  if (!cursor) return std::move(cursor).error();
  std::vector<std::string> listed;
  auto row = cursor->move(MDB_FIRST);
  while (row && *row) {
    auto name = decode_name((*row)->key);
    if (!name) return std::move(name).error();
    // Keys of rows never begin with 255, so this lies behind all of them.
    bytes next = encode_name(*name);
    next.insert(next.end(), 8, std::byte{255});
    listed.push_back(std::move(*name));
    row = cursor->seek(next);
  }
  if (!row) return std::move(row).error();
  std::ranges::sort(listed);
  return listed;
}

result<std::unique_ptr<row_snapshot>> lmdb_row_store::read(std::string_view projection) const {
  if (auto fine = check_checkpoint_name(projection); !fine) return std::move(fine).error();
  auto transaction = environment_.read();
  if (!transaction) return std::move(transaction).error();
  return std::unique_ptr<row_snapshot>(
      std::make_unique<snapshot>(std::move(*transaction), rows_, encode_name(projection)));
}

}  // namespace reprise::persistence
