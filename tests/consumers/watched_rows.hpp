// SPDX-License-Identifier: Apache-2.0
//
// A store of rows whose failures are the test's.
//
// Threading: confined to the test.

#pragma once

#include "persistence/memory_row_store.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reprise::consumers::testing {

/// Keeps rows, counts commits, and refuses them when told to.
class watched_rows final : public persistence::row_store {
 public:
  std::uint64_t commits = 0;
  bool full = false;
  /// With the first commit that fails, nothing can be read any more, either.
  bool breaks = false;
  bool unreadable = false;

  result<void> commit(std::string_view projection, const persistence::row_changes& changes,
                      const persistence::checkpoint& taken) override {
    if (full) {
      unreadable = unreadable || breaks;
      return error{errc::disk_full, "no room for rows"};
    }
    ++commits;
    return all_.commit(projection, changes, taken);
  }
  result<void> remove(std::string_view projection) override { return all_.remove(projection); }
  result<std::vector<std::string>> names() const override { return all_.names(); }
  result<std::unique_ptr<persistence::row_snapshot>> read(std::string_view name) const override {
    if (unreadable) return error{errc::io_error, "rows cannot be read"};
    return std::unique_ptr<persistence::row_snapshot>(
        std::make_unique<counted>(all_.read(name).value(), held_));
  }
  /// How many moments are being looked at.
  [[nodiscard]] int held() const { return held_; }

 private:
  class counted final : public persistence::row_snapshot {
   public:
    counted(std::unique_ptr<row_snapshot> what, int& held) : what_(std::move(what)), held_(held) {
      ++held_;
    }
    ~counted() override { --held_; }
    counted(const counted&) = delete;
    counted& operator=(const counted&) = delete;
    result<std::optional<persistence::checkpoint>> taken_at() const override {
      return what_->taken_at();
    }
    result<std::optional<bytes>> get(bytes_view key) const override { return what_->get(key); }
    result<void> scan(bytes_view from, bytes_view below,
                      const persistence::row_visitor& visit) const override {
      return what_->scan(from, below, visit);
    }

   private:
    const std::unique_ptr<row_snapshot> what_;
    int& held_;
  };

  mutable int held_ = 0;
  persistence::memory_row_store all_;
};

}  // namespace reprise::consumers::testing
