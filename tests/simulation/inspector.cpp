// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/inspector.hpp"

#include "cluster/node_query.hpp"
#include "cluster/store_query.hpp"

#include <string>

namespace reprise::simulated {
namespace {

constexpr milliseconds ask_every{70};
constexpr milliseconds patience{2'000};

}  // namespace

void inspector::ask() {
  if (closing_) return;
  world_.after(ask_every, [this] { ask(); });
  node& whom = *nodes_[tally_.asked++ % nodes_.size()];
  if (whom.clients() == nullptr) return;
  const std::uint64_t in_life = whom.lives();
  whom.clients()->ask(
      {.to = {cluster::node_itself, "", "store"},
       .command = cluster::store_command,
       .payload = encode(cluster::store_query(cluster::ends_query{})),
       .how = {.timeout = patience}},
      [this, &whom, in_life, told = customers_.ends()](const result<detail::raw_answer>& how) {
        if (!whom.is_alive() || whom.lives() != in_life) return;
        how ? ++tally_.answered : ++tally_.refused;
        if (!how) return;
        const auto said = cluster::decode_committed_ends(how->reply);
        check(said.has_value(), "the ends cannot be read");
        check_ends(whom.name(), *said, told);
      });
}

void inspector::check_ends(const std::string& name, const cluster::committed_ends& said,
                           const acknowledged_ends& told) {
  for (const auto& [partition, end] : told) {
    check(said.at(partition.value) >= end,
          name + " says that partition " + std::to_string(partition.value) + " ends at " +
              std::to_string(said.at(partition.value).value) + ", though " +
              std::to_string(end.value) + " was acknowledged before");
  }
}

}  // namespace reprise::simulated
