// SPDX-License-Identifier: Apache-2.0
//
// `reprise parked retry`, `skip` and `edit`: decisions that the program carries out when it runs
// again, or the node that is asked at once.

#include "cli/command.hpp"
#include "cli/json.hpp"
#include "cli/text.hpp"

#include <reprise/group_store.hpp>
#include <reprise/projection_store.hpp>

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace reprise::cli {
namespace {

using cli::to_json;

struct parked_decision {
  projection_argument projection{};
  aggregate_argument aggregate{};
  std::string reason{};
  std::string payload{};
};

struct retry_wish {
  parking_argument who{};
  aggregate_argument aggregate{};
  std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();
  bool all = false;
};

json to_json(const aggregate_key& key) {
  json line;
  line["type_id"] = hexadecimal(key.type.value);
  line["tenant"] = key.tenant;
  line["id"] = key.id;
  return line;
}

// The store is closed again, so that it can be opened to write.
result<parked_choice> choice_of(const store_place& place, const retry_wish& wish) {
  parked_choice out{.types = {}, .only = {}, .queues_max = wish.limit};
  if (wish.aggregate.type.empty()) {
    if (wish.all && wish.aggregate.id.empty() && wish.aggregate.tenant.empty()) return out;
    return error{errc::invalid_argument,
                 "say what to try again: --all, --type TYPE, or --type TYPE --id ID"};
  }
  if (wish.aggregate.id.empty() && !wish.aggregate.tenant.empty()) {
    return error{errc::invalid_argument, "--tenant needs --id"};
  }
  const auto store = reader_of(place);
  if (!store) return store.error();
  const auto type = store->type(wish.aggregate.type);
  if (!type) return type.error();
  if (wish.aggregate.id.empty()) {
    out.types.push_back(type->id);
  } else {
    out.only = aggregate_key{type->id, wish.aggregate.tenant, wish.aggregate.id};
  }
  return out;
}

result<parked_orders> orders_in(const store_place& place, const projection_argument& wanted) {
  const auto which = wanted.in(place);
  if (!which) return which.error();
  if (place.node != nullptr) return place.node->orders_to_projection(which->name, which->version);
  return parked_orders::open(place.directory, which->name, which->version);
}

result<group_orders> group_orders_in(const store_place& place, const parking_argument& who) {
  if (who.projection.version != 0) {
    return error{errc::invalid_argument, "a group has no versions: leave --version out"};
  }
  if (place.node != nullptr) return place.node->orders_to_group(who.name());
  return group_orders::open(place.directory, who.name());
}

result<std::vector<aggregate_key>> order_retry(const store_place& place,
                                               const parking_argument& who,
                                               const parked_choice& choice) {
  if (who.is_group) {
    auto orders = group_orders_in(place, who);
    if (!orders) return std::move(orders).error();
    return orders->retry(choice);
  }
  auto orders = orders_in(place, who.projection);
  if (!orders) return std::move(orders).error();
  return orders->retry(choice);
}

std::string what_follows(const store_place& place, const parking_argument& who) {
  if (who.is_group) return "will be assigned again when the group has workers.";
  return place.node == nullptr ? "will be tried again when the program starts."
                               : "are tried again by that node, if its program has this version.";
}

result<exit_code> retry(const store_place& place, const retry_wish& wish, output& out,
                        bool as_json) {
  const auto choice = choice_of(place, wish);
  if (!choice) return choice.error();
  const auto chosen = order_retry(place, wish.who, *choice);
  if (!chosen) return chosen.error();
  if (as_json) {
    for (const aggregate_key& one : *chosen) out.line(one_line(to_json(one)));
  } else if (!chosen->empty()) {
    out.line("Parked events of " + grouped(chosen->size()) + " aggregates " +
             what_follows(place, wish.who));
  }
  if (!chosen->empty()) return exit_code::ok;
  return error{errc::not_found, "nothing that is meant is parked in " + wish.who.name()};
}

result<aggregate_key> key_in(const store_place& place, const aggregate_argument& wanted) {
  const auto store = reader_of(place);
  if (!store) return store.error();
  const auto found = find(*store, wanted);
  if (!found) return found.error();
  return found->key;
}

result<exit_code> decide(const store_place& place, const parked_decision& what, output& out,
                         bool as_json) {
  const auto key = key_in(place, what.aggregate);
  if (!key) return key.error();
  auto orders = orders_in(place, what.projection);
  if (!orders) return std::move(orders).error();
  const bool edits = !what.payload.empty();
  const auto done = edits ? orders->edit(*key, what.payload, what.reason)
                          : orders->skip(*key, what.reason, time_now());
  if (!done) return done.error();
  if (as_json) {
    out.line(one_line(to_json(*done)));
  } else {
    out.line((edits ? "Replaced the payload of event " : "Skipped event ") +
             grouped(done->sequence.value) + " of " + printable(done->aggregate.id) + ".");
  }
  return exit_code::ok;
}

void add_retry(CLI::App& group, place_work& chosen) {
  CLI::App* command = group.add_subcommand("retry", "Have parked events tried again");
  auto wish = std::make_shared<retry_wish>();
  wish->who.add_to(*command);
  command->add_flag("--all", wish->all, "Those of all aggregates");
  command->add_option("--type", wish->aggregate.type, "Those of this aggregate type")
      ->type_name("TYPE");
  command->add_option("--id", wish->aggregate.id, "Only those of this aggregate")->type_name("ID");
  command->add_option("--tenant", wish->aggregate.tenant, "Tenant of that aggregate")
      ->type_name("T");
  command->add_option("--limit", wish->limit, "Of so many aggregates at most")
      ->type_name("N")
      ->check(whole_number());
  command->footer(
      "With --data, nobody may have the store open, and the program that folds the projection\n"
      "tries them when it starts next; with --node that node does so at once, and other nodes\n"
      "keep what they have parked. Before anything else, aggregate by aggregate, those first\n"
      "that were not tried for the longest time. A group assigns them when it has workers,\n"
      "before anything else; what a group of a cluster has parked is ordered through any of its\n"
      "nodes.\n"
      "Examples:\n"
      "  reprise --data ./data parked retry board --all --limit 100\n"
      "  reprise --node 127.0.0.1:8001 parked retry board --all\n"
      "  reprise --data ./data parked retry board --type Trip --id trip-42\n"
      "  reprise --data ./data parked retry letters --group --all");
  command->callback([&chosen, wish] {
    chosen = [wish](const store_place& place, output& out, bool as_json) {
      return retry(place, *wish, out, as_json);
    };
  });
}

struct skip_order {
  parking_argument who{};
  aggregate_argument aggregate{};
  std::string reason{};
  bool all = false;
};

// Says what is wrong with what was given for whom, or nothing.
std::string fault_in(const skip_order& order) {
  const bool one = !order.aggregate.type.empty() && !order.aggregate.id.empty();
  if (!order.who.is_group) {
    if (order.all) return "--all is for groups: of a projection one event is skipped at a time";
    if (order.reason.empty()) return "say why with --reason; it is kept with the rows";
    return one ? "" : "say whose event: TYPE ID";
  }
  if (!order.reason.empty()) return "a group keeps no note of what it skips: leave --reason out";
  const bool any = !order.aggregate.type.empty() || !order.aggregate.id.empty();
  if (order.all == any || (any && !one)) return "say what to skip: TYPE ID, or --all";
  return "";
}

result<exit_code> skip_of_group(const store_place& place, const skip_order& order, output& out,
                                bool as_json) {
  std::optional<aggregate_key> only;
  if (!order.all) {
    const auto key = key_in(place, order.aggregate);
    if (!key) return key.error();
    only = *key;
  }
  auto orders = group_orders_in(place, order.who);
  if (!orders) return std::move(orders).error();
  if (only) {
    const auto done = orders->skip(*only);
    if (!done) return done.error();
    if (as_json) {
      out.line(one_line(to_json(*done)));
    } else {
      out.line("Skipped event " + grouped(done->sequence.value) + " of " +
               printable(done->aggregate.id) + ".");
    }
    return exit_code::ok;
  }
  const auto done = orders->skip_all();
  if (!done) return done.error();
  if (as_json) {
    json line;
    line["skipped"] = *done;
    out.line(one_line(line));
  } else {
    out.line("Skipped " + grouped(*done) + " events.");
  }
  return exit_code::ok;
}

result<exit_code> skip(const store_place& place, const skip_order& order, output& out,
                       bool as_json) {
  if (const std::string fault = fault_in(order); !fault.empty()) {
    return error{errc::invalid_argument, fault};
  }
  if (order.who.is_group) return skip_of_group(place, order, out, as_json);
  return decide(place,
                {.projection = order.who.projection,
                 .aggregate = order.aggregate,
                 .reason = order.reason,
                 .payload = {}},
                out, as_json);
}

void add_skip(CLI::App& group, place_work& chosen) {
  CLI::App* command =
      group.add_subcommand("skip", "Pass the first parked event of an aggregate by");
  auto order = std::make_shared<skip_order>();
  order->who.add_to(*command);
  command
      ->add_option("TYPE", order->aggregate.type,
                   "Aggregate type: Trip, trip, ride_saga for RideSaga, or 0x...")
      ->type_name("");
  command->add_option("ID", order->aggregate.id, "Id of the aggregate, exactly as it was written")
      ->type_name("");
  command
      ->add_option("--tenant", order->aggregate.tenant, "Tenant of the aggregate (default: none)")
      ->type_name("T");
  command->add_option("--reason", order->reason, "Why; kept with the rows of a projection")
      ->type_name("TEXT");
  command->add_flag("--all", order->all, "All parked events of a group, instead of one");
  command->footer(
      "Of a projection: a note of it stays with the rows, and those behind it are tried, as\n"
      "after `reprise parked retry`. Of a group: it is forgotten for good. With --data, nobody\n"
      "may have the store open; with --node it is that node's projection, and other nodes keep\n"
      "what they have parked. A group of a cluster is asked through any of its nodes.\n"
      "Examples:\n"
      "  reprise --data ./data parked skip board Trip trip-42 --reason 'sent twice'\n"
      "  reprise --data ./data parked skip letters Trip trip-42 --group\n"
      "  reprise --data ./data parked skip letters --group --all");
  command->callback([&chosen, order] {
    chosen = [order](const store_place& place, output& out, bool as_json) {
      return skip(place, *order, out, as_json);
    };
  });
}

void add_edit(CLI::App& group, place_work& chosen) {
  CLI::App* command = group.add_subcommand(
      "edit", "Give the first parked event of an aggregate another payload for this projection");
  auto what = std::make_shared<parked_decision>();
  what->projection.add_to(*command);
  what->aggregate.add_to(*command);
  command->add_option("--reason", what->reason, "Why; kept with the rows")
      ->type_name("TEXT")
      ->required();
  command->add_option("--payload", what->payload, "As JSON, as `reprise parked show` prints it")
      ->type_name("JSON")
      ->required();
  command->footer(
      "With --data, nobody may have the store open; with --node it is that node's projection.\n"
      "The log stays as it is; `reprise parked retry` has the new payload tried. Events of\n"
      "groups cannot be edited.\n"
      "Examples:\n"
      "  reprise --data ./data parked edit board Trip trip-42 --reason typo --payload "
      "'{\"rider\":\"ann\"}'");
  command->callback([&chosen, what] {
    chosen = [what](const store_place& place, output& out, bool as_json) {
      return decide(place, *what, out, as_json);
    };
  });
}

}  // namespace

void add_parked_orders(CLI::App& group, place_work& chosen) {
  add_retry(group, chosen);
  add_skip(group, chosen);
  add_edit(group, chosen);
}

}  // namespace reprise::cli
