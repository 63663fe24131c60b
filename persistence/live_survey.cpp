// SPDX-License-Identifier: Apache-2.0
#include "persistence/live_survey.hpp"

#include "persistence/opened_store.hpp"
#include "persistence/store_check.hpp"
#include "persistence/store_listing.hpp"
#include "persistence/verify.hpp"

#include <system_error>

namespace reprise::persistence {

result<store_identity> live_survey::identity() const {
  const store_meta& meta = log_.opened().meta;
  return store_identity{.uuid = meta.uuid, .format = meta.format};
}

result<store_inventory> live_survey::inventory() const {
  store_inventory found;
  if (auto listed = list_files(directory_, found); !listed) return std::move(listed).error();
  const opened_store& opened = log_.opened();
  if (auto listed = list_tables(*opened.environment, opened.tables, found); !listed) {
    return std::move(listed).error();
  }
  if (auto listed = list_tables(snapshots_, found); !listed) return std::move(listed).error();
  std::error_code ignored;
  if (const lmdb_checkpoint_store* const kept = consumers_()) {
    if (auto listed = list_tables(*kept, found); !listed) return std::move(listed).error();
  } else if (std::filesystem::exists(directory_ / "consumers", ignored)) {
    found.unknown.emplace_back("consumers");
  }
  if (auto listed = list_keys(directory_, found); !listed) return std::move(listed).error();
  return found;
}

result<verification> live_survey::verify(const check_progress& go_on) const {
  const opened_store& opened = log_.opened();
  return check_store({.directory = directory_,
                      .partitions = opened.meta.partitions,
                      .log =
                          [&](const verify_progress& progress) {
                            return verify_log(*opened.environment, opened.tables, opened.meta,
                                              progress);
                          },
                      .snapshots = &snapshots_},
                     go_on);
}

}  // namespace reprise::persistence
