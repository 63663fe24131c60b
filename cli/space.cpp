// SPDX-License-Identifier: Apache-2.0
//
// `reprise space`: who holds how many bytes.

#include "cli/command.hpp"
#include "cli/json.hpp"
#include "cli/progress.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"

#include <memory>

namespace reprise::cli {
namespace {

constexpr auto right = table::side::right;
constexpr std::size_t largest_usual = 10;

json to_json(const store_space& found) {
  json line;
  line["tables"] = json::array();
  for (const auto& t : found.tables) {
    json one;
    one["name"] = t.name;
    one["rows"] = t.rows;
    one["bytes"] = t.bytes;
    line["tables"].push_back(std::move(one));
  }
  line["types"] = json::array();
  for (const auto& type : found.types) {
    json one;
    one["type"] = type.name;
    one["type_id"] = hexadecimal(type.id.value);
    one["aggregates"] = type.aggregates;
    one["records"] = type.records;
    one["record_bytes"] = type.record_bytes;
    one["hidden_bytes"] = type.hidden_bytes;
    line["types"].push_back(std::move(one));
  }
  line["largest"] = json::array();
  for (const auto& holder : found.largest) {
    json one;
    one["type"] = holder.type;
    one["tenant"] = holder.key.tenant;
    one["id"] = holder.key.id;
    one["records"] = holder.records;
    one["record_bytes"] = holder.record_bytes;
    line["largest"].push_back(std::move(one));
  }
  if (!found.unknown.empty()) line["unknown"] = found.unknown;
  return line;
}

void print_tables(const store_space& found, output& out) {
  table parts(out, {{"TABLE"}, {"ROWS", right}, {"BYTES", right}});
  for (const auto& t : found.tables) parts.row({t.name, grouped(t.rows), byte_size(t.bytes)});
  parts.flush();
  for (const std::string& folder : found.unknown) {
    out.line("Not known: what is in " + printable(folder) + ", which the node has not opened.");
  }
  if (found.types.empty()) return;
  out.line("");
  table types(
      out,
      {{"TYPE"}, {"AGGREGATES", right}, {"RECORDS", right}, {"BYTES", right}, {"HIDDEN", right}});
  for (const auto& type : found.types) {
    types.row({type.name, grouped(type.aggregates), grouped(type.records),
               byte_size(type.record_bytes), byte_size(type.hidden_bytes)});
  }
  types.flush();
  if (found.largest.empty()) return;
  out.line("");
  table largest(out, {{"LARGEST"}, {"TENANT"}, {"ID"}, {"RECORDS", right}, {"BYTES", right}});
  for (const auto& holder : found.largest) {
    largest.row({holder.type, printable(holder.key.tenant), printable(holder.key.id),
                 grouped(holder.records), byte_size(holder.record_bytes)});
  }
  largest.flush();
}

result<exit_code> print_space(stage& on, std::size_t largest) {
  const auto found = [&] {
    progress bar("space");
    return on.store.space(largest, [&](const read_progress& at) { bar.show(at); });
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

void add_space(CLI::App& line, action& chosen) {
  CLI::App* command =
      line.add_subcommand("space", "Show who holds how many bytes; reads the whole log");
  auto largest = std::make_shared<std::size_t>(largest_usual);
  command->add_option("--largest", *largest, "Name so many of the largest aggregates")
      ->type_name("N")
      ->check(whole_number(0))
      ->capture_default_str();
  command->footer(
      "HIDDEN is what nobody can read any more: truncated, deleted and closed histories.\n"
      "`free` are pages that will be used again; files never shrink by themselves, but by\n"
      "`reprise compact`. A copy by `reprise backup` leaves free pages behind, too. With --node "
      "it\n"
      "is the store of that node.\n"
      "Examples:\n"
      "  reprise --data ./data space\n"
      "  reprise --node 127.0.0.1:8001 space\n"
      "  reprise --data ./data --json space --largest 100 | jq .largest");
  command->callback(
      [&chosen, largest] { chosen = [largest](stage& on) { return print_space(on, *largest); }; });
}

}  // namespace reprise::cli
