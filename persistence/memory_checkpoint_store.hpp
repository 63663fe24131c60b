// SPDX-License-Identifier: Apache-2.0
//
// Checkpoints in memory; nothing is left when it is gone.
//
// Threading: every method may be called from any thread.

#pragma once

#include "base/guarded.hpp"
#include "persistence/checkpoint_store.hpp"

#include <functional>
#include <map>

namespace reprise::persistence {

class memory_checkpoint_store final : public checkpoint_store {
 public:
  [[nodiscard]] result<void> save(std::string_view name, const checkpoint& taken) override;
  [[nodiscard]] result<std::optional<checkpoint>> load(std::string_view name) const override;
  [[nodiscard]] result<void> remove(std::string_view name) override;
  [[nodiscard]] result<std::vector<std::string>> names() const override;

 private:
  base::guarded<std::map<std::string, checkpoint, std::less<>>> all_;
};

}  // namespace reprise::persistence
