// SPDX-License-Identifier: Apache-2.0
#include "consumers/row_overlay.hpp"

namespace reprise::consumers {

void row_overlay::keep_event() {
  for (auto& [key, value] : event_) {
    batch_bytes_ += key.size() + (value ? value->size() : 0);
    batch_.insert_or_assign(key, std::move(value));
  }
  event_.clear();
}

result<std::optional<bytes>> row_overlay::get(const bytes& key) const {
  if (const auto found = event_.find(key); found != event_.end()) return found->second;
  if (const auto found = batch_.find(key); found != batch_.end()) return found->second;
  return committed_->get(key);
}

result<void> row_overlay::put(bytes key, std::optional<bytes> value) {
  if (key.size() > persistence::row_key_bytes_max) {
    return error{errc::too_large, "the key of a row takes " + std::to_string(key.size()) +
                                      " bytes, the limit is " +
                                      std::to_string(persistence::row_key_bytes_max)};
  }
  event_.insert_or_assign(std::move(key), std::move(value));
  return {};
}

result<void> row_overlay::scan(
    const bytes& from, const bytes& below,
    const std::function<bool(bytes_view key, bytes_view value)>& visit) const {
  // Folding over ranges is rare, so the range is put together first.
  std::map<bytes, bytes> rows;
  auto read = committed_->scan(from, below, [&](bytes_view key, bytes_view value) {
    rows.emplace(bytes(key.begin(), key.end()), bytes(value.begin(), value.end()));
    return true;
  });
  if (!read) return read;
  for (const persistence::row_changes* changes : {&batch_, &event_}) {
    for (auto it = changes->lower_bound(from); it != changes->end() && it->first < below; ++it) {
      if (it->second) {
        rows.insert_or_assign(it->first, *it->second);
      } else {
        rows.erase(it->first);
      }
    }
  }
  for (const auto& [key, value] : rows) {
    if (!visit(key, value)) break;
  }
  return {};
}

result<void> row_reader::put(bytes /*key*/, std::optional<bytes> /*value*/) {
  return error{errc::invalid_argument, "a view's rows cannot be changed"};
}

}  // namespace reprise::consumers
