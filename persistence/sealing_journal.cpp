// SPDX-License-Identifier: Apache-2.0
#include "persistence/sealing_journal.hpp"

#include "persistence/unsealed_read.hpp"

#include <utility>

namespace reprise::persistence {

void sealing_journal::append(append_request request, append_listener& listener, std::uint64_t tag) {
  seals_.seal(request);
  stored_->append(std::move(request), listener, tag);
}

result<aggregate_page> sealing_journal::read(const aggregate_key& aggregate,
                                             const aggregate_range& range,
                                             const record_visitor& visit) const {
  return read_unsealed(
      [&](const record_visitor& each) { return stored_->read(aggregate, range, each); },
      seals_.keys(), visit);
}

result<partition_page> sealing_journal::scan(partition_id partition, const partition_range& range,
                                             const record_visitor& visit) const {
  return scan_unsealed(
      [&](const record_visitor& each) { return stored_->scan(partition, range, each); },
      seals_.keys(), visit);
}

}  // namespace reprise::persistence
