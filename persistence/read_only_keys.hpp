// SPDX-License-Identifier: Apache-2.0
//
// The keys of a store that somebody else may be writing: looked up anew when the file has changed.
//
// Threading: every method may be called from any thread.

#pragma once

#include "base/guarded.hpp"
#include "persistence/key_source.hpp"
#include "persistence/subject_keys.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>

namespace reprise::persistence {

class read_only_keys final : public key_source {
 public:
  explicit read_only_keys(std::filesystem::path store) : store_(std::move(store)) {}

  /// Finds nothing as long as there is no file.
  [[nodiscard]] result<std::optional<secret_key>> find(const key_id& key) const override;

 private:
  // What tells one content of the file from another.
  struct appearance {
    std::uint64_t size = 0;
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;
    bool operator==(const appearance&) const = default;
  };
  struct content {
    appearance looked{};
    std::optional<key_table> table{};
  };

  [[nodiscard]] result<void> refresh(content& known) const;

  const std::filesystem::path store_;
  mutable base::guarded<content> known_;
};

}  // namespace reprise::persistence
