// SPDX-License-Identifier: Apache-2.0
//
// `reprise verify`: is everything in the store what was once written?

#include "cli/command.hpp"
#include "cli/json.hpp"
#include "cli/progress.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"

#include <algorithm>

namespace reprise::cli {
namespace {

json to_json(const verification& found) {
  json line;
  line["clean"] = found.clean();
  line["partitions"] = found.partitions;
  line["records"] = found.records;
  line["snapshots"] = found.snapshots;
  line["snapshots_damaged"] = found.snapshots_damaged;
  line["damages"] = json::array();
  for (const found_damage& damage : found.damages) {
    json one;
    one["partition"] = damage.partition ? json(damage.partition->value) : json();
    one["position"] = damage.at.value == 0 ? json() : json(damage.at.value);
    one["what"] = damage.what;
    one["derived"] = damage.derived;
    line["damages"].push_back(std::move(one));
  }
  return line;
}

bool loses_records(const verification& found) {
  return !std::ranges::all_of(found.damages, &found_damage::derived);
}

void print_damages(const verification& found, output& out) {
  table rows(out,
             {{"PARTITION", table::side::right}, {"POSITION", table::side::right}, {"DAMAGE"}});
  for (const found_damage& damage : found.damages) {
    rows.row({damage.partition ? std::to_string(damage.partition->value) : "-",
              damage.at.value == 0 ? "-" : std::to_string(damage.at.value),
              printable(damage.what)});
  }
  rows.flush();
}

void print_advice(const verification& found, bool of_node, output& out) {
  if (loses_records(found) && of_node) {
    out.line(
        "What to do: where there are other nodes, they have what is damaged here. Stop this one,");
    out.line(
        "remove it with `reprise cluster remove`, and have it join again with an empty folder; "
        "check");
    out.line("disk and memory of its machine first.");
  } else if (loses_records(found)) {
    out.line(
        "What to do: copy the directory before anything else. A damaged partition stops at its");
    out.line(
        "position; the records before it are good (`reprise tail --partition N --from 1`), and");
    out.line(
        "the other partitions go on. Restore the directory from a copy made before the damage,");
    out.line("and check disk and memory of this machine.");
  } else if (!found.damages.empty()) {
    out.line("No record is lost: what is damaged is computed anew when a node opens the store.");
  }
  if (found.snapshots_damaged != 0) {
    out.line("Damaged snapshots lose nothing: they are skipped, and saved anew from the events.");
  }
}

std::string verdict(const verification& found) {
  if (found.clean()) return "no damage.";
  return "damage in " + std::to_string(found.damages.size()) + " places of the log and in " +
         grouped(found.snapshots_damaged) + " snapshots.";
}

result<exit_code> print_verify(stage& on) {
  const auto found = [&] {
    progress bar("verify");
    return on.store.verify([&](const read_progress& at) { bar.show(at); });
  }();
  if (!found) return found.error();
  if (on.json) {
    on.out.line(one_line(to_json(*found)));
  } else {
    print_damages(*found, on.out);
    on.out.line("Checked " + grouped(found->records) + " records in " +
                std::to_string(found->partitions) + " partitions and " + grouped(found->snapshots) +
                " snapshots: " + verdict(*found));
    print_advice(*found, on.through_node, on.out);
  }
  return found->clean() ? exit_code::ok : exit_code::damaged;
}

}  // namespace

void add_verify(CLI::App& line, action& chosen) {
  CLI::App* command = line.add_subcommand(
      "verify", "Read everything and check it; exit code 0 when clean, 3 when damaged");
  command->footer(
      "Prints the first damage of each partition. Works beside a running node; with --node the\n"
      "node checks its own store, for one client at a time.\n"
      "Examples:\n"
      "  reprise --data ./data verify\n"
      "  reprise --node 127.0.0.1:8001 verify\n"
      "  reprise --data ./data --json verify | jq .damages");
  command->callback([&chosen] { chosen = print_verify; });
}

}  // namespace reprise::cli
