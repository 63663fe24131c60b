// SPDX-License-Identifier: Apache-2.0
//
// The committed entries of one partition in an LMDB environment.
//
// Threading: every method may be called from any thread; a session is confined to one.

#pragma once

#include "persistence/entry_source.hpp"
#include "persistence/lmdb_environment.hpp"
#include "persistence/place_tail.hpp"
#include "persistence/store_tables.hpp"

namespace reprise::persistence {

/// The environment must outlive it.
class lmdb_entries final : public entry_source {
 public:
  lmdb_entries(const lmdb_environment& environment, const store_tables& tables,
               partition_id partition)
      : environment_(environment), tables_(tables), partition_(partition) {}

  [[nodiscard]] place_tail& tail() { return tail_; }
  [[nodiscard]] result<std::unique_ptr<entry_session>> begin() const override;

 private:
  class session;

  const lmdb_environment& environment_;
  const store_tables& tables_;
  const partition_id partition_;
  place_tail tail_;
};

}  // namespace reprise::persistence
