// SPDX-License-Identifier: Apache-2.0
#include "cluster/heard_standings.hpp"

#include <algorithm>

namespace reprise::cluster {

bool is_confirmed(const partition_standing& lead, const heard_standings& heard) {
  const auto confirms = [&](replica_id voter) {
    const auto found = heard.find(voter);
    return found != heard.end() && found->second.in_term <= lead.in_term;
  };
  const auto confirmed = static_cast<std::size_t>(std::ranges::count_if(lead.voters, confirms));
  return confirmed * 2 > lead.voters.size();
}

}  // namespace reprise::cluster
