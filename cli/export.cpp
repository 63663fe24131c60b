// SPDX-License-Identifier: Apache-2.0
//
// `reprise export`: the records of a store as JSON lines, or as messages of Cap'n Proto.

#include "cli/command.hpp"
#include "cli/json.hpp"
#include "cli/progress.hpp"
#include "cli/text.hpp"

#include <reprise/exchange.hpp>

#include <map>
#include <memory>
#include <string>

namespace reprise::cli {
namespace {

constexpr std::uint64_t megabyte = 1'000'000;

struct export_order {
  std::string file{};
  std::uint64_t megabytes_per_second = 0;
  export_options what{};
};

// Some of it may be on the output already; of a file nothing is left.
error cut_short(error why) {
  const bool lost = why.code == errc::unavailable || why.code == errc::timed_out;
  if (lost) {
    why.message = "the export was cut short, begin it again once a node answers: " + why.message;
  }
  return why;
}

result<exit_code> print(const store_place& from, const export_order& order, output& out) {
  const export_sink sink = [&](std::string_view piece) -> result<void> {
    if (out.write(piece)) return {};
    return error{errc::io_error, "the output is gone"};
  };
  const auto done = from.node == nullptr ? export_records(from.directory, sink, order.what)
                                         : from.node->export_records(sink, order.what);
  // A reader that leaves has what it wanted; a full disk is told of by the caller.
  if (out.ended() != output::ending::open) return exit_code::ok;
  if (!done) return cut_short(done.error());
  return exit_code::ok;
}

result<exit_code> write(const store_place& from, const export_order& order, output& out,
                        bool as_json) {
  const auto done = [&] {
    progress bar("export");
    const progress_listener show = [&](const read_progress& at) { bar.show(at); };
    return from.node == nullptr ? export_to_file(from.directory, order.file, order.what, show)
                                : from.node->export_to_file(order.file, order.what, show);
  }();
  if (!done) return cut_short(done.error());
  if (as_json) {
    json line;
    line["records"] = done->records;
    line["bytes"] = done->bytes;
    out.line(one_line(line));
  } else {
    out.line("Exported " + grouped(done->records) + " records, " + byte_size(done->bytes) +
             ", to " + printable(order.file) + ".");
  }
  return exit_code::ok;
}

}  // namespace

void add_export_format(CLI::App& command, export_format& form) {
  static const std::map<std::string, export_format> forms{{"json", export_format::lines},
                                                          {"capnp", export_format::messages}};
  command
      .add_option_function<std::string>(
          "--format", [&form](const std::string& name) { form = forms.at(name); },
          "Write JSON lines (json), or messages of Cap'n Proto (capnp)")
      ->type_name("FORM")
      ->check(CLI::IsMember({"json", "capnp"}))
      ->default_str("json");
}

void add_export(CLI::App& line, place_work& chosen) {
  CLI::App* command =
      line.add_subcommand("export", "Write records for other programs, also while a node writes");
  auto order = std::make_shared<export_order>();
  command->add_option("FILE", order->file, "File to make; - for standard output")
      ->type_name("")
      ->required();
  command->add_option("--type", order->what.types, "Only these types; may be given repeatedly")
      ->type_name("T")
      ->allow_extra_args(false);
  command->add_option("--id", order->what.id, "Only aggregates with this id")->type_name("ID");
  command
      ->add_option("--rate", order->megabytes_per_second,
                   "Write at most so many megabytes (10^6 bytes) a second (default: no limit)")
      ->type_name("MB")
      ->check(whole_number());
  add_export_format(*command, order->what.format);
  command->add_flag("--force", order->what.replace, "Replace FILE if it is there");
  command->footer(
      "A header, every record in the order of time, a trailer with their number and a checksum:\n"
      "each is one line of JSON, or one message of reprise/exchange.capnp. FILE appears when it "
      "is\n"
      "whole and durable. `reprise import` takes both forms. With --node the records are those "
      "that\n"
      "the cluster has committed.\n"
      "Examples:\n"
      "  reprise --data ./data export monday.jsonl\n"
      "  reprise --data ./data export - --type trip --id trip-42 | jq .payload\n"
      "  reprise --data ./data export monday.capnp --format capnp\n"
      "  reprise --node 127.0.0.1:8001 export monday.jsonl");
  command->callback([&chosen, order] {
    order->what.bytes_per_second = order->megabytes_per_second * megabyte;
    chosen = [order](const store_place& from, output& out, bool as_json) {
      return order->file == "-" ? print(from, *order, out) : write(from, *order, out, as_json);
    };
  });
}

}  // namespace reprise::cli
