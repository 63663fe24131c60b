// SPDX-License-Identifier: Apache-2.0
#include "persistence/memory_checkpoint_store.hpp"

namespace reprise::persistence {

result<void> check_checkpoint_name(std::string_view name) {
  if (!name.empty() && name.size() <= checkpoint_name_bytes_max) return {};
  return error{
      errc::invalid_argument,
      "the name of a checkpoint has 1 to 255 bytes, this one has " + std::to_string(name.size())};
}

result<void> memory_checkpoint_store::save(std::string_view name, const checkpoint& taken) {
  if (auto fine = check_checkpoint_name(name); !fine) return fine;
  all_.with([&](auto& all) { all.insert_or_assign(std::string(name), taken); });
  return {};
}

result<std::optional<checkpoint>> memory_checkpoint_store::load(std::string_view name) const {
  return all_.with([&](const auto& all) -> std::optional<checkpoint> {
    const auto found = all.find(name);
    if (found == all.end()) return {};
    return found->second;
  });
}

result<void> memory_checkpoint_store::remove(std::string_view name) {
  all_.with([&](auto& all) {
    if (const auto found = all.find(name); found != all.end()) all.erase(found);
  });
  return {};
}

result<std::vector<std::string>> memory_checkpoint_store::names() const {
  return all_.with([](const auto& all) {
    std::vector<std::string> listed;
    listed.reserve(all.size());
    for (const auto& [name, taken] : all) listed.push_back(name);
    return listed;
  });
}

}  // namespace reprise::persistence
