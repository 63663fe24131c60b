// SPDX-License-Identifier: Apache-2.0
//
// `reprise compact`: makes a store's files as small as what is in them.

#include "cli/command.hpp"
#include "cli/json.hpp"
#include "cli/progress.hpp"
#include "cli/text.hpp"

#include <reprise/compact.hpp>

namespace reprise::cli {
namespace {

json to_json(const compact_summary& done) {
  json line;
  line["journal_bytes_before"] = done.journal_bytes_before;
  line["journal_bytes_after"] = done.journal_bytes_after;
  line["snapshots_bytes_before"] = done.snapshots_bytes_before;
  line["snapshots_bytes_after"] = done.snapshots_bytes_after;
  line["consumers_bytes_before"] = done.consumers_bytes_before;
  line["consumers_bytes_after"] = done.consumers_bytes_after;
  return line;
}

result<exit_code> compact_store(const std::string& directory, output& out, bool as_json) {
  const auto done = [&] {
    progress bar("compact");
    return compact(directory, [&](const read_progress& at) { bar.show(at); });
  }();
  if (!done) return done.error();
  if (as_json) {
    out.line(one_line(to_json(*done)));
  } else {
    out.line("The journal takes " + byte_size(done->journal_bytes_after) + ", it took " +
             byte_size(done->journal_bytes_before) + "; snapshots take " +
             byte_size(done->snapshots_bytes_after) + ", they took " +
             byte_size(done->snapshots_bytes_before) + "; consumers take " +
             byte_size(done->consumers_bytes_after) + ", they took " +
             byte_size(done->consumers_bytes_before) + ".");
  }
  return exit_code::ok;
}

}  // namespace

void add_compact(CLI::App& line, store_work& chosen) {
  CLI::App* command =
      line.add_subcommand("compact", "Shrink the files of a store that nobody has open");
  command->footer(
      "Makes new files beside the old ones, compares every row, and puts them in their place at\n"
      "once; whenever it is ended, the store is the old one or the new one. Needs room for the\n"
      "new files. Who reads the store meanwhile goes on reading the old one.\n"
      "Examples:\n"
      "  reprise --data ./data compact\n"
      "  reprise --data ./data --json compact | jq .journal_bytes_after");
  command->callback([&chosen] { chosen = compact_store; });
}

}  // namespace reprise::cli
