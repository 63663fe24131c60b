// SPDX-License-Identifier: Apache-2.0
//
// `reprise parked`: events that a projection has put aside.

#include "cli/command.hpp"
#include "cli/json.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"

#include <reprise/projection_store.hpp>

#include <memory>

namespace reprise::cli {
namespace {

constexpr auto right = table::side::right;

struct parked_order {
  std::string name{};
  std::uint32_t version = 0;
};

result<exit_code> list(const std::string& directory, parked_order order, output& out,
                       bool as_json) {
  const auto store = projection_store::open(directory);
  if (!store) return store.error();
  if (order.version == 0) {
    const auto newest = store->newest(order.name);
    if (!newest) return newest.error();
    order.version = *newest;
  }
  const auto found = store->parked(order.name, order.version);
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
                iso_time(e.last_tried), e.cause.empty() ? "behind another" : printable(e.cause)});
    }
  }
  rows.flush();
  if (found->empty() && !as_json) out.line("Nothing is parked.");
  return exit_code::ok;
}

}  // namespace

void add_parked(CLI::App& line, store_work& chosen) {
  CLI::App* group =
      line.add_subcommand("parked", "Look at the events that a projection has put aside");
  group->require_subcommand(1);
  group->fallthrough();
  group->footer(
      "Examples:\n"
      "  reprise --data ./data parked list board");
  CLI::App* command = group->add_subcommand("list", "List the parked events of a projection");
  auto order = std::make_shared<parked_order>();
  command->add_option("name", order->name, "Name of the projection")->type_name("NAME")->required();
  command
      ->add_option("--version", order->version, "Version of the projection (default: the newest)")
      ->type_name("VERSION");
  command->footer(
      "By aggregate, in the order of its events. Only the first one of an aggregate was tried; "
      "the\n"
      "others wait behind it. The program that folds them retries or skips them, see\n"
      "running_projection in <reprise/projection.hpp>.\n"
      "Examples:\n"
      "  reprise --data ./data parked list board\n"
      "  reprise --data ./data --json parked list board | jq -r .cause");
  command->callback([&chosen, order] {
    chosen = [order](const std::string& directory, output& out, bool as_json) {
      return list(directory, *order, out, as_json);
    };
  });
}

}  // namespace reprise::cli
