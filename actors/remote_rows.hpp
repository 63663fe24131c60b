// SPDX-License-Identifier: Apache-2.0
//
// Rows that consumers of a node keep, read through that node. They cannot be changed from here.
//
// Invariant: rows of one page are of one moment; those of the next one may be of a later one.
// Threading: confined to one thread; calls wait.

#pragma once

#include "actors/remote_store.hpp"
#include "persistence/row_store.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::actors {

class remote_rows final : public persistence::row_store {
 public:
  /// `from` must outlive it.
  explicit remote_rows(const remote_store& from) : from_(from) {}

  /// Both: `not_hosted`.
  [[nodiscard]] result<void> commit(std::string_view projection,
                                    const persistence::row_changes& changes,
                                    const persistence::checkpoint& taken) override;
  [[nodiscard]] result<void> remove(std::string_view projection) override;

  [[nodiscard]] result<std::vector<std::string>> names() const override {
    return from_.projections();
  }
  [[nodiscard]] result<std::unique_ptr<persistence::row_snapshot>> read(
      std::string_view projection) const override;

 private:
  const remote_store& from_;
};

}  // namespace reprise::actors
