// SPDX-License-Identifier: Apache-2.0
#include "persistence/memory_row_store.hpp"

#include <atomic>
#include <utility>

namespace reprise::persistence {

result<void> check_rows(std::string_view projection, const row_changes& changes) {
  if (auto fine = check_checkpoint_name(projection); !fine) return fine;
  for (const auto& [key, value] : changes) {
    if (key.empty() || key[0] == std::byte{0} || key.size() > row_key_bytes_max ||
        key.size() % 8 != 0) {
      return error{errc::too_large, "the key of a row takes " + std::to_string(key.size()) +
                                        " bytes, the limit is " +
                                        std::to_string(row_key_bytes_max)};
    }
  }
  return {};
}

class memory_row_store::snapshot final : public row_snapshot {
 public:
  explicit snapshot(std::shared_ptr<const stored> what) : what_(std::move(what)) {
    what_->readers.fetch_add(1, std::memory_order_relaxed);
  }
  // What was read here was read before somebody who finds nobody here changes it.
  ~snapshot() override { what_->readers.fetch_sub(1, std::memory_order_release); }
  snapshot(const snapshot&) = delete;
  snapshot& operator=(const snapshot&) = delete;

  [[nodiscard]] result<std::optional<checkpoint>> taken_at() const override { return what_->taken; }
  [[nodiscard]] result<std::optional<bytes>> get(bytes_view key) const override {
    const auto found = what_->rows.find(bytes(key.begin(), key.end()));
    if (found == what_->rows.end()) return std::optional<bytes>{};
    return std::optional(found->second);
  }
  [[nodiscard]] result<void> scan(bytes_view from, bytes_view below,
                                  const row_visitor& visit) const override {
    const bytes end(below.begin(), below.end());
    auto row = what_->rows.lower_bound(bytes(from.begin(), from.end()));
    for (; row != what_->rows.end() && row->first < end; ++row) {
      if (!visit(row->first, row->second)) break;
    }
    return {};
  }

 private:
  const std::shared_ptr<const stored> what_;
};

result<void> memory_row_store::commit(std::string_view projection, const row_changes& changes,
                                      const checkpoint& taken) {
  if (auto fine = check_rows(projection, changes); !fine) return fine;
  all_.with([&](auto& all) {
    std::shared_ptr<stored>& mine = all[std::string(projection)];
    if (!mine) mine = std::make_shared<stored>();
    // The count of shared_ptr would not do: it says nothing about what its last owner has read.
    if (mine->readers.load(std::memory_order_acquire) > 0) {
      auto fresh = std::make_shared<stored>();
      fresh->rows = mine->rows;
      mine = std::move(fresh);
    }
    for (const auto& [key, value] : changes) {
      if (value) {
        mine->rows.insert_or_assign(key, *value);
      } else {
        mine->rows.erase(key);
      }
    }
    mine->taken = taken;
  });
  return {};
}

result<void> memory_row_store::remove(std::string_view projection) {
  all_.with([&](auto& all) {
    if (const auto found = all.find(projection); found != all.end()) all.erase(found);
  });
  return {};
}

result<std::vector<std::string>> memory_row_store::names() const {
  return all_.with([](const auto& all) {
    std::vector<std::string> listed;
    listed.reserve(all.size());
    for (const auto& [name, rows] : all) listed.push_back(name);
    return listed;
  });
}

result<std::unique_ptr<row_snapshot>> memory_row_store::read(std::string_view projection) const {
  return all_.with([&](const auto& all) {
    const auto found = all.find(projection);
    std::shared_ptr<const stored> what = std::make_shared<stored>();
    if (found != all.end()) what = found->second;
    return std::unique_ptr<row_snapshot>(std::make_unique<snapshot>(std::move(what)));
  });
}

}  // namespace reprise::persistence
