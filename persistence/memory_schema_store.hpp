// SPDX-License-Identifier: Apache-2.0
//
// Schemas in memory; nothing is left when it is gone.
//
// Threading: every method may be called from any thread.

#pragma once

#include "base/guarded.hpp"
#include "persistence/schema_store.hpp"

#include <map>

namespace reprise::persistence {

class memory_schema_store final : public schema_store {
 public:
  [[nodiscard]] result<void> save(const stored_schema& schema) override {
    all_.with([&](auto& all) { all.insert_or_assign(schema.type, schema); });
    return {};
  }
  [[nodiscard]] result<std::vector<stored_schema>> all() const override {
    return all_.with([](const auto& all) {
      std::vector<stored_schema> listed;
      listed.reserve(all.size());
      for (const auto& [type, schema] : all) listed.push_back(schema);
      return listed;
    });
  }

 private:
  base::guarded<std::map<aggregate_type_id, stored_schema>> all_;
};

}  // namespace reprise::persistence
