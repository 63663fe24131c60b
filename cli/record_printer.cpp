// SPDX-License-Identifier: Apache-2.0
#include "cli/record_printer.hpp"

#include "cli/json.hpp"
#include "cli/text.hpp"

#include <string>
#include <vector>

namespace reprise::cli {
namespace {

std::vector<table::column> columns_of(record_printer::view view) {
  constexpr auto right = table::side::right;
  if (view == record_printer::view::history) {
    return {{"SEQUENCE", right}, {"POSITION", right}, {"TIME"},
            {"EVENT"},           {"COMMAND"},         {"PAYLOAD"}};
  }
  return {{"TIME"},  {"PARTITION", right}, {"POSITION", right}, {"AGGREGATE"}, {"SEQUENCE", right},
          {"EVENT"}, {"PAYLOAD"}};
}

std::string payload_of(const inspected_record& record) {
  if (record.unrendered.empty()) return printable(record.payload);
  return "(" + std::to_string(record.payload_size_bytes) +
         " bytes: " + printable(record.unrendered) + ")";
}

// A conversation is worth its width only when the command did not start it.
std::string command_of(const envelope& meta) {
  std::string command = meta.causation.empty() ? "-" : to_hex(meta.causation.value);
  if (meta.correlation.empty() || meta.correlation.value == meta.causation.value) return command;
  return command + " of " + to_hex(meta.correlation.value);
}

std::string aggregate_of(const inspected_record& record) {
  const aggregate_key& key = record.meta.aggregate;
  const std::string tenant = key.tenant.empty() ? "" : printable(key.tenant) + "/";
  return record.type + " " + tenant + printable(key.id);
}

}  // namespace

record_printer::record_printer(output& out, view columns, bool as_json)
    : out_(out), view_(columns), as_json_(as_json), table_(out, columns_of(columns)) {}

bool record_printer::print(const inspected_record& record) {
  if (as_json_) return out_.line(one_line(to_json(record)));
  const envelope& meta = record.meta;
  const std::string sequence = std::to_string(meta.sequence.value);
  const std::string position = std::to_string(meta.at.value);
  if (view_ == view::history) {
    return table_.row({sequence, position, iso_time(meta.time), record.event, command_of(meta),
                       payload_of(record)});
  }
  return table_.row({iso_time(meta.time), std::to_string(meta.partition.value), position,
                     aggregate_of(record), sequence, record.event, payload_of(record)});
}

bool record_printer::flush() {
  return as_json_ ? out_.flush() : table_.flush();
}

}  // namespace reprise::cli
