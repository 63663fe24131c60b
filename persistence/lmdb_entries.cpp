// SPDX-License-Identifier: Apache-2.0
#include "persistence/lmdb_entries.hpp"

#include "messages/entry.hpp"

#include <string>
#include <utility>

namespace reprise::persistence {

class lmdb_entries::session final : public entry_session {
 public:
  session(const lmdb_entries& entries, lmdb_read transaction)
      : entries_(entries), transaction_(std::move(transaction)) {}

  result<bytes_view> entry_holding(position at) override {
    auto stored = look_up(at);
    if (!stored || *stored) return given(std::move(stored), at);
    // Its place was saved, and forgotten in memory, after this transaction began.
    if (auto renewed = transaction_.renew(); !renewed) return std::move(renewed).error();
    row_ = {};
    return given(look_up(at), at);
  }

 private:
  result<std::optional<std::uint64_t>> find(position at) {
    using found = std::optional<std::uint64_t>;
    if (const auto place = entries_.tail_.find(at)) return found(place->key);
    // Neighbours are looked up one after the other, so the last row is tried first.
    if (row_.size() == 0 || at < row_[0].first || at > row_[row_.size() - 1].first) {
      const auto row = read_places(transaction_, entries_.tables_, entries_.partition_, at);
      if (!row) return row.error();
      row_ = *row;
    }
    const auto place = row_.find(at);
    return place ? found(place->key) : found{};
  }

  // Nothing when this transaction does not know the entry.
  result<std::optional<bytes_view>> look_up(position at) {
    const auto key = find(at);
    if (!key) return key.error();
    if (!*key) return std::optional<bytes_view>{};
    auto stored = transaction_.get(entries_.tables_.log, log_key(**key));
    if (!stored || !*stored || (*stored)->size() < messages::entry_header_bytes) return stored;
    // A row of places as it was long ago leads to an entry before the right one.
    if (messages::entry::claimed_header(**stored).last() < at) return std::optional<bytes_view>{};
    return stored;
  }

  result<bytes_view> given(result<std::optional<bytes_view>> stored, position at) const {
    if (!stored) return std::move(stored).error();
    if (*stored) return **stored;
    return error{errc::corrupt,
                 "no entry of partition " + std::to_string(entries_.partition_.value) +
                     " holds position " + std::to_string(at.value),
                 at.value};
  }

  const lmdb_entries& entries_;
  lmdb_read transaction_;
  stored_places row_;
};

result<std::unique_ptr<entry_session>> lmdb_entries::begin() const {
  auto transaction = environment_.read();
  if (!transaction) return std::move(transaction).error();
  return std::unique_ptr<entry_session>(
      std::make_unique<session>(*this, std::move(*transaction)));
}

}  // namespace reprise::persistence
