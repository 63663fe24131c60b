// SPDX-License-Identifier: Apache-2.0
#include "cluster/standing_message.hpp"

#include "cluster/standing_message.capnp.h"
#include "cluster/wire_bytes.hpp"

#include <utility>

namespace reprise::cluster {

bytes encode(const standing_question& question) {
  capnp::MallocMessageBuilder message;
  auto to = message.initRoot<standing_wire::Question>();
  to.setRound(question.round);
  auto of = to.initPartitions(static_cast<unsigned>(question.of.size()));
  for (unsigned i = 0; i < of.size(); ++i) of.set(i, question.of[i].value);
  return flat(message);
}

bytes encode(const standing_answer& answer) {
  capnp::MallocMessageBuilder message;
  auto to = message.initRoot<standing_wire::Answer>();
  to.setRound(answer.round);
  auto all = to.initStandings(static_cast<unsigned>(answer.standings.size()));
  for (unsigned i = 0; i < all.size(); ++i) {
    const partition_standing& from = answer.standings[i];
    all[i].setPartition(from.partition.value);
    all[i].setTerm(from.in_term.value);
    all[i].setCommitted(from.committed.value);
    auto voters = all[i].initVoters(static_cast<unsigned>(from.voters.size()));
    for (unsigned v = 0; v < voters.size(); ++v) voters.set(v, from.voters[v].value);
  }
  return flat(message);
}

result<standing_question> decode_standing_question(bytes_view from) {
  return reading<standing_wire::Question>(
      from, [](standing_wire::Question::Reader root) -> result<standing_question> {
        standing_question question{.round = root.getRound()};
        for (const std::uint32_t each : root.getPartitions()) question.of.push_back({each});
        return question;
      });
}

result<standing_answer> decode_standing_answer(bytes_view from) {
  return reading<standing_wire::Answer>(
      from, [](standing_wire::Answer::Reader root) -> result<standing_answer> {
        standing_answer answer{.round = root.getRound()};
        for (const auto each : root.getStandings()) {
          if (each.getVoters().size() > members_max) return malformed("too many voters");
          partition_standing& to = answer.standings.emplace_back();
          to.partition = {each.getPartition()};
          to.in_term = {each.getTerm()};
          to.committed = {each.getCommitted()};
          for (const std::uint64_t voter : each.getVoters()) to.voters.push_back({voter});
        }
        return answer;
      });
}

}  // namespace reprise::cluster
