// SPDX-License-Identifier: Apache-2.0
//
// `reprise types`: what kinds of aggregates the store knows.

#include "cli/command.hpp"
#include "cli/json.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"

namespace reprise::cli {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " ") + name;
  return text;
}

result<exit_code> print_types(stage& on) {
  const auto types = on.store.types();
  if (!types) return types.error();
  table rows(on.out, {{"TYPE"}, {"ID"}, {"EVENTS"}});
  for (const stored_type& type : *types) {
    if (on.json) {
      json line;
      line["type"] = type.name;
      line["type_id"] = hexadecimal(type.id.value);
      line["events"] = type.events;
      on.out.line(one_line(line));
    } else {
      rows.row({type.name, hexadecimal(type.id.value), joined(type.events)});
    }
  }
  rows.flush();
  if (types->empty() && !on.json) {
    on.out.line("The store knows no type yet; a node adds them when it hosts them.");
  }
  return exit_code::ok;
}

}  // namespace

void add_types(CLI::App& line, action& chosen) {
  CLI::App* command =
      line.add_subcommand("types", "List the aggregate types of the store and their events");
  command->footer(
      "Examples:\n"
      "  reprise --data ./data types\n"
      "  reprise --data ./data --json types | jq -r .type");
  command->callback([&chosen] { chosen = print_types; });
}

}  // namespace reprise::cli
