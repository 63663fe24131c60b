// SPDX-License-Identifier: Apache-2.0
//
// `reprise import`: a store of exported records.

#include "cli/command.hpp"
#include "cli/json.hpp"
#include "cli/progress.hpp"
#include "cli/text.hpp"

#include <reprise/exchange.hpp>

#include <memory>

namespace reprise::cli {
namespace {

struct import_order {
  std::string file{};
  std::string directory{};
};

result<exit_code> make_store(const import_order& order, output& out, bool as_json) {
  const auto done = [&] {
    progress bar("import");
    return import_file(order.file, order.directory, [&](const read_progress& at) { bar.show(at); });
  }();
  if (!done) return done.error();
  if (as_json) {
    json line;
    line["records"] = done->records;
    out.line(one_line(line));
  } else {
    out.line("Imported " + grouped(done->records) + " records into " + printable(order.directory) +
             ".");
  }
  return exit_code::ok;
}

}  // namespace

void add_import(CLI::App& line, errand& chosen) {
  CLI::App* command = line.add_subcommand("import", "Make a store of exported records");
  auto order = std::make_shared<import_order>();
  command->add_option("FILE", order->file, "File that `reprise export` has written")
      ->type_name("")
      ->required();
  command->add_option("DIR", order->directory, "Folder of the store to make")
      ->type_name("")
      ->required();
  command->footer(
      "Takes both forms of an export; the first bytes tell. The file is read twice: a file that "
      "was\n"
      "cut or changed makes no store. DIR must not be there, and appears when it is whole. "
      "Records\n"
      "get the sequences that they had, and of an export of everything the positions too; the "
      "bytes\n"
      "of a payload count, not its JSON.\n"
      "Snapshots, checkpoints and rows are not exported; nodes make them anew.\n"
      "Examples:\n"
      "  reprise import monday.jsonl ./data\n"
      "  reprise --data ./data verify");
  command->callback([&chosen, order] {
    chosen = [order](output& out, bool as_json) { return make_store(*order, out, as_json); };
  });
}

}  // namespace reprise::cli
