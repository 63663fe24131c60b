// SPDX-License-Identifier: Apache-2.0
//
// `reprise verify`: is everything in the store what was once written?

#include "cli/command.hpp"
#include "cli/json.hpp"
#include "cli/progress.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"

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
  for (const damaged_partition& damage : found.damages) {
    json one;
    one["partition"] = damage.partition.value;
    one["position"] = damage.at.value;
    one["what"] = damage.what;
    line["damages"].push_back(std::move(one));
  }
  return line;
}

void print_damages(const verification& found, output& out) {
  table rows(out, {{"PARTITION", table::side::right}, {"POSITION", table::side::right}, {"WHAT"}});
  for (const damaged_partition& damage : found.damages) {
    rows.row({std::to_string(damage.partition.value),
              damage.at.value == 0 ? "-" : std::to_string(damage.at.value),
              printable(damage.what)});
  }
  rows.flush();
}

void print_advice(const verification& found, output& out) {
  if (!found.damages.empty()) {
    out.line("What to do: copy the directory before anything else. Each partition listed stops at");
    out.line(
        "its position; the records before it are good (`reprise tail --partition N --from 1`),");
    out.line("and the other partitions go on. Restore the directory from a copy made before the");
    out.line("damage, and check disk and memory of this machine.");
  }
  if (found.snapshots_damaged != 0) {
    out.line("Damaged snapshots lose nothing: they are skipped, and written anew from the events.");
  }
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
    on.out.line(
        "Checked " + grouped(found->records) + " records in " + std::to_string(found->partitions) +
        " partitions and " + grouped(found->snapshots) + " snapshots: " +
        (found->clean() ? "no damage."
                        : std::to_string(found->damages.size()) + " partitions and " +
                              grouped(found->snapshots_damaged) + " snapshots are damaged."));
    print_advice(*found, on.out);
  }
  return found->clean() ? exit_code::ok : exit_code::damaged;
}

}  // namespace

void add_verify(CLI::App& line, action& chosen) {
  CLI::App* command = line.add_subcommand(
      "verify", "Read everything and check it; exit code 0 when clean, 3 when damaged");
  command->footer(
      "Prints the first damage of each partition. Works beside a running node.\n"
      "Examples:\n"
      "  reprise --data ./data verify\n"
      "  reprise --data ./data --json verify | jq .damages");
  command->callback([&chosen] { chosen = print_verify; });
}

}  // namespace reprise::cli
