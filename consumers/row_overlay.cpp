// SPDX-License-Identifier: Apache-2.0
#include "consumers/row_overlay.hpp"

#include <algorithm>
#include <string>

namespace reprise::consumers {
namespace {

// What holds one row, about: small rows take more memory than their bytes.
constexpr std::size_t memory_per_row_bytes = 128;

// From what was committed; `keeps` keeps the bytes.
result<std::optional<bytes_view>> found_in(const persistence::row_snapshot& committed,
                                           bytes_view key, bytes& keeps) {
  auto stored = committed.get(key);
  if (!stored) return std::move(stored).error();
  if (!*stored) return std::optional<bytes_view>{};
  keeps = std::move(**stored);
  return std::optional<bytes_view>(keeps);
}

std::size_t size_of(const std::optional<bytes>& value) {
  return value ? value->size() : 0;
}

// What lies behind them belongs to single aggregates or partitions, which only one lane knows.
bool is_of_a_table(bytes_view key) {
  return !key.empty() && key[0] < std::byte{0x80};
}

bool is_before(bytes_view a, bytes_view b) {
  return std::ranges::lexicographical_compare(a, b);
}

error unchangeable() {
  return {errc::invalid_argument, "a view's rows cannot be changed"};
}

}  // namespace

void row_overlay::begin(std::unique_ptr<persistence::row_snapshot> committed) {
  committed_ = std::move(committed);
  noted_.clear();
  batch_.clear();
  batch_bytes_ = 0;
  before_.clear();
  touched_ = 0;
  last_ = nullptr;
  order_.reset();
  // To clear costs as much as the largest batch did, so that one is not kept for small ones.
  if (rows_.bucket_count() / 8 > rows_.size()) {
    rows_ = {};
  } else {
    rows_.clear();
  }
}

void row_overlay::keep_event() {
  for (std::size_t i = 0; i < touched_; ++i) {
    auto& [key, row] = *before_[i].row;
    if (row.by_batch) {
      batch_bytes_ -= size_of(before_[i].value);
    } else {
      batch_.push_back(before_[i].row);
      batch_bytes_ += memory_per_row_bytes + key.size();
    }
    batch_bytes_ += size_of(row.value);
    row.by_batch = true;
    row.by_event = false;
  }
  touched_ = 0;
}

void row_overlay::forget_event() {
  for (std::size_t i = 0; i < touched_; ++i) {
    changed_row& row = before_[i].row->second;
    row.value.swap(before_[i].value);
    row.by_event = false;
  }
  touched_ = 0;
}

persistence::row_changes row_overlay::take_batch() {
  std::ranges::sort(batch_, {}, [](const auto* row) -> const bytes& { return row->first; });
  persistence::row_changes all;
  for (rows::value_type* row : batch_) {
    all.emplace_hint(all.end(), row->first, std::move(row->second.value));
  }
  end();
  return all;
}

row_overlay::rows::value_type* row_overlay::look_up(bytes_view key) const {
  if (last_ != nullptr && same{}(last_->first, key)) return last_;
  const auto found = rows_.find(key);
  if (found == rows_.end()) return nullptr;
  last_ = &*found;
  return last_;
}

result<std::optional<bytes_view>> row_overlay::find(bytes_view key) const {
  if (const auto* row = look_up(key); row != nullptr) {
    const changed_row& now = row->second;
    if (now.by_event || now.by_batch) {
      return now.value ? std::optional<bytes_view>(*now.value) : std::optional<bytes_view>{};
    }
  }
  if (noting_ && is_of_a_table(key)) noted_.row(key);
  return found_in(*committed_, key, read_);
}

result<row_overlay::changed_row*> row_overlay::opened(bytes_view key) {
  if (key.size() > persistence::row_key_bytes_max) {
    return error{errc::too_large, "the key of a row takes " + std::to_string(key.size()) +
                                      " bytes, the limit is " +
                                      std::to_string(persistence::row_key_bytes_max)};
  }
  rows::value_type* found = look_up(key);
  if (found == nullptr) {
    found = &*rows_.try_emplace(bytes(key.begin(), key.end())).first;
    last_ = found;
    if (order_) order_->emplace(found->first, &found->second);
  }
  changed_row& row = found->second;
  if (row.by_event) return &row;
  if (touched_ == before_.size()) before_.emplace_back();
  before_event& before = before_[touched_++];
  before.row = found;
  before.value.swap(row.value);
  row.by_event = true;
  return &row;
}

result<void> row_overlay::put(bytes_view key, bytes& value) {
  const auto row = opened(key);
  if (!row) return row.error();
  if (!(*row)->value) (*row)->value.emplace();
  (*row)->value->swap(value);
  return {};
}

result<void> row_overlay::erase(bytes_view key) {
  const auto row = opened(key);
  if (!row) return row.error();
  (*row)->value.reset();
  return {};
}

result<void> row_overlay::scan(
    const bytes& from, const bytes& below,
    const std::function<bool(bytes_view key, bytes_view value)>& visit) const {
  if (!(from < below)) return {};
  if (noting_ && is_of_a_table(from)) noted_.range(from, below);
  // Whoever looks round before anything is changed pays for no order afterwards.
  if (rows_.empty()) return committed_->scan(from, below, visit);
  if (!order_) {
    order_.emplace();
    for (const auto& [key, row] : rows_) order_->emplace(key, &row);
  }
  auto changed = order_->lower_bound(from);
  const auto end = order_->lower_bound(below);
  const auto shown = [&] {
    const changed_row& row = *changed->second;
    const bool counts = row.by_event || row.by_batch;
    return !counts || !row.value || visit(changed->first, *row.value);
  };
  bool go_on = true;
  auto read = committed_->scan(from, below, [&](bytes_view key, bytes_view value) {
    for (; go_on && changed != end && is_before(changed->first, key); ++changed) go_on = shown();
    if (!go_on) return false;
    if (changed != end && same{}(changed->first, key) &&
        (changed->second->by_event || changed->second->by_batch)) {
      go_on = shown();
      ++changed;
    } else {
      go_on = visit(key, value);
    }
    return go_on;
  });
  if (!read) return read;
  for (; go_on && changed != end; ++changed) go_on = shown();
  return {};
}

result<std::optional<bytes_view>> row_reader::find(bytes_view key) const {
  return found_in(*committed_, key, read_);
}

result<void> row_reader::put(bytes_view /*key*/, bytes& /*value*/) {
  return unchangeable();
}

result<void> row_reader::erase(bytes_view /*key*/) {
  return unchangeable();
}

}  // namespace reprise::consumers
