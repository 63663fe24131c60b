// SPDX-License-Identifier: Apache-2.0
//
// `reprise backup` and `reprise restore`: the same copy, there and back.

#include "cli/command.hpp"
#include "cli/json.hpp"
#include "cli/progress.hpp"
#include "cli/text.hpp"

#include <reprise/backup.hpp>

#include <memory>

namespace reprise::cli {
namespace {

constexpr std::uint64_t megabyte = 1'000'000;

struct copy_order {
  std::string verb{};
  std::string from{};
  std::string to{};
  std::uint64_t megabytes_per_second = 0;
};

json to_json(const backup_summary& done) {
  json line;
  line["records"] = done.records;
  line["entries"] = done.entries;
  line["snapshots"] = done.snapshots;
  line["consumer_rows"] = done.consumer_rows;
  line["copied_bytes"] = done.copied_bytes;
  return line;
}

result<exit_code> copy(const copy_order& order, output& out, bool as_json) {
  const auto done = [&] {
    progress bar(order.verb);
    return back_up(order.from, order.to,
                   {.bytes_per_second = order.megabytes_per_second * megabyte},
                   [&](const read_progress& at) { bar.show(at); });
  }();
  if (!done) return done.error();
  if (as_json) {
    out.line(one_line(to_json(*done)));
  } else {
    out.line("Copied " + grouped(done->records) + " records, " + grouped(done->snapshots) +
             " snapshots and " + grouped(done->consumer_rows) + " rows of consumers, " +
             byte_size(done->copied_bytes) + ", to " + printable(order.to) +
             ". Every record's checksum was tested.");
  }
  return exit_code::ok;
}

CLI::App* add_copy(CLI::App& line, errand& chosen, const std::string& verb, const std::string& what,
                   const char* from, const char* to) {
  CLI::App* command = line.add_subcommand(verb, what);
  auto order = std::make_shared<copy_order>();
  order->verb = verb;
  command->add_option(from, order->from, "Directory to copy from")->type_name("")->required();
  command->add_option(to, order->to, "Directory to make; it must not be there, or be empty")
      ->type_name("")
      ->required();
  command
      ->add_option("--rate", order->megabytes_per_second,
                   "Copy at most so many megabytes (10^6 bytes) a second (default: no limit)")
      ->type_name("MB")
      ->check(whole_number());
  command->callback([&chosen, order] {
    chosen = [order](output& out, bool as_json) { return copy(*order, out, as_json); };
  });
  return command;
}

}  // namespace

void add_backup(CLI::App& line, errand& chosen) {
  add_copy(line, chosen, "backup", "Copy a store, also while a node writes to it", "DIR", "DEST")
      ->footer(
          "The copy is a store of its own and holds all that was acknowledged when it began, and "
          "what\n"
          "consumers keep: checkpoints, rows of projections, parked events. Free pages are not\n"
          "copied. DEST appears when it is whole and durable; a copy that is ended\n"
          "before leaves DEST.partial behind, which the next one clears away.\n"
          "Examples:\n"
          "  reprise backup ./data /backups/monday --rate 50\n"
          "  reprise --data /backups/monday verify");
}

void add_restore(CLI::App& line, errand& chosen) {
  add_copy(line, chosen, "restore", "Make a store from a copy of it", "BACKUP", "DIR")
      ->footer(
          "DIR must not be there: move a damaged store aside and keep it until all is well. "
          "Places\n"
          "outside that sinks write to know more than the copy; bring them back to before it, "
          "too.\n"
          "Examples:\n"
          "  reprise restore /backups/monday ./data\n"
          "  reprise --data ./data verify");
}

}  // namespace reprise::cli
