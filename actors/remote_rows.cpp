// SPDX-License-Identifier: Apache-2.0
#include "actors/remote_rows.hpp"

#include <optional>
#include <utility>

namespace reprise::actors {
namespace {

error only_read() {
  return {errc::not_hosted, "rows are changed where they are, not through a node"};
}

// The least key above this one.
bytes behind(bytes key) {
  key.push_back(std::byte{0});
  return key;
}

class rows_of final : public persistence::row_snapshot {
 public:
  rows_of(const remote_store& from, std::string projection)
      : from_(from), projection_(std::move(projection)) {}

  [[nodiscard]] result<std::optional<persistence::checkpoint>> taken_at() const override {
    auto page = rows({}, {});
    if (!page) return std::move(page).error();
    return std::move(page->taken_at);
  }

  [[nodiscard]] result<std::optional<bytes>> get(bytes_view key) const override {
    const bytes wanted(key.begin(), key.end());
    auto page = rows(wanted, behind(wanted));
    if (!page) return std::move(page).error();
    if (page->rows.empty()) return std::optional<bytes>();
    return std::optional(std::move(page->rows.front().second));
  }

  [[nodiscard]] result<void> scan(bytes_view from, bytes_view below,
                                  const persistence::row_visitor& visit) const override {
    bytes next(from.begin(), from.end());
    for (;;) {
      auto page = rows(std::move(next), {below.begin(), below.end()});
      if (!page) return std::move(page).error();
      for (const auto& [key, value] : page->rows) {
        if (!visit(key, value)) return {};
      }
      if (!page->cut || page->rows.empty()) return {};
      next = behind(std::move(page->rows.back().first));
    }
  }

 private:
  [[nodiscard]] result<cluster::row_page> rows(bytes from, bytes below) const {
    return from_.rows(
        {.projection = projection_, .from = std::move(from), .below = std::move(below)});
  }

  const remote_store& from_;
  const std::string projection_;
};

}  // namespace

result<void> remote_rows::commit(std::string_view /*projection*/,
                                 const persistence::row_changes& /*changes*/,
                                 const persistence::checkpoint& /*taken*/) {
  return only_read();
}

result<void> remote_rows::remove(std::string_view /*projection*/) {
  return only_read();
}

result<std::unique_ptr<persistence::row_snapshot>> remote_rows::read(
    std::string_view projection) const {
  return std::unique_ptr<persistence::row_snapshot>(
      std::make_unique<rows_of>(from_, std::string(projection)));
}

}  // namespace reprise::actors
