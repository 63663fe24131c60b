// SPDX-License-Identifier: Apache-2.0
//
// `reprise saga`: the instances of sagas, and what each one waits for.

#include "cli/command.hpp"
#include "cli/json.hpp"
#include "cli/progress.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"

#include <reprise/saga_store.hpp>

#include <algorithm>
#include <memory>

namespace reprise::cli {
namespace {

using cli::to_json;

constexpr auto right = table::side::right;

struct saga_choice {
  std::string name{};
  bool all = false;
};

std::string_view name_of(effect::kind what) {
  switch (what) {
    case effect::kind::send:
      return "send";
    case effect::kind::call:
      return "call";
    case effect::kind::deadline:
      return "deadline";
    case effect::kind::wait:
      return "wait";
    case effect::kind::cancel:
    case effect::kind::compensate:
    case effect::kind::finish:
    case effect::kind::also_keyed:
    case effect::kind::no_longer_keyed:
      break;
  }
  return "";
}

bool is_over(saga_phase phase) {
  return phase == saga_phase::completed || phase == saga_phase::failed ||
         phase == saga_phase::killed;
}

std::size_t stuck_of(const saga_status& s) {
  return static_cast<std::size_t>(
      std::ranges::count_if(s.open, [](const open_effect& e) { return !e.stuck.empty(); }));
}

std::string state_of(const saga_status& s) {
  std::string out(to_string(s.phase));
  if (s.paused) out += ", paused";
  return out;
}

json to_json(const open_effect& e) {
  json out;
  out["number"] = e.number;
  out["kind"] = name_of(e.what);
  out["name"] = e.name;
  if (!e.to.id.empty()) out["to"] = e.to.id;
  if (e.due) out["due"] = iso_time(*e.due);
  out["attempts"] = e.attempts;
  if (!e.stuck.empty()) out["stuck"] = e.stuck;
  return out;
}

json to_json(const stored_saga& s) {
  json out;
  out["saga"] = s.name;
  out["tenant"] = s.tenant;
  out["key"] = s.key;
  out["phase"] = to_string(s.status.phase);
  out["reason"] = s.status.reason;
  out["paused"] = s.status.paused;
  out["began"] = iso_time(s.began);
  out["changed"] = iso_time(s.changed);
  out["events"] = s.events;
  out["open"] = json::array();
  for (const open_effect& e : s.status.open) out["open"].push_back(to_json(e));
  out["done"] = s.status.done;
  out["keys"] = s.status.keys;
  out["parked"] = json::array();
  for (const parked_event& e : s.status.parked) out["parked"].push_back(to_json(e));
  return out;
}

result<exit_code> list(const store_place& place, const saga_choice& choice, output& out,
                       bool as_json) {
  const auto store = sagas_of(place);
  if (!store) return store.error();
  progress bar("reading");
  const auto found = store->list(choice.name, [&](const read_progress& at) { bar.show(at); });
  if (!found) return found.error();
  table rows(out, {{"SAGA"},
                   {"KEY"},
                   {"PHASE"},
                   {"CHANGED"},
                   {"OPEN", right},
                   {"STUCK", right},
                   {"PARKED", right},
                   {"REASON"}});
  std::uint64_t left_out = 0;
  for (const stored_saga& s : *found) {
    const std::size_t stuck = stuck_of(s.status);
    if (!choice.all && is_over(s.status.phase) && s.status.open.empty() &&
        s.status.parked.empty()) {
      ++left_out;
      continue;
    }
    if (as_json) {
      out.line(one_line(to_json(s)));
    } else {
      rows.row({printable(s.name), printable(s.tenant.empty() ? s.key : s.tenant + "/" + s.key),
                state_of(s.status), iso_time(s.changed), grouped(s.status.open.size() - stuck),
                grouped(stuck), grouped(s.status.parked.size()), printable(s.status.reason)});
    }
  }
  rows.flush();
  if (as_json) return exit_code::ok;
  if (found->empty()) out.line("No saga has written anything here.");
  if (left_out > 0) out.line(grouped(left_out) + " have ended; --all lists them too.");
  return exit_code::ok;
}

void print(const stored_saga& s, output& out) {
  out.line("saga     " + printable(s.name) + " " + printable(s.key));
  out.line("phase    " + state_of(s.status) +
           (s.status.reason.empty() ? "" : " (" + printable(s.status.reason) + ")"));
  out.line("began    " + iso_time(s.began));
  out.line("changed  " + iso_time(s.changed) + ", " + grouped(s.events) + " events");
  if (!s.status.keys.empty()) {
    std::string line = "keys    ";
    for (const std::string& key : s.status.keys) line += " " + printable(key);
    out.line(line);
  }
  if (!s.status.done.empty() && !is_over(s.status.phase)) {
    std::string line = "to undo ";
    for (const std::string& step : s.status.done) line += " " + printable(step);
    out.line(line);
  }
  if (!s.status.open.empty()) {
    out.line("");
    table rows(out, {{"NUMBER", right},
                     {"OPEN"},
                     {"NAME"},
                     {"TO"},
                     {"DUE"},
                     {"TRIED", right},
                     {"GIVEN UP BECAUSE"}});
    for (const open_effect& e : s.status.open) {
      rows.row({std::to_string(e.number), std::string(name_of(e.what)), printable(e.name),
                printable(e.to.id), e.due ? iso_time(*e.due) : "", grouped(e.attempts),
                printable(e.stuck)});
    }
    rows.flush();
  }
  if (s.status.parked.empty()) return;
  out.line("");
  table rows(out, {{"PARKED"}, {"SEQUENCE", right}, {"TRIED", right}, {"LAST TRIED"}, {"CAUSE"}});
  for (const parked_event& e : s.status.parked) {
    rows.row({printable(e.aggregate.id), grouped(e.sequence.value), grouped(e.attempts),
              iso_time(e.last_tried), e.cause.empty() ? "behind another" : printable(e.cause)});
  }
  rows.flush();
}

result<std::uint64_t> orders_for(const saga_store& store, const stored_saga& whom) {
  const auto all = store.orders(whom.name);
  if (!all) return all.error();
  return static_cast<std::uint64_t>(std::ranges::count_if(*all, [&](const left_saga_order& o) {
    return o.tenant == whom.tenant && o.key == whom.key;
  }));
}

result<exit_code> show(const store_place& place, const saga_argument& which, output& out,
                       bool as_json) {
  const auto store = sagas_of(place);
  if (!store) return store.error();
  const auto found = store->find(which.name, which.tenant, which.key);
  if (!found) return found.error();
  const auto orders = orders_for(*store, *found);
  if (!orders) return orders.error();
  if (as_json) {
    json line = to_json(*found);
    line["orders"] = *orders;
    out.line(one_line(line));
  } else {
    print(*found, out);
    if (*orders > 0) out.line(grouped(*orders) + " orders wait for the program to start.");
  }
  return exit_code::ok;
}

}  // namespace

result<saga_store> sagas_of(const store_place& place) {
  return place.node == nullptr ? saga_store::open(place.directory) : place.node->sagas();
}

void add_saga(CLI::App& line, place_work& chosen) {
  CLI::App* group = line.add_subcommand("saga", "Look at the instances of sagas, and leave orders");
  group->require_subcommand(1);
  group->fallthrough();
  group->footer(
      "What a program that runs can do with its instances is in <reprise/saga_ref.hpp>.\n"
      "Examples:\n"
      "  reprise --data ./data saga list\n"
      "  reprise --data ./data saga show fulfilment order-7");
  {
    CLI::App* command = group->add_subcommand("list", "List instances, and what they wait for");
    auto choice = std::make_shared<saga_choice>();
    command->add_option("name", choice->name, "Name of the saga (default: all)")->type_name("NAME");
    command->add_flag("--all", choice->all, "Also those that have ended and wait for nothing");
    command->footer(
        "Reads the whole log. STUCK steps were given up, PARKED events could not be handled; both\n"
        "wait for somebody.\n"
        "Examples:\n"
        "  reprise --data ./data saga list\n"
        "  reprise --data ./data saga list ride --all\n"
        "  reprise --data ./data --json saga list | jq -r 'select(.parked != []) | .key'");
    command->callback([&chosen, choice] {
      chosen = [choice](const store_place& place, output& out, bool as_json) {
        return list(place, *choice, out, as_json);
      };
    });
  }
  add_saga_orders(*group, chosen);
  CLI::App* command = group->add_subcommand("show", "Show one instance");
  auto which = std::make_shared<saga_argument>();
  which->add_to(*command);
  command->footer(
      "Its events are shown by `reprise log NAME KEY`.\n"
      "Examples:\n"
      "  reprise --data ./data saga show fulfilment order-7\n"
      "  reprise --data ./data --json saga show fulfilment order-7 | jq .open");
  command->callback([&chosen, which] {
    chosen = [which](const store_place& place, output& out, bool as_json) {
      return show(place, *which, out, as_json);
    };
  });
}

}  // namespace reprise::cli
