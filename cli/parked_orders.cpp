// SPDX-License-Identifier: Apache-2.0
//
// `reprise parked retry`, `skip` and `edit`: decisions that the program carries out when it runs
// again.

#include "cli/command.hpp"
#include "cli/json.hpp"
#include "cli/text.hpp"

#include <reprise/projection_store.hpp>

#include <limits>
#include <memory>

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
  projection_argument projection{};
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
result<parked_choice> choice_of(const std::string& directory, const retry_wish& wish) {
  parked_choice out{.types = {}, .only = {}, .queues_max = wish.limit};
  if (wish.aggregate.type.empty()) {
    if (wish.all && wish.aggregate.id.empty() && wish.aggregate.tenant.empty()) return out;
    return error{errc::invalid_argument,
                 "say what to try again: --all, --type TYPE, or --type TYPE --id ID"};
  }
  if (wish.aggregate.id.empty() && !wish.aggregate.tenant.empty()) {
    return error{errc::invalid_argument, "--tenant needs --id"};
  }
  const auto store = store_reader::open(directory);
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

result<parked_orders> orders_in(const std::string& directory, const projection_argument& wanted) {
  const auto which = wanted.in(directory);
  if (!which) return which.error();
  return parked_orders::open(directory, which->name, which->version);
}

result<exit_code> retry(const std::string& directory, const retry_wish& wish, output& out,
                        bool as_json) {
  const auto choice = choice_of(directory, wish);
  if (!choice) return choice.error();
  auto orders = orders_in(directory, wish.projection);
  if (!orders) return std::move(orders).error();
  const auto chosen = orders->retry(*choice);
  if (!chosen) return chosen.error();
  if (as_json) {
    for (const aggregate_key& one : *chosen) out.line(one_line(to_json(one)));
  } else if (!chosen->empty()) {
    out.line("Parked events of " + grouped(chosen->size()) +
             " aggregates will be tried again when the program starts.");
  }
  if (!chosen->empty()) return exit_code::ok;
  return error{errc::not_found, "nothing that is meant is parked in " + wish.projection.name};
}

result<aggregate_key> key_in(const std::string& directory, const aggregate_argument& wanted) {
  const auto store = store_reader::open(directory);
  if (!store) return store.error();
  const auto found = find(*store, wanted);
  if (!found) return found.error();
  return found->key;
}

result<exit_code> decide(const std::string& directory, const parked_decision& what, output& out,
                         bool as_json) {
  const auto key = key_in(directory, what.aggregate);
  if (!key) return key.error();
  auto orders = orders_in(directory, what.projection);
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

void add_retry(CLI::App& group, store_work& chosen) {
  CLI::App* command = group.add_subcommand(
      "retry", "Have parked events tried again, in a store that nobody has open");
  auto wish = std::make_shared<retry_wish>();
  wish->projection.add_to(*command);
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
      "The program that folds the projection tries them when it starts next, before anything "
      "else:\n"
      "aggregate by aggregate, those first that were not tried for the longest time.\n"
      "Examples:\n"
      "  reprise --data ./data parked retry board --all --limit 100\n"
      "  reprise --data ./data parked retry board --type Trip --id trip-42");
  command->callback([&chosen, wish] {
    chosen = [wish](const std::string& directory, output& out, bool as_json) {
      return retry(directory, *wish, out, as_json);
    };
  });
}

std::shared_ptr<parked_decision> decision_of(CLI::App& command, store_work& chosen) {
  auto what = std::make_shared<parked_decision>();
  what->projection.add_to(command);
  what->aggregate.add_to(command);
  command.add_option("--reason", what->reason, "Why; kept with the rows")
      ->type_name("TEXT")
      ->required();
  command.callback([&chosen, what] {
    chosen = [what](const std::string& directory, output& out, bool as_json) {
      return decide(directory, *what, out, as_json);
    };
  });
  return what;
}

}  // namespace

void add_parked_orders(CLI::App& group, store_work& chosen) {
  add_retry(group, chosen);
  {
    CLI::App* command = group.add_subcommand(
        "skip", "Pass the first parked event of an aggregate by, in a store that nobody has open");
    decision_of(*command, chosen);
    command->footer(
        "A note of it stays with the rows. Those behind it are tried when the program starts.\n"
        "Examples:\n"
        "  reprise --data ./data parked skip board Trip trip-42 --reason 'sent twice'");
  }
  CLI::App* command = group.add_subcommand(
      "edit", "Give the first parked event of an aggregate another payload for this projection");
  const auto what = decision_of(*command, chosen);
  command->add_option("--payload", what->payload, "As JSON, as `reprise parked show` prints it")
      ->type_name("JSON")
      ->required();
  command->footer(
      "Nobody may have the store open. The log stays as it is; `reprise parked retry` has the new\n"
      "payload tried.\n"
      "Examples:\n"
      "  reprise --data ./data parked edit board Trip trip-42 --reason typo --payload "
      "'{\"rider\":\"ann\"}'");
}

}  // namespace reprise::cli
