// SPDX-License-Identifier: Apache-2.0
#include "cluster/lead_notice.hpp"

#include "cluster/lead_notice.capnp.h"
#include "cluster/wire_bytes.hpp"

#include <utility>

namespace reprise::cluster {
bytes encode(const std::vector<lead_notice>& notices) {
  capnp::MallocMessageBuilder message;
  auto leads =
      message.initRoot<lead_wire::Leads>().initLeads(static_cast<unsigned>(notices.size()));
  for (unsigned i = 0; i < notices.size(); ++i) {
    const lead_notice& from = notices[i];
    auto to = leads[i];
    to.setPartition(from.partition.value);
    to.setTerm(from.in_term.value);
    to.setCommitted(from.committed.value);
    bytes members;
    encode_membership(from.members, members);
    to.setMembers(as_data(bytes_view(members)));
  }
  return flat(message);
}

result<std::vector<lead_notice>> decode_lead_notices(bytes_view from) {
  using notices = result<std::vector<lead_notice>>;
  return reading<lead_wire::Leads>(from, [](lead_wire::Leads::Reader root) -> notices {
    if (root.getLeads().size() > lead_notices_max) return malformed("too many partitions");
    std::vector<lead_notice> all;
    for (const auto each : root.getLeads()) {
      auto members = decode_membership(view(each.getMembers()));
      if (!members) return std::move(members).error();
      if (each.getTerm() == 0) return malformed("a lead that there cannot be");
      all.push_back({.partition = {each.getPartition()},
                     .in_term = {each.getTerm()},
                     .committed = {each.getCommitted()},
                     .members = std::move(*members)});
    }
    return all;
  });
}

bool heard_lead::hear(replica_id from, const lead_notice& notice) {
  if (notice.in_term < last_.in_term) return false;
  // Nobody leads in another one's term.
  if (notice.in_term == last_.in_term && from != leader_) return false;
  if (from == leader_ && notice == last_) return false;
  leader_ = from;
  last_ = notice;
  return true;
}

}  // namespace reprise::cluster
