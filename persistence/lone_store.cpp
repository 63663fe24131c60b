// SPDX-License-Identifier: Apache-2.0
#include "persistence/lone_store.hpp"

#include "persistence/key_file.hpp"
#include "persistence/lmdb_entries.hpp"

#include <optional>
#include <string>

namespace reprise::persistence {
namespace {

error stays_alone(const std::filesystem::path& directory, const std::string& why) {
  std::string what = directory.string();
  what += " was written by a node that stood alone and cannot become that of a cluster: ";
  what += why;
  return {errc::incompatible, what};
}

// Where the last record of such an aggregate stands.
std::optional<position> any_with_hidden_events(const folded_partition& partition) {
  std::optional<position> found;
  partition.heads.for_each([&](const aggregate_hash& /*of*/, const aggregate_head& head) {
    const bool hides = head.is == aggregate_head::state::live && head.first_readable > head.begins;
    if (hides) found = head.at;
  });
  return found;
}

result<std::string> name_at(const opened_store& store, partition_id id,
                            const folded_partition& partition, position at) {
  lmdb_entries entries(*store.environment, store.tables, id);
  entries.tail().restore(partition.places, partition.places_saved);
  const auto session = entries.begin();
  if (!session) return session.error();
  const auto stored = (*session)->entry_holding(at);
  if (!stored) return stored.error();
  const auto entry = messages::entry::open(*stored);
  if (!entry) return entry.error();
  const auto record = entry->at(at);
  if (!record) return record.error();
  return std::string(record->id);
}

}  // namespace

result<void> check_can_be_shared(const std::filesystem::path& directory, const opened_store& store,
                                 const recovered_store& found) {
  const auto keys = key_file::open_to_read(directory);
  if (!keys) return keys.error();
  if (*keys) {
    return stays_alone(directory,
                       "it holds personal data, and their keys have no copies on other nodes");
  }
  const auto& partitions = found.fold.partitions();
  for (std::uint32_t i = 0; i < partitions.size(); ++i) {
    if (partitions[i].damage) {
      error why = *partitions[i].damage;
      why.message.insert(0, "partition " + std::to_string(i) + ": ");
      return why;
    }
    const auto at = any_with_hidden_events(partitions[i]);
    if (!at) continue;
    const auto name = name_at(store, {i}, partitions[i], *at);
    if (!name) return name.error();
    return stays_alone(directory, "old events of " + *name +
                                      " are hidden behind its snapshots, which other nodes do not "
                                      "get; they could not make its state");
  }
  return {};
}

}  // namespace reprise::persistence
