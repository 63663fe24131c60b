// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/wire_targets.hpp"

#include "cluster/fill_message.hpp"
#include "cluster/node_order.hpp"
#include "cluster/node_query.hpp"
#include "cluster/peer_introduction.hpp"
#include "cluster/projection_order.hpp"
#include "cluster/remote_command.hpp"
#include "cluster/roster.hpp"
#include "cluster/standing_message.hpp"
#include "cluster/store_query.hpp"
#include "tests/fuzz/look_at.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <variant>

namespace reprise::fuzz {
namespace {

const aggregate_key ann{{7}, "north", "ann"};
const bytes payload(40, std::byte{5});

}  // namespace

void read_commands(bytes_view message) {
  if (const auto commands = cluster::decode_commands(message)) {
    for (const cluster::remote_command& each : *commands) {
      look_at(each.payload);
      look_at(each.to.id);
      look_at(each.headers);
    }
  }
  if (const auto outcomes = cluster::decode_outcomes(message)) {
    for (const cluster::remote_outcome& each : *outcomes) {
      if (each.outcome) look_at(each.outcome->reply);
    }
  }
  if (const auto introduction = cluster::decode_introduction(message)) {
    for (const auto& [id, entry] : introduction->nodes.entries()) look_at(entry.node.name);
  }
  static_cast<void>(cluster::decode_roster(message));
  static_cast<void>(cluster::decode_standing_question(message));
  static_cast<void>(cluster::decode_standing_answer(message));
  static_cast<void>(cluster::decode_fill_question(message));
  if (const auto answer = cluster::decode_fill_answer(message)) {
    for (const auto& entry : answer->answer.entries) look_at(entry);
  }
}

std::vector<bytes> command_messages() {
  const std::array commands{
      cluster::remote_command{.request = 1,
                              .timeout = std::chrono::seconds(5),
                              .to = ann,
                              .command = 3,
                              .payload = payload,
                              .headers = {{"user", "ann"}},
                              .from = detail::delivery{.consumer = 9, .partition = {1}, .at = {4}}},
      cluster::remote_command{.request = 2, .to = ann, .linearizable = true}};
  const std::array outcomes{
      cluster::remote_outcome{.request = 1, .outcome = detail::raw_answer{.reply = payload}},
      cluster::remote_outcome{.request = 2,
                              .outcome = detail::raw_answer{.why = rejection{"no", "not so"}}},
      cluster::remote_outcome{.request = 3, .outcome = error{errc::overloaded, "too much"}}};
  const std::array<cluster_node, 2> founders{cluster_node{"n1", "10.0.0.1", 7001},
                                             cluster_node{"n2", "10.0.0.2", 7001}};
  const cluster::roster nodes = cluster::roster::of_founders(founders);
  return {encode(std::span<const cluster::remote_command>(commands)),
          encode(std::span<const cluster::remote_outcome>(outcomes)),
          encode(cluster::peer_introduction{.id = {1}, .partitions = 4, .nodes = nodes}),
          encode(nodes),
          encode(cluster::standing_question{.round = 1}),
          encode(cluster::standing_answer{
              .round = 1, .standings = {{.partition = {1}, .in_term = {2}, .voters = {{3}}}}}),
          encode(cluster::fill_question_message{.partition = {1}}),
          encode(cluster::fill_answer_message{.partition = {1}, .answer = {{payload, payload}}})};
}

void read_queries(bytes_view message) {
  if (const auto query = cluster::decode_store_query(message)) {
    if (const auto* const of = std::get_if<cluster::head_query>(&query->what)) look_at(of->of.id);
  }
  static_cast<void>(cluster::decode_records(message, {0}, [](const auto& record) {
    look_at(record.tenant);
    look_at(record.id);
    look_at(record.payload);
    look_at(record.headers);
    look_at(record.tags);
    return true;
  }));
  if (const auto known = cluster::decode_schemas(message)) {
    for (const auto& schema : known->schemas) look_at(schema.bundle);
  }
  static_cast<void>(cluster::decode_committed(message));
  static_cast<void>(cluster::decode_head(message));
  if (const auto saved = cluster::decode_saved(message); saved && *saved) look_at((*saved)->state);
  if (const auto names = cluster::decode_names(message)) {
    for (const std::string& name : *names) look_at(std::string_view(name));
  }
  if (const auto page = cluster::decode_rows(message)) {
    for (const auto& [key, value] : page->rows) look_at(value);
  }
  if (const auto facts = cluster::decode_facts(message)) {
    for (const auto& file : facts->inventory.files) look_at(std::string_view(file.name));
  }
  static_cast<void>(cluster::decode_heads(message));
  if (const auto check = cluster::decode_check(message); check && check->found) {
    for (const found_damage& each : check->found->damages) look_at(std::string_view(each.what));
  }
  if (const auto tally = cluster::decode_tally(message)) look_at(tally->last);
  if (const auto query = cluster::decode_history_query(message)) look_at(query->aggregate.id);
  if (const auto page = cluster::decode_history_page(message)) {
    for (const past_event& event : page->events) look_at(event.payload);
  }
}

std::vector<bytes> query_messages() {
  cluster::record_page_builder page;
  for (std::uint64_t n = 1; n < 4; ++n) {
    static_cast<void>(page.add({.type = {7},
                                .tenant = ann.tenant,
                                .id = ann.id,
                                .at = {n},
                                .sequence = {n},
                                .headers = {{"user", "ann"}},
                                .tags = {{"place", "north"}},
                                .payload = payload}));
  }
  const cluster::scan_query scan{.partition = {2}, .range = {.filter = {.types = {{7}, {8}}}}};
  return {encode(cluster::store_query(cluster::head_query{ann})),
          encode(cluster::store_query(cluster::events_query{.of = ann})),
          encode(cluster::store_query(scan)),
          encode(cluster::store_query(cluster::saved_query{.of = ann})),
          page.finish({.next = 4, .last = {9}, .cut = true}),
          encode(cluster::schemas_answer{.partitions = 4, .schemas = {{{7}, "Ann", payload}}}),
          cluster::encode(persistence::aggregate_head{.last = {3}}),
          cluster::encode(std::vector<std::string>{"board.1", "sums.2"}),
          encode(cluster::store_query(cluster::rows_query{.projection = "board.1"})),
          encode(cluster::row_page{.rows = {{payload, payload}},
                                   .taken_at = persistence::checkpoint{.cursors = {{{1}, {5}}}}}),
          cluster::encode(std::optional(persistence::snapshot{.at = {2}, .state = payload})),
          encode(cluster::store_query(cluster::facts_query{})),
          encode(cluster::facts_answer{.identity = {.uuid = {}, .format = 1},
                                       .inventory = {.files = {{"journal/data.mdb", 4096, 4096}},
                                                     .tables = {{"keys", 1, 9}}}}),
          encode(cluster::store_query(cluster::heads_query{{ann, ann}})),
          cluster::encode(std::vector<persistence::aggregate_head>{{.last = {3}}}),
          encode(cluster::store_query(cluster::snapshots_query{payload})),
          encode(cluster::store_query(cluster::check_query{})),
          encode(cluster::check_answer{
              .at = {3, 9}, .found = verification{.damages = {{.at = {2}, .what = "a bit"}}}}),
          cluster::encode(persistence::snapshot_tally{.snapshots = 2, .last = payload}),
          encode(cluster::history_query{.aggregate = ann}),
          cluster::encode(history_page{.events = {{.sequence = {1}, .payload = payload}}})};
}

void read_orders(bytes_view message) {
  if (const auto order = cluster::decode_node_order(message)) look_at(order->node.host);
  if (const auto order = cluster::decode_projection_order(message)) {
    look_at(std::string_view(order->name));
    look_at(std::string_view(order->json));
    look_at(order->of.id);
  }
  if (const auto answer = cluster::decode_projection_answer(message)) {
    for (const aggregate_key& each : answer->tried) look_at(each.id);
    if (answer->about) look_at(std::string_view(answer->about->cause));
  }
}

std::vector<bytes> order_messages() {
  using kind = cluster::projection_order::kind;
  const cluster::projection_order rebuild{.name = "board",
                                          .version = 2,
                                          .what = kind::rebuild,
                                          .from = start_point::behind({{{1}, {5}}, {{2}, {9}}})};
  const cluster::projection_order retry{
      .name = "board", .what = kind::retry, .which = {.types = {{7}, {8}}, .only = ann}};
  const cluster::projection_order edit{
      .name = "board", .what = kind::edit, .of = ann, .event = {3}, .why = "typo", .json = "{}"};
  const parked_event parked{.aggregate = ann, .sequence = {3}, .at = {9}, .cause = "stumbled"};
  return {encode(cluster::node_order{.what = cluster::node_order::kind::add,
                                     .node = {"n4", "10.0.0.4", 7001}}),
          encode(rebuild),
          encode(retry),
          encode(edit),
          encode(cluster::projection_answer{.tried = {ann, ann}}),
          encode(cluster::projection_answer{.about = parked})};
}

}  // namespace reprise::fuzz
