// SPDX-License-Identifier: Apache-2.0
//
// `reprise get`: what is known of an aggregate's state without the code that folds its events.

#include "cli/command.hpp"
#include "cli/json.hpp"
#include "cli/record_printer.hpp"
#include "cli/text.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <sstream>

namespace reprise::cli {
namespace {

struct get_options {
  aggregate_argument aggregate{};
  std::optional<std::uint64_t> at{};
};

/// The newest saved state, and which events came after it.
struct known_state {
  sequence at{};
  std::optional<inspected_snapshot> saved{};
  history_range rest{};

  [[nodiscard]] bool has_rest() const { return rest.from <= rest.to; }
};

result<known_state> look_up(const store_reader& store, const found_aggregate& found,
                            const std::optional<std::uint64_t>& wanted) {
  const inspected_head& head = found.head;
  const std::string name = found.type.name + " '" + found.key.id + "'";
  if (head.is == inspected_head::state::deleted) {
    return error{errc::deleted, name + " was deleted"};
  }
  if (head.is == inspected_head::state::tombstoned) {
    return error{errc::tombstoned, name + " was closed for ever"};
  }
  if (wanted && *wanted > head.last.value) {
    return error{errc::beyond_head,
                 name + " is at sequence " + std::to_string(head.last.value) + "; there is no " +
                     std::to_string(*wanted) + " yet",
                 head.last.value};
  }
  known_state known{.at = wanted ? sequence{*wanted} : head.last};
  auto saved = store.snapshot(found.key, known.at);
  if (!saved) return std::move(saved).error();
  known.saved = std::move(*saved);
  known.rest = {.from = head.first_readable, .to = known.at};
  if (known.saved) known.rest.from = std::max(known.rest.from, known.saved->at.next());
  if (!known.saved && !known.has_rest()) {
    return error{errc::history_gone,
                 "the events of " + name + " up to " + std::to_string(known.at.value) +
                     " are gone, and no snapshot was saved there; the first event left is " +
                     std::to_string(head.first_readable.value),
                 head.first_readable.value};
  }
  return known;
}

result<void> print_events(const found_aggregate& found, const known_state& known, stage& on) {
  if (!known.has_rest()) return {};
  record_printer printer(on.out, record_printer::view::history, on.json);
  result<void> read = on.store.read(
      found.key, known.rest, [&](const inspected_record& record) { return printer.print(record); });
  printer.flush();
  return read;
}

json summary(const found_aggregate& found, const known_state& known) {
  json line;
  line["type"] = found.type.name;
  line["tenant"] = found.key.tenant;
  line["id"] = found.key.id;
  line["partition"] = found.head.partition.value;
  line["at"] = known.at.value;
  line["head"] = found.head.last.value;
  line["snapshot"] = json();
  if (known.saved) {
    json saved;
    saved["sequence"] = known.saved->at.value;
    saved["position"] = known.saved->place.value;
    saved["time"] = iso_time(known.saved->time);
    saved["state"] = parsed(known.saved->state);
    if (!known.saved->unrendered.empty()) saved["unrendered"] = known.saved->unrendered;
    line["snapshot"] = std::move(saved);
  }
  line["events_after"] = known.has_rest() ? known.rest.to.value - known.rest.from.value + 1 : 0;
  return line;
}

void print_state(const known_state& known, output& out) {
  if (!known.saved) {
    out.line("No snapshot was saved at or below it. Its state is the fold of these events:");
    return;
  }
  const inspected_snapshot& saved = *known.saved;
  out.line("State at sequence " + std::to_string(saved.at.value) + ", saved " +
           iso_time(saved.time) + ":");
  if (saved.unrendered.empty()) {
    std::istringstream lines(indented(parsed(saved.state)));
    for (std::string text; std::getline(lines, text);) out.line(printable(text));
  } else {
    out.line("(" + printable(saved.unrendered) + ")");
  }
  out.line(known.has_rest() ? "and these events after it:" : "No event came after it.");
}

result<exit_code> print_get(const get_options& options, stage& on) {
  const auto found = find(on.store, options.aggregate);
  if (!found) return found.error();
  const auto known = look_up(on.store, *found, options.at);
  if (!known) return known.error();
  if (on.json) {
    on.out.line(one_line(summary(*found, *known)));
  } else {
    on.out.line(found->type.name + " " + printable(found->key.id) + " at sequence " +
                std::to_string(known->at.value) + " of " + std::to_string(found->head.last.value));
    print_state(*known, on.out);
  }
  const result<void> printed = print_events(*found, *known, on);
  if (!printed) return printed.error();
  return exit_code::ok;
}

}  // namespace

void add_get(CLI::App& line, action& chosen) {
  auto options = std::make_shared<get_options>();
  CLI::App* command = line.add_subcommand(
      "get", "Show the newest snapshot of one aggregate and the events after it");
  options->aggregate.add_to(*command);
  command->add_option("--at", options->at, "As it was at sequence N (default: the newest)")
      ->type_name("N")
      ->check(whole_number());
  command->footer(
      "With --json: one line about the aggregate and its snapshot, then one line for each event.\n"
      "Examples:\n"
      "  reprise --data ./data get trip trip-42\n"
      "  reprise --data ./data get trip trip-42 --at 3\n"
      "  reprise --data ./data --json get trip trip-42 | head -1 | jq .snapshot.state");
  command->callback(
      [options, &chosen] { chosen = [options](stage& on) { return print_get(*options, on); }; });
}

}  // namespace reprise::cli
