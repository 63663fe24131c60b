// SPDX-License-Identifier: Apache-2.0
#include "consumers/parked_events.hpp"
#include "consumers/projector.hpp"
#include "consumers/row_overlay.hpp"
#include "consumers/stored_projections.hpp"
#include "persistence/inspected_files.hpp"
#include "persistence/lmdb_checkpoint_store.hpp"

#include <reprise/projection_store.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

namespace reprise {
namespace {

using consumers::stored_name;

// Between these keys lie the tables.
constexpr std::array tables_begin{std::byte{1}};
constexpr std::array tables_end{std::byte{0x80}};

// `board.2` is version 2 of `board`; nothing for what no projection is stored
// under.
std::optional<std::pair<std::string, std::uint32_t>> parts_of(const std::string& stored) {
  const std::size_t dot = stored.rfind('.');
  if (dot == std::string::npos || consumers::is_reserved(stored)) return {};
  std::uint32_t version = 0;
  const char* const end = stored.data() + stored.size();
  const auto read = std::from_chars(stored.data() + dot + 1, end, version);
  if (read.ec != std::errc{} || read.ptr != end) return {};
  return std::pair(stored.substr(0, dot), version);
}

error unknown(const std::string& name, std::uint32_t version) {
  return {errc::not_found,
          "nothing is stored of version " + std::to_string(version) + " of a projection " + name};
}

struct stored_row {
  bytes key{};
  bytes value{};
};

// A table's rows in order, so many at a time, since two snapshots are read side by side.
class row_pages {
 public:
  explicit row_pages(const persistence::row_snapshot& rows) : rows_(rows) {}

  /// The first row that is not taken; nothing at the end.
  [[nodiscard]] result<const stored_row*> first() {
    if (at_ == page_.size() && !done_) {
      if (auto read = read_page(); !read) return std::move(read).error();
    }
    return at_ == page_.size() ? nullptr : &page_[at_];
  }
  void take() { ++at_; }

 private:
  static constexpr std::size_t page_rows = 1'000;

  result<void> read_page() {
    bytes from(tables_begin.begin(), tables_begin.end());
    if (!page_.empty()) {
      from = page_.back().key;
      from.push_back(std::byte{0});
    }
    page_.clear();
    at_ = 0;
    done_ = true;
    return rows_.scan(from, tables_end, [&](bytes_view key, bytes_view value) {
      page_.push_back({bytes(key.begin(), key.end()), bytes(value.begin(), value.end())});
      done_ = page_.size() < page_rows;
      return done_;
    });
  }

  const persistence::row_snapshot& rows_;
  std::vector<stored_row> page_;
  std::size_t at_ = 0;
  bool done_ = false;
};

row_difference difference(row_difference::kind what, const bytes& key) {
  row_difference out{.what = what};
  const auto size = std::min<std::size_t>(std::to_integer<std::size_t>(key[0]), key.size() - 1);
  for (std::size_t i = 1; i <= size; ++i) out.table += static_cast<char>(key[i]);
  out.key.assign(key.begin() + static_cast<std::ptrdiff_t>(1 + size), key.end());
  return out;
}

}  // namespace

result<std::unique_ptr<persistence::row_snapshot>> projection_store::opened::read(
    const std::string& name, std::uint32_t version) const {
  if (!rows) return unknown(name, version);
  auto found = rows->read(stored_name(name, version));
  if (!found) return std::move(found).error();
  const auto taken = (*found)->taken_at();
  if (!taken) return taken.error();
  if (!*taken) return unknown(name, version);
  return found;
}

result<stored_projection> projection_store::opened::look_at(const std::string& name,
                                                            std::uint32_t version) const {
  stored_projection out{.name = name, .version = version};
  auto stored = rows->read(stored_name(name, version));
  if (!stored) return std::move(stored).error();
  const auto taken = (*stored)->taken_at();
  if (!taken) return taken.error();
  if (*taken) out.cursors = (*taken)->cursors;
  if (auto counted = count_lag(out); !counted) return std::move(counted).error();
  const auto read = (*stored)->scan(tables_begin, tables_end, [&](auto key, auto value) {
    ++out.rows;
    out.row_bytes += key.size() + value.size();
    return true;
  });
  if (!read) return read.error();
  const consumers::row_reader all(std::move(*stored));
  const auto built = consumers::is_built(all);
  if (!built) return built.error();
  out.built = *built;
  const auto skipped = consumers::count_skipped(all);
  if (!skipped) return skipped.error();
  out.skipped_events = *skipped;
  const auto parked = consumers::parked_events::list(all);
  if (!parked) return parked.error();
  out.parked_events = parked->size();
  std::set<aggregate_key> keys;
  for (const parked_event& e : *parked) keys.insert(e.aggregate);
  out.parked_keys = keys.size();
  return out;
}

result<void> projection_store::opened::count_lag(stored_projection& of) const {
  for (std::uint32_t i = 0; i < log->partitions(); ++i) {
    const auto last = log->committed({i});
    if (!last) return last.error();
    const auto known = std::ranges::find(of.cursors, partition_id{i}, &partition_cursor::partition);
    const std::uint64_t through = known == of.cursors.end() ? 0 : known->through.value;
    if (last->value > through) of.lag_events += last->value - through;
  }
  return {};
}

projection_store::projection_store(std::unique_ptr<opened> store) : store_(std::move(store)) {}
projection_store::projection_store(projection_store&&) noexcept = default;
projection_store& projection_store::operator=(projection_store&&) noexcept = default;
projection_store::~projection_store() = default;

result<projection_store> projection_store::open(const std::string& directory) {
  auto log = persistence::inspected_files::open(directory);
  if (!log) return std::move(log).error();
  auto store = std::make_unique<opened>();
  store->log = std::move(*log);
  auto kept = persistence::lmdb_checkpoint_store::open_to_read(directory);
  if (kept) {
    store->rows = (*kept)->rows();
    store->rows_live_in = std::move(*kept);
  } else if (kept.error().code != errc::not_found) {
    return std::move(kept).error();
  }
  return projection_store(std::move(store));
}

result<std::vector<stored_projection>> projection_store::list() const {
  std::vector<stored_projection> out;
  if (!store_->rows) return out;
  const auto names = store_->rows->names();
  if (!names) return names.error();
  for (const std::string& stored : *names) {
    const auto parts = parts_of(stored);
    if (!parts) continue;
    auto found = store_->look_at(parts->first, parts->second);
    if (!found) return std::move(found).error();
    out.push_back(std::move(*found));
  }
  std::ranges::sort(out, {}, [](const auto& p) { return std::pair(p.name, p.version); });
  return out;
}

result<std::uint32_t> projection_store::newest(const std::string& name) const {
  std::optional<std::uint32_t> found;
  if (store_->rows) {
    const auto names = store_->rows->names();
    if (!names) return names.error();
    for (const std::string& stored : *names) {
      const auto parts = parts_of(stored);
      if (parts && parts->first == name) found = std::max(found.value_or(0), parts->second);
    }
  }
  if (!found) return error{errc::not_found, "nothing is stored of a projection " + name};
  return *found;
}

result<std::vector<partition_lag>> projection_store::lag(const std::string& name,
                                                         std::uint32_t version) const {
  const auto stored = store_->read(name, version);
  if (!stored) return stored.error();
  const auto taken = (*stored)->taken_at();
  if (!taken) return taken.error();
  std::vector<partition_lag> out;
  for (std::uint32_t i = 0; i < store_->log->partitions(); ++i) {
    partition_lag one{.at = {.partition = {i}, .through = {}}};
    for (const partition_cursor& c : (*taken)->cursors) {
      if (c.partition == one.at.partition) one.at = c;
    }
    const auto end = store_->log->committed({i});
    if (!end) return end.error();
    one.end = *end;
    const auto page = store_->log->scan({i}, {.from = one.at.through.next(), .limit = 1},
                                        [&](const persistence::stored_record& record) {
                                          one.waiting_since = record.time;
                                          return false;
                                        });
    if (!page) return page.error();
    out.push_back(one);
  }
  return out;
}

result<std::vector<parked_event>> projection_store::parked(const std::string& name,
                                                           std::uint32_t version) const {
  auto stored = store_->read(name, version);
  if (!stored) return std::move(stored).error();
  return consumers::parked_events::list(consumers::row_reader(std::move(*stored)));
}

result<void> projection_store::compare(
    const std::string& name, std::uint32_t from, std::uint32_t to,
    const std::function<bool(const row_difference&)>& visit) const {
  const auto before = store_->read(name, from);
  if (!before) return before.error();
  const auto after = store_->read(name, to);
  if (!after) return after.error();
  row_pages olds(**before);
  row_pages news(**after);
  using kind = row_difference::kind;
  while (true) {
    const auto a = olds.first();
    if (!a) return a.error();
    const auto b = news.first();
    if (!b) return b.error();
    if (*a == nullptr && *b == nullptr) return {};
    std::optional<row_difference> found;
    if (*b == nullptr || (*a != nullptr && (*a)->key < (*b)->key)) {
      found = difference(kind::removed, (*a)->key);
      olds.take();
    } else if (*a == nullptr || (*b)->key < (*a)->key) {
      found = difference(kind::added, (*b)->key);
      news.take();
    } else {
      if ((*a)->value != (*b)->value) found = difference(kind::changed, (*a)->key);
      olds.take();
      news.take();
    }
    if (found && !visit(*found)) return {};
  }
}

}  // namespace reprise
