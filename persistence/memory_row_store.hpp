// SPDX-License-Identifier: Apache-2.0
//
// Rows in memory; nothing is left when it is gone.
//
// Threading: every method may be called from any thread.

#pragma once

#include "base/guarded.hpp"
#include "persistence/row_store.hpp"

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <string>

namespace reprise::persistence {

class memory_row_store final : public row_store {
 public:
  [[nodiscard]] result<void> commit(std::string_view projection, const row_changes& changes,
                                    const checkpoint& taken) override;
  [[nodiscard]] result<void> remove(std::string_view projection) override;
  [[nodiscard]] result<std::vector<std::string>> names() const override;
  [[nodiscard]] result<std::unique_ptr<row_snapshot>> read(
      std::string_view projection) const override;

 private:
  struct stored {
    std::map<bytes, bytes> rows{};
    std::optional<checkpoint> taken{};
    // Snapshots that look at it. They come while `all_` is held, and go at any time.
    mutable std::atomic<std::size_t> readers{0};
  };
  class snapshot;

  // Copied before it is changed while a snapshot looks at it.
  base::guarded<std::map<std::string, std::shared_ptr<stored>, std::less<>>> all_;
};

}  // namespace reprise::persistence
