// SPDX-License-Identifier: Apache-2.0
//
// `reprise stats`: how much of what there is.

#include "cli/command.hpp"
#include "cli/json.hpp"
#include "cli/progress.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"

#include <algorithm>

namespace reprise::cli {
namespace {

constexpr auto right = table::side::right;

json to_json(const store_statistics& found) {
  json line;
  line["store_id"] = found.store_id;
  line["format_version"] = found.format_version;
  line["records"] = found.records;
  line["snapshots"] = found.snapshots;
  line["snapshot_bytes"] = found.snapshot_bytes;
  line["types"] = json::array();
  for (const auto& type : found.types) {
    json one;
    one["type"] = type.name;
    one["type_id"] = hexadecimal(type.id.value);
    one["aggregates"] = type.aggregates;
    one["events"] = type.events;
    one["payload_bytes"] = type.payload_bytes;
    line["types"].push_back(std::move(one));
  }
  line["partitions"] = json::array();
  for (const auto& partition : found.partitions) {
    json one;
    one["partition"] = partition.id.value;
    one["position"] = partition.last.value;
    one["payload_bytes"] = partition.payload_bytes;
    one["latest"] = partition.last.value == 0 ? json() : json(iso_time(partition.latest));
    line["partitions"].push_back(std::move(one));
  }
  line["files"] = json::array();
  for (const auto& file : found.files) {
    json one;
    one["name"] = file.name;
    one["size_bytes"] = file.size_bytes;
    one["disk_bytes"] = file.disk_bytes;
    line["files"].push_back(std::move(one));
  }
  return line;
}

void print_tables(const store_statistics& found, output& out) {
  out.line("store " + found.store_id + ", format " + std::to_string(found.format_version) + ", " +
           grouped(found.records) + " records, " + grouped(found.snapshots) + " snapshots (" +
           byte_size(found.snapshot_bytes) + ")");
  out.line("");
  table types(out, {{"TYPE"}, {"AGGREGATES", right}, {"EVENTS", right}, {"PAYLOAD", right}});
  for (const auto& type : found.types) {
    types.row(
        {type.name, grouped(type.aggregates), grouped(type.events), byte_size(type.payload_bytes)});
  }
  types.flush();
  if (!found.types.empty()) out.line("");
  table partitions(
      out, {{"PARTITION", right}, {"POSITION", right}, {"PAYLOAD", right}, {"LATEST RECORD"}});
  std::uint64_t empty = 0;
  for (const auto& partition : found.partitions) {
    if (partition.last.value == 0) {
      ++empty;
      continue;
    }
    partitions.row({std::to_string(partition.id.value), grouped(partition.last.value),
                    byte_size(partition.payload_bytes), iso_time(partition.latest)});
  }
  partitions.flush();
  if (empty != 0) {
    out.line(std::to_string(empty) + " of " + std::to_string(found.partitions.size()) +
             " partitions are empty");
  }
  out.line("");
  table files(out, {{"FILE"}, {"SIZE", right}, {"ON DISK", right}});
  for (const auto& file : found.files) {
    files.row({printable(file.name), byte_size(file.size_bytes), byte_size(file.disk_bytes)});
  }
  files.flush();
}

result<exit_code> print_stats(stage& on) {
  const auto found = [&] {
    progress bar("stats");
    return on.store.stats([&](const read_progress& at) { bar.show(at); });
  }();
  if (!found) return found.error();
  if (on.json) {
    on.out.line(one_line(to_json(*found)));
  } else {
    print_tables(*found, on.out);
  }
  return exit_code::ok;
}

}  // namespace

void add_stats(CLI::App& line, action& chosen) {
  CLI::App* command = line.add_subcommand(
      "stats", "Count types, aggregates, records and bytes; reads the whole log");
  command->footer(
      "Examples:\n"
      "  reprise --data ./data stats\n"
      "  reprise --node 127.0.0.1:8001 stats\n"
      "  reprise --data ./data --json stats | jq '.types[] | {type, aggregates}'");
  command->callback([&chosen] { chosen = print_stats; });
}

}  // namespace reprise::cli
