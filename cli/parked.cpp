// SPDX-License-Identifier: Apache-2.0
//
// `reprise parked`: events that a projection or a group has put aside.

#include "cli/command.hpp"
#include "cli/json.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"

#include <reprise/group_store.hpp>
#include <reprise/projection_store.hpp>

#include <memory>

namespace reprise::cli {
namespace {

constexpr auto right = table::side::right;

std::string cause_of(const parked_event& e) {
  std::string out = e.cause.empty() ? "behind another" : printable(e.cause);
  if (e.edited) out += " (edited)";
  return out;
}

result<exit_code> list(const store_place& place, const parking_argument& wanted, output& out,
                       bool as_json) {
  const auto found = wanted.parked_in(place);
  if (!found) return found.error();
  table rows(out, {{"ID"},
                   {"TENANT"},
                   {"SEQUENCE", right},
                   {"PARTITION", right},
                   {"POSITION", right},
                   {"TRIED", right},
                   {"LAST TRIED"},
                   {"CAUSE"}});
  for (const parked_event& e : *found) {
    if (as_json) {
      out.line(one_line(to_json(e)));
    } else {
      rows.row({printable(e.aggregate.id), printable(e.aggregate.tenant), grouped(e.sequence.value),
                std::to_string(e.partition.value), grouped(e.at.value), grouped(e.attempts),
                iso_time(e.last_tried), cause_of(e)});
    }
  }
  rows.flush();
  if (found->empty() && !as_json) out.line("Nothing is parked.");
  return exit_code::ok;
}

result<exit_code> list_groups(const store_place& place, output& out, bool as_json) {
  const auto store = groups_of(place);
  if (!store) return store.error();
  const auto found = store->list();
  if (!found) return found.error();
  table rows(out, {{"NAME"}, {"PARKED", right}, {"ORDERED", right}, {"LAG", right}});
  for (const stored_group& one : *found) {
    if (as_json) {
      json line;
      line["name"] = one.name;
      line["parked"] = one.parked;
      line["ordered"] = one.ordered;
      line["lag_events"] = one.lag_events;
      out.line(one_line(line));
    } else {
      rows.row({printable(one.name), grouped(one.parked), grouped(one.ordered),
                grouped(one.lag_events)});
    }
  }
  rows.flush();
  if (found->empty() && !as_json) out.line("No group has stored anything here.");
  return exit_code::ok;
}

struct show_order {
  parking_argument who{};
  aggregate_argument aggregate{};
};

// The record in the log that a parked event is.
result<inspected_record> stored(const store_reader& store, const parked_event& e) {
  result<inspected_record> out = error{errc::history_gone, "its record is not in the log any more"};
  const auto page = store.scan(e.partition, {.from = e.at, .limit = 1, .window = 1},
                               [&](const inspected_record& record) {
                                 out = record;
                                 return false;
                               });
  if (!page) return page.error();
  return out;
}

result<exit_code> show(const store_place& place, const show_order& order, output& out,
                       bool as_json) {
  const auto parked = order.who.parked_in(place);
  if (!parked) return parked.error();
  const auto store = reader_of(place);
  if (!store) return store.error();
  const auto found = find(*store, order.aggregate);
  if (!found) return found.error();
  std::uint64_t seen = 0;
  for (const parked_event& e : *parked) {
    if (e.aggregate != found->key) continue;
    ++seen;
    const auto record = stored(*store, e);
    if (as_json) {
      json line = to_json(e);
      line["event"] = record ? json(record->event) : json();
      line["payload"] = record ? parsed(record->payload) : json();
      out.line(one_line(line));
      continue;
    }
    std::string head = "sequence " + grouped(e.sequence.value);
    if (record) head += "  " + record->event;
    out.line(head);
    out.line("  stored in  partition " + std::to_string(e.partition.value) + " at position " +
             grouped(e.at.value));
    out.line("  tried      " + grouped(e.attempts) + " times, last at " + iso_time(e.last_tried));
    out.line("  cause      " + cause_of(e));
    out.line("  payload    " + (record ? record->payload : record.error().message));
  }
  if (seen == 0) {
    return error{errc::not_found, "nothing of " + found->type.name + " '" + found->key.id +
                                      "' is parked in " + order.who.name()};
  }
  return exit_code::ok;
}

void add_groups(CLI::App& group, place_work& chosen) {
  CLI::App* command =
      group.add_subcommand("groups", "List the groups of workers, and how much each has parked");
  command->footer(
      "ORDERED of the parked events will be assigned again when the group has workers. LAG counts\n"
      "committed records behind the checkpoint, also those that the group does not care for.\n"
      "Examples:\n"
      "  reprise --data ./data parked groups");
  command->callback([&chosen] { chosen = list_groups; });
}

}  // namespace

void add_parked(CLI::App& line, place_work& chosen) {
  CLI::App* group = line.add_subcommand(
      "parked", "Look at the events that a projection or a group has put aside, and decide");
  group->require_subcommand(1);
  group->fallthrough();
  group->footer(
      "NAME is that of a projection, or with --group that of a group of workers.\n"
      "Examples:\n"
      "  reprise --data ./data parked list board\n"
      "  reprise --data ./data parked retry board --all\n"
      "  reprise --data ./data parked list letters --group");
  add_groups(*group, chosen);
  {
    CLI::App* command =
        group->add_subcommand("list", "List the parked events of a projection or a group");
    auto wanted = std::make_shared<parking_argument>();
    wanted->add_to(*command);
    command->footer(
        "By aggregate, in the order of its events. Of a projection only the first one of an\n"
        "aggregate was tried; the others wait behind it. Of a group each was tried, as often as\n"
        "TRIED says.\n"
        "Examples:\n"
        "  reprise --data ./data parked list board\n"
        "  reprise --data ./data parked list letters --group\n"
        "  reprise --data ./data --json parked list board | jq -r .cause");
    command->callback([&chosen, wanted] {
      chosen = [wanted](const store_place& place, output& out, bool as_json) {
        return list(place, *wanted, out, as_json);
      };
    });
  }
  CLI::App* command =
      group->add_subcommand("show", "Show the parked events of an aggregate with their payloads");
  auto order = std::make_shared<show_order>();
  order->who.add_to(*command);
  order->aggregate.add_to(*command);
  command->footer(
      "The payload is the one in the log, also where another one will be tried instead.\n"
      "Examples:\n"
      "  reprise --data ./data parked show board Trip trip-42");
  command->callback([&chosen, order] {
    chosen = [order](const store_place& place, output& out, bool as_json) {
      return show(place, *order, out, as_json);
    };
  });
  add_parked_orders(*group, chosen);
}

}  // namespace reprise::cli
